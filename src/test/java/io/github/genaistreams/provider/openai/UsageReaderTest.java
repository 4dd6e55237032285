package io.github.genaistreams.provider.openai;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.genaistreams.model.Usage;
import io.github.genaistreams.provider.openai.price.PriceTable;
import io.github.genaistreams.wire.Json;
import java.io.IOException;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class UsageReaderTest {

    private static final PriceTable PRICES = PriceTable.shipped();

    /** As JSON: figures, and what servers put in their place. */
    @Provide
    Arbitrary<String> figures() {
        return Arbitraries.oneOf(
                Arbitraries.bigIntegers().map(String::valueOf),
                Arbitraries.longs().map(String::valueOf),
                Arbitraries.integers().between(0, 100_000).map(String::valueOf),
                Arbitraries.bigDecimals().map(String::valueOf),
                Arbitraries.integers().map(exponent -> "1e" + exponent),
                Arbitraries.of(
                        "null",
                        "NaN",
                        "Infinity",
                        "-Infinity",
                        "true",
                        "[]",
                        "{}",
                        "\"7\"",
                        "\"7.5\"",
                        "\"NaN\"",
                        "-0"));
    }

    @Property(tries = 2_000)
    void usageIsUnknownOrWhatACallCanUseAndHasAPriceOrNone(
            @ForAll("figures") String input,
            @ForAll("figures") String cached,
            @ForAll("figures") String output,
            @ForAll("figures") String total)
            throws IOException {
        JsonNode json = Json.read(
                "{\"input_tokens\":%s,\"input_tokens_details\":{\"cached_tokens\":%s},\"output_tokens\":%s,\"total_tokens\":%s}"
                        .formatted(input, cached, output, total)
                        .getBytes(UTF_8));

        Usage usage = UsageReader.read(json);

        if (usage != null) {
            assertThat(usage.inputTokens()).isBetween(0L, Usage.MAX_TOKENS);
            assertThat(usage.outputTokens()).isBetween(0L, Usage.MAX_TOKENS);
            assertThat(usage.totalTokens()).isBetween(0L, 2 * Usage.MAX_TOKENS);
            assertThat(usage.inputTokensDetails().values()).allMatch(n -> n >= 0 && n <= Usage.MAX_TOKENS);
        }
        var cost = PRICES.cost("gpt-4o-mini", null, usage);
        assertThat(cost.known().isPresent()).isNotEqualTo(cost.unknownReason().isPresent());
    }

    @Example
    void whatIsNoNumberOfTokensDoesNotHideTheOthers() throws IOException {
        JsonNode json = Json.read("""
                {"input_tokens":3,"input_tokens_details":{"cached_tokens":1,"audio_seconds":1.5,"tier":"a","more":{},"images":2},
                 "output_tokens":4,"output_tokens_details":{"cost_usd":0.25}}""".getBytes(UTF_8));

        Usage usage = UsageReader.read(json);

        assertThat(usage.inputTokensDetails()).containsOnly(Map.entry("cached_tokens", 1L), Map.entry("images", 2L));
        assertThat(usage.outputTokens()).isEqualTo(4);
        assertThat(UsageReader.read(Json.read(
                        "{\"input_tokens\":3,\"input_tokens_details\":{\"new_tokens\":1.5}}".getBytes(UTF_8))))
                .isNull();
    }
}
