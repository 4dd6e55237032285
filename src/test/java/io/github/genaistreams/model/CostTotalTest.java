package io.github.genaistreams.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.BigRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Scale;

class CostTotalTest {

    @Provide
    Arbitrary<List<Cost>> costs() {
        Arbitrary<Cost> known = Arbitraries.bigIntegers()
                .between(BigInteger.ZERO, BigInteger.TEN.pow(18))
                .map(Cost::ofPicoUsd);
        Arbitrary<Cost> unknown = Arbitraries.of("no usage", "no model").map(Cost::unknown);
        Arbitrary<Cost> partly = Combinators.combine(known, unknown).as(Cost::plus);
        return Arbitraries.frequencyOf(Tuple.of(4, known), Tuple.of(1, unknown), Tuple.of(1, partly))
                .list()
                .ofMaxSize(30);
    }

    @Property
    void sumsTheSameHoweverTheCallsAreGrouped(@ForAll("costs") List<Cost> costs, @ForAll @IntRange(max = 30) int at) {
        int cut = Math.min(at, costs.size());

        CostTotal grouped = total(costs.subList(cut, costs.size())).plus(total(costs.subList(0, cut)));

        assertThat(grouped).isEqualTo(total(costs));
    }

    @Property
    void losesNothingAndRoundsOnce(@ForAll("costs") List<Cost> costs) {
        BigDecimal exact = costs.stream()
                .map(cost -> new BigDecimal(cost.picoUsd()).divide(BigDecimal.TEN.pow(12)))
                .reduce(BigDecimal.ZERO, BigDecimal::add);

        CostTotal total = total(costs);

        assertThat(total.usd()).isEqualByComparingTo(exact);
        assertThat(BigDecimal.valueOf(total.micros(), 6)).isEqualByComparingTo(exact.setScale(6, RoundingMode.HALF_UP));
        assertThat(total.priced()
                        + total.unpriced().values().stream()
                                .mapToLong(Long::longValue)
                                .sum())
                .isEqualTo(costs.size());
        assertThat(total.isComplete()).isEqualTo(costs.stream().allMatch(cost -> cost instanceof Cost.Known));
    }

    @Property
    void readsBackItsDollars(@ForAll @BigRange(min = "0", max = "1000000") @Scale(12) BigDecimal usd) {
        assertThat(Cost.ofUsd(usd).known().orElseThrow().usd()).isEqualByComparingTo(usd);
    }

    @Example
    void roundsHalfUp() {
        assertThat(new Cost.Known(BigInteger.valueOf(499_999)).micros()).isZero();
        assertThat(new Cost.Known(BigInteger.valueOf(500_000)).micros()).isEqualTo(1);
        // Each of the two alone would round down to nothing.
        assertThat(CostTotal.NONE
                        .plus(Cost.ofPicoUsd(BigInteger.valueOf(400_000)))
                        .plus(Cost.ofPicoUsd(BigInteger.valueOf(400_000)))
                        .micros())
                .isEqualTo(1);
    }

    @Example
    void showsDollarsWithAsFewDecimalsAsNeeded() {
        assertThat(Cost.ofUsd(new BigDecimal("100")).known().orElseThrow().usd())
                .hasToString("100");
        assertThat(Cost.ofUsd(new BigDecimal("0.0125")).known().orElseThrow().usd())
                .hasToString("0.0125");
        assertThat(CostTotal.NONE.usd()).hasToString("0");
    }

    @Example
    void countsCallsOfUnknownCostByReason() {
        CostTotal total = CostTotal.NONE
                .plus(Cost.unknown("b"))
                .plus(Cost.ofPicoUsd(BigInteger.ONE))
                .plus(Cost.unknown("a"))
                .plus(Cost.unknown("b"));

        assertThat(total.unpriced()).containsExactly(Map.entry("a", 1L), Map.entry("b", 2L));
        assertThat(total.priced()).isEqualTo(1);
        assertThat(total.isComplete()).isFalse();
    }

    @Example
    void keepsWhatIsKnownOfACostThatIsNotKnownInFull() {
        Cost cost = Cost.ofUsd(new BigDecimal("0.5")).plus(Cost.unknown("no answer"));

        assertThat(cost).isEqualTo(Cost.unknown("no answer").plus(Cost.ofUsd(new BigDecimal("0.5"))));
        assertThat(cost.known()).isEmpty();
        assertThat(cost.knownUsd()).hasValue(new BigDecimal("0.5"));
        assertThat(Cost.of(cost.knownUsd().orElseThrow(), cost.unknownReason().orElseThrow()))
                .isEqualTo(cost);
        assertThat(Cost.unknown("no usage").knownUsd()).isEmpty();
        assertThat(CostTotal.NONE.plus(cost).usd()).isEqualByComparingTo("0.5");
        assertThat(CostTotal.NONE.plus(cost).isComplete()).isFalse();
    }

    @Example
    void refusesAnInvalidCost() {
        assertThatThrownBy(() -> Cost.ofPicoUsd(BigInteger.ONE.negate())).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Cost.ofUsd(new BigDecimal("1e-13"))).isInstanceOf(ArithmeticException.class);
    }

    @Example
    void readsWhatARecordHolds() {
        assertThat(Cost.of(new BigDecimal("0.5"), null)).isEqualTo(Cost.ofUsd(new BigDecimal("0.5")));
        assertThat(Cost.of(new BigDecimal("0.10000000000000000"), null)).isEqualTo(Cost.ofUsd(new BigDecimal("0.1")));
        assertThat(Cost.of(null, "no usage")).isEqualTo(Cost.unknown("no usage"));
        assertThat(Cost.of(null, null)).isInstanceOf(Cost.Unknown.class);
        for (String nonsense : List.of("-1", "1e-13", "1e99", "1e999999999")) {
            assertThat(Cost.of(new BigDecimal(nonsense), null)).isInstanceOf(Cost.Unknown.class);
        }
    }

    private static CostTotal total(List<Cost> costs) {
        CostTotal total = CostTotal.NONE;
        for (Cost cost : costs) {
            total = total.plus(cost);
        }
        return total;
    }
}
