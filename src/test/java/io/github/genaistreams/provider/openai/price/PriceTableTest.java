package io.github.genaistreams.provider.openai.price;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.model.Cost;
import io.github.genaistreams.model.Usage;
import java.io.BufferedReader;
import java.io.StringReader;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.BigRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Scale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PriceTableTest {

    private static final PriceTable SHIPPED = PriceTable.shipped();
    private static final BigDecimal MILLION = BigDecimal.valueOf(1_000_000);

    /** The rule by rule: tokens in, exact dollars out. */
    @ParameterizedTest(name = "{0}")
    @CsvSource({
        // what it shows,                model, tier,     input, cached, written, output, USD
        "input and output,               gpt-4o, default, 1000000, 0, 0, 1000000, 12.5",
        "one token is exact,             gpt-5-nano, , 0, 0, 0, 1, 0.0000004",
        "one cached token is exact,      gpt-5-nano, , 1, 1, 0, 0, 0.000000005",
        "cached is a part of input,      gpt-4o-mini, , 1000, 400, 0, 200, 0.00024",
        "cache writes at their price,    gpt-5.6-terra, , 1000, 100, 300, 10, 0.00209",
        "cache writes as input if none,  gpt-5.2, , 1000, 0, 400, 0, 0.00175",
        "no tokens cost nothing,         gpt-4o, , 0, 0, 0, 0, 0",
        "tier auto,                      gpt-4.1, auto, 1000000, 0, 0, 0, 2",
        "tier standard,                  gpt-4.1, standard, 1000000, 0, 0, 0, 2",
        "flex at batch rates,            gpt-4.1, flex, 1000000, 0, 0, 1000000, 5",
        "at the threshold,               gpt-5.4, , 272000, 0, 0, 0, 0.68",
        "above it all tokens are long,   gpt-5.4, , 272001, 1, 0, 1000, 1.3825005",
        "long and cache writes as input,  gpt-5.5, , 300000, 0, 100000, 0, 3",
        "a snapshot by its alias,        gpt-4o-2024-08-06, , 1000000, 0, 0, 0, 2.5",
        "the alias ends with the date,   gpt-5.4-mini-2026-03-18, , 1000000, 0, 0, 0, 0.75",
        "a snapshot with its own row,    gpt-4o-2024-05-13, , 1000000, 0, 0, 1000000, 20",
        "on the table's last day,        o3-2026-08-21, , 1000000, 0, 0, 0, 2",
    })
    void pricesUsageByModelTierAndKindOfToken(
            String what, String model, String tier, long input, long cached, long written, long output, String usd) {
        assertThat(usd(SHIPPED.cost(model, tier, usage(input, cached, written, output))))
                .isEqualByComparingTo(usd);
    }

    @ParameterizedTest(name = "{7}")
    @CsvSource({
        "gpt-99, , 1, 0, 0, 1, the price table has no model gpt-99, unlisted",
        "gpt-5-chat-latest, , 1, 0, 0, 1, the price table has no model gpt-5-chat-latest, an alias unlisted",
        "GPT-4o, , 1, 0, 0, 1, the price table has no model GPT-4o, other case",
        "ft:gpt-4o-2024-08-06:acme::x, , 1, 0, 0, 1, the price table has no model ft:gpt-4o-2024-08-06:acme::x, fine-tuned",
        "gpt-4o-0806, , 1, 0, 0, 1, the price table has no model gpt-4o-0806, no date",
        "gpt-4o-2024-13-06, , 1, 0, 0, 1, the price table has no model gpt-4o-2024-13-06, no such date",
        "gpt-4o-2024-08-06-x, , 1, 0, 0, 1, the price table has no model gpt-4o-2024-08-06-x, more than a date",
        "o3-2026-08-22, , 1, 0, 0, 1, the price table has no model o3-2026-08-22, newer than the table",
        ", , 1, 0, 0, 1, no model was reported, no model",
        "gpt-4o, priority, 1, 0, 0, 1, the price table has no row for gpt-4o on the priority tier, priority",
        "gpt-4o, scale, 1, 0, 0, 1, the price table has no row for gpt-4o on the scale tier, scale",
        "gpt-4o, fast, 1, 0, 0, 1, the price table has no row for gpt-4o on the fast tier, fast",
        "gpt-4o, nova, 1, 0, 0, 1, the price table has no row for gpt-4o on the nova tier, a tier to come",
        "gpt-5, flex, 1, 0, 0, 1, the price table has no row for gpt-5 on the flex tier, flex without batch prices",
        "gpt-4o-2024-05-13, flex, 1, 0, 0, 1, the price table has no row for gpt-4o-2024-05-13 on the flex tier, flex own row",
        "gpt-4o, flex, 9, 1, 0, 1, the price table has no cached_input price for gpt-4o on the flex tier, flex cached",
        "gpt-5.6-sol, flex, 9, 0, 1, 1, the price table has no cache_write price for gpt-5.6-sol on the flex tier, flex write",
        "gpt-5.4, flex, 272001, 0, 0, 1, the price table has no input price for gpt-5.4 on the flex tier above 272000 input tokens, flex long",
        "gpt-5.6-sol, , 272001, 0, 1, 1, the price table has no cache_write price for gpt-5.6-sol above 272000 input tokens, long write",
        "o3-pro, , 9, 1, 0, 1, the price table has no cached_input price for o3-pro, cached without a price",
        "gpt-4o, , 9, 5, 5, 1, the usage reported has more cached tokens than input tokens, garbage",
        "gpt-4o, , -1, 0, 0, 1, the usage reported is out of range, negative",
        "gpt-4o, , 1, -1, 0, 1, the usage reported is out of range, negative detail",
        "gpt-4o, , 9, 0, 0, 9223372036854775807, the usage reported is out of range, endless",
    })
    void doesNotGuess(
            String model, String tier, long input, long cached, long written, long output, String reason, String what) {
        assertThat(SHIPPED.cost(model, tier, usage(input, cached, written, output)))
                .isEqualTo(Cost.unknown(reason));
    }

    @Test
    void doesNotPriceWithoutUsage() {
        assertThat(SHIPPED.cost("gpt-4o", null, null)).isEqualTo(Cost.unknown("no valid usage was reported"));
    }

    @Test
    void doesNotPriceAudioAsText() {
        var usage = new Usage(9, Map.of("audio_tokens", 2L), 1, Map.of(), 10);

        assertThat(SHIPPED.cost("gpt-4o", null, usage).unknownReason())
                .contains("audio tokens have a separate price, which is not in the price table");
    }

    @Test
    void countsReasoningAsOutputOnce() {
        var usage = new Usage(0, Map.of(), 1_000_000, Map.of("reasoning_tokens", 900_000L), 1_000_000);

        assertThat(usd(SHIPPED.cost("o3", null, usage))).isEqualByComparingTo("8");
    }

    @ParameterizedTest
    @CsvSource({
        "gpt-4o, 2.5, 1.25, 10",
        "gpt-4o-mini, 0.15, 0.075, 0.6",
        "gpt-4.1, 2, 0.5, 8",
        "gpt-4.1-mini, 0.4, 0.1, 1.6",
        "gpt-4.1-nano, 0.1, 0.025, 0.4",
        "gpt-5, 1.25, 0.125, 10",
        "gpt-5-mini, 0.25, 0.025, 2",
        "gpt-5-nano, 0.05, 0.005, 0.4",
        "gpt-5-pro, 15, , 120",
        "gpt-5.1, 1.25, 0.125, 10",
        "gpt-5.2, 1.75, 0.175, 14",
        "gpt-5.4, 2.5, 0.25, 15",
        "gpt-5.4-mini, 0.75, 0.075, 4.5",
        "gpt-5.4-nano, 0.2, 0.02, 1.25",
        "gpt-5.5, 5, 0.5, 30",
        "gpt-5.6-sol, 5, 0.5, 30",
        "gpt-5.6-terra, 2, 0.2, 12",
        "gpt-5.6-luna, 0.2, 0.02, 1.2",
        "o1, 15, 7.5, 60",
        "o3, 2, 0.5, 8",
        "o3-mini, 1.1, 0.55, 4.4",
        "o3-pro, 20, , 80",
        "o4-mini, 1.1, 0.275, 4.4",
    })
    void shipsThePublishedPrices(String model, String input, String cached, String output) {
        // 100,000 tokens stay below every threshold.
        assertThat(usd(SHIPPED.cost(model, null, usage(100_000, 0, 0, 0)))).isEqualByComparingTo(tenth(input));
        assertThat(usd(SHIPPED.cost(model, null, usage(0, 0, 0, 100_000)))).isEqualByComparingTo(tenth(output));
        Cost ofCached = SHIPPED.cost(model, null, usage(100_000, 100_000, 0, 0));
        if (cached == null) {
            assertThat(ofCached).isInstanceOf(Cost.Unknown.class);
        } else {
            assertThat(usd(ofCached)).isEqualByComparingTo(tenth(cached));
        }
    }

    @ParameterizedTest
    @CsvSource({"gpt-5.4, 5, 0.5, 22.5", "gpt-5.6-sol, 10, 1, 45", "gpt-5.6-luna, 0.4, 0.04, 1.8"})
    void shipsThePublishedPricesOfLongContexts(String model, String input, String cached, String output) {
        assertThat(usd(SHIPPED.cost(model, null, usage(2_000_000, 1_000_000, 0, 1_000_000))))
                .isEqualByComparingTo(
                        new BigDecimal(input).add(new BigDecimal(cached)).add(new BigDecimal(output)));
    }

    @ParameterizedTest
    @CsvSource({
        "gpt-4o, 1.25, 5",
        "gpt-4.1-nano, 0.05, 0.2",
        "gpt-5-pro, 7.5, 60",
        "gpt-5.4-nano, 0.1, 0.625",
        "gpt-5.6-sol, 2.5, 15",
        "o3-pro, 10, 40",
    })
    void shipsThePublishedBatchPrices(String model, String input, String output) {
        assertThat(usd(SHIPPED.cost(model, "flex", usage(100_000, 0, 0, 0)))).isEqualByComparingTo(tenth(input));
        assertThat(usd(SHIPPED.cost(model, "flex", usage(0, 0, 0, 100_000)))).isEqualByComparingTo(tenth(output));
    }

    @ParameterizedTest
    @CsvSource({"gpt-5.6-sol, 6.25", "gpt-5.6-terra, 2.5", "gpt-5.6-luna, 0.25"})
    void shipsThePublishedPricesOfCacheWrites(String model, String price) {
        assertThat(usd(SHIPPED.cost(model, null, usage(100_000, 0, 100_000, 0))))
                .isEqualByComparingTo(tenth(price));
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpt-5", "gpt-5-2025-08-07"})
    void takesTheRowsOfAnotherTable(String model) {
        PriceTable table = SHIPPED.overriddenBy(table("""
                model\ttier\tinput\toutput
                gpt-5\tpriority\t2.5\t20
                acme-1\t\t1\t2
                gpt-4o\t\t3\t
                """));

        assertThat(usd(table.cost(model, "priority", usage(1_000_000, 0, 0, 0))))
                .isEqualByComparingTo("2.5");
        assertThat(usd(table.cost(model, "default", usage(1_000_000, 0, 0, 0)))).isEqualByComparingTo("1.25");
        assertThat(usd(table.cost("acme-1", null, usage(1_000_000, 0, 0, 0)))).isEqualByComparingTo("1");
        // A row replaces the whole row: no price of the old one is left beside a new one.
        assertThat(table.cost("gpt-4o", null, usage(9, 0, 0, 1)).unknownReason())
                .contains("the price table has no output price for gpt-4o");
        assertThat(table.cost("gpt-4o", "flex", usage(9, 0, 0, 0))).isInstanceOf(Cost.Unknown.class);
        assertThat(usd(SHIPPED.cost("gpt-4o", null, usage(1_000_000, 0, 0, 0)))).isEqualByComparingTo("2.5");
    }

    @Test
    void pricesFlexByItsOwnRowIfThereIsOne() {
        PriceTable table = table("""
                model\ttier\tinput\tcached_input\toutput\tbatch_input\tbatch_output
                m\t\t4\t2\t8\t1\t1
                m\tflex\t3\t1.5\t6
                """);

        assertThat(usd(table.cost("m", "flex", usage(2_000_000, 1_000_000, 0, 1_000_000))))
                .isEqualByComparingTo("10.5");
    }

    @Test
    void takesNoSnapshotByItsAliasIfARowSaysNothingOfIt() {
        PriceTable table = table("model\tinput\toutput\nm\t1\t2\nm-2026-01-01\n");

        assertThat(table.cost("m-2026-01-02", null, usage(1, 0, 0, 1))).isInstanceOf(Cost.Known.class);
        assertThat(table.cost("m-2026-01-01", null, usage(1, 0, 0, 1)).unknownReason())
                .contains("the price table has no input price for m-2026-01-01");
    }

    @Property
    void isExact(
            @ForAll @BigRange(min = "0", max = "999999") @Scale(6) BigDecimal input,
            @ForAll @BigRange(min = "0", max = "999999") @Scale(6) BigDecimal cached,
            @ForAll @BigRange(min = "0", max = "999999") @Scale(6) BigDecimal written,
            @ForAll @BigRange(min = "0", max = "999999") @Scale(6) BigDecimal output,
            @ForAll("tokens") List<Integer> tokens) {
        PriceTable table = table("model\tinput\tcached_input\tcache_write\toutput\nm\t%s\t%s\t%s\t%s\n"
                .formatted(plain(input), plain(cached), plain(written), plain(output)));
        int fresh = tokens.get(0);
        int read = tokens.get(1);
        int write = tokens.get(2);

        Cost cost = table.cost("m", "default", usage((long) fresh + read + write, read, write, tokens.get(3)));

        assertThat(usd(cost))
                .isEqualByComparingTo(times(fresh, input)
                        .add(times(read, cached))
                        .add(times(write, written))
                        .add(times(tokens.get(3), output)));
    }

    /** More tokens never cost less; with a higher share of cached tokens they may. */
    @Property
    void doesNotCostLessForMoreTokens(
            @ForAll("models") String model,
            @ForAll("tokens") List<Integer> tokens,
            @ForAll @IntRange(max = 1_000_000) int moreInput,
            @ForAll @IntRange(max = 1_000_000) int moreOutput) {
        long input = (long) tokens.get(0) + tokens.get(1);
        Usage usage = usage(input, tokens.get(1), 0, tokens.get(3));
        Usage more = usage(input + moreInput, tokens.get(1), 0, tokens.get(3) + (long) moreOutput);

        assertThat(usd(SHIPPED.cost(model, null, more))).isGreaterThanOrEqualTo(usd(SHIPPED.cost(model, null, usage)));
    }

    @Property
    void neverThrows(
            @ForAll("anyModels") String model,
            @ForAll String tier,
            @ForAll long input,
            @ForAll long cached,
            @ForAll long written,
            @ForAll long output) {
        assertThat(SHIPPED.cost(model, tier, usage(input, cached, written, output)))
                .isNotNull();
    }

    @Provide
    Arbitrary<List<Integer>> tokens() {
        return Arbitraries.integers().between(0, 500_000_000).list().ofSize(4);
    }

    @Provide
    Arbitrary<String> models() {
        return Arbitraries.of("gpt-4o", "gpt-5-nano", "gpt-5.4", "gpt-5.5", "gpt-5.6-sol", "gpt-5.6-luna", "o1");
    }

    @Provide
    Arbitrary<String> anyModels() {
        return Arbitraries.oneOf(
                models(), Arbitraries.strings(), Arbitraries.strings().map(end -> "gpt-4o-" + end));
    }

    private static PriceTable table(String text) {
        return PriceTable.of(new BufferedReader(new StringReader(text)), "test.tsv");
    }

    private static Usage usage(long input, long cached, long written, long output) {
        var details = new HashMap<String, Long>();
        details.put("cached_tokens", cached);
        details.put("cache_write_tokens", written);
        return new Usage(input, details, output, Map.of("reasoning_tokens", output), input + output);
    }

    private static BigDecimal usd(Cost cost) {
        assertThat(cost).isInstanceOf(Cost.Known.class);
        return cost.known().orElseThrow().usd();
    }

    private static BigDecimal times(long tokens, BigDecimal perMillion) {
        return perMillion.multiply(BigDecimal.valueOf(tokens)).divide(MILLION);
    }

    private static BigDecimal tenth(String price) {
        return new BigDecimal(price).movePointLeft(1);
    }

    private static String plain(BigDecimal price) {
        return price.toPlainString();
    }
}
