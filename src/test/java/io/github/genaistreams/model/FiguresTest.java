package io.github.genaistreams.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Figures of tokens and money that nobody can have, from an answer or from a record that anybody may have written. */
class FiguresTest {

    private static final ItemKey KEY = new ItemKey("b", 0);

    @Test
    void sumsOfTokensStayWithinALongAndNeverGoBack() {
        var most = new Usage(Long.MAX_VALUE, Map.of("cached_tokens", Long.MAX_VALUE), 5, Map.of(), Long.MAX_VALUE);
        var negative = new Usage(-7, Map.of("cached_tokens", -7L), -7, Map.of("reasoning_tokens", -1L), -7);

        assertThat(most.plus(most).plus(negative))
                .isEqualTo(new Usage(
                        Long.MAX_VALUE,
                        Map.of("cached_tokens", Long.MAX_VALUE),
                        10,
                        Map.of("reasoning_tokens", 0L),
                        Long.MAX_VALUE));
    }

    /** Written out, these would have up to two thousand million digits. */
    @ParameterizedTest
    @ValueSource(
            strings = {"1e1000000000", "1e2147483647", "1e-2147483647", "-1e2147483647", "1e13", "-0.5", "1e-13", "7e99"
            })
    void anInvalidAmountMakesTheCostUnknown(String amount) {
        Assertions.assertTimeoutPreemptively(Duration.ofSeconds(5), () -> {
            var usd = new BigDecimal(amount);
            var result = CallResult.builder(KEY, "responses").cost(usd).build();

            assertThat(Cost.of(usd, null)).isEqualTo(Cost.unknown(Cost.NO_PRICE));
            assertThat(Spent.NOTHING.plus(result).cost().unpriced()).containsOnlyKeys(Cost.NO_PRICE);
            assertThat(new CostBreakdown(Map.of("final_cost_cents", usd)).cents())
                    .hasSizeLessThan(2);
        });
    }

    @Test
    void costsThatOverflowAreBounded() {
        Cost most = Cost.of(new BigDecimal("999999999999"), null);
        CostTotal total = CostTotal.NONE;
        for (int i = 0; i < 100; i++) {
            total = total.plus(most);
        }

        assertThat(total.micros()).isEqualTo(Long.MAX_VALUE);
        assertThat(total.usd()).isEqualByComparingTo("99999999999900");
        assertThat(Cost.ofPicoUsd(BigInteger.TEN.pow(30)).known().orElseThrow().micros())
                .isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void aReasonIsShort() {
        String reason = Cost.unknown("there is no model " + "m".repeat(70_000))
                .unknownReason()
                .orElseThrow();

        assertThat(reason).startsWith("there is no model mmm").hasSize(200);
    }

    @Test
    void callsAndPagesNeverGoBack() {
        var result =
                CallResult.builder(KEY, "documents").attempts(-3).pageCount(-5).build();

        assertThat(Spent.NOTHING.plus(result).attempts()).isZero();
        assertThat(Spent.NOTHING.plus(result).pages()).isZero();
    }

    @Test
    void aBillHasFewFiguresAndKeepsWhatIsCharged() {
        var figures = new LinkedHashMap<String, BigDecimal>();
        for (int i = 0; i < 5_000; i++) {
            figures.put("figure_" + i, BigDecimal.ONE);
        }
        figures.put("final_cost_cents", new BigDecimal("1E+2"));

        var bill = new CostBreakdown(figures);

        assertThat(bill.cents()).hasSize(33);
        assertThat(bill.finalCostCents()).isEqualTo(new BigDecimal("100"));
    }
}
