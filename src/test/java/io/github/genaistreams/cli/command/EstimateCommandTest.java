package io.github.genaistreams.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.genaistreams.cli.GenAi;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Without a key, a Kafka and an API: nothing is called. */
class EstimateCommandTest {

    private static final String PROMPTS = "Name a river.\nName a mountain.\n";

    @TempDir
    private Path directory;

    @Test
    void showsATableOfModelsWithCostAndTime() {
        var outcome = new GenAi()
                .stdin("""
                        {"user_prompt": "Name a river.", "model": "gpt-4.1"}
                        {"user_prompt": "Name a mountain.", "model": "mine"}
                        {"user_prompt": "Name a lake.", "model": "gpt-4.1", "temperature": 9}
                        """)
                .run(
                        "estimate",
                        "--output-tokens",
                        "300",
                        "--set",
                        "openai.requests.per.minute=1",
                        "--call-seconds",
                        "2.5",
                        "-");

        assertThat(outcome.status()).as(outcome.err()).isZero();
        assertThat(outcome.err())
                .isEqualToIgnoringNewLines("genai: not counted, because it would fail without a call: 1 request. The"
                        + " first problem: temperature is 9.0: use a number from 0 to 2, or remove it");
        assertThat(outcome.out()).isEqualToNormalizingNewlines("""
                        MODEL    TIER     REQUESTS  INPUT TOKENS  OUTPUT TOKENS                COST
                        gpt-4.1  default         1             4            300           $0.002408
                        mine     default         1             4            300             unknown
                        TOTAL                    2             8            600  $0.002408 and more

                        Cost unknown: the price table has no model mine. Add the price with the setting prices.file.
                        Time: about 2 min
                          50 calls at once, 2.5 s each: 3 s
                          1 request per minute: 2 min
                        Input: a token for every 4 bytes of text.
                        Output: 300 tokens for each answer, at most max_output_tokens. No calls were made.
                        """);
    }

    @ParameterizedTest
    @CsvSource({"estimate", "run responses --estimate", "run responses --estimate --wire-format avro"})
    void refusesARequestThatARunCouldNotSend(String command) {
        List<String> line = new ArrayList<>(List.of(command.split(" ")));
        line.addAll(List.of("-m", "gpt-4o-mini", "-"));

        // Fewer characters than the API accepts, but three bytes each.
        var outcome = new GenAi().stdin("short\n" + "\u4F60".repeat(5_000_000)).run(line.toArray(String[]::new));

        assertThat(outcome.status()).isEqualTo(2);
        assertThat(outcome.out()).isEmpty();
        assertThat(outcome.err())
                .contains("request 1 (the first one is 0) is too large", "max.request.size is 13,631,488");
    }

    @Test
    void isTheSameAsAnOptionOfARun() throws IOException {
        var asOption = new GenAi()
                .stdin(PROMPTS)
                .run(
                        "run",
                        "responses",
                        "-m",
                        "gpt-4o-mini",
                        "--estimate",
                        "--json",
                        "--data-dir",
                        directory.resolve("data").toString(),
                        "-");
        var asCommand = new GenAi().stdin(PROMPTS).run("estimate", "-m", "gpt-4o-mini", "--json", "-");

        assertThat(asOption.status()).as(asOption.err()).isZero();
        assertThat(asOption.out()).isEqualTo(asCommand.out());
        assertThat(directory.resolve("data")).doesNotExist();
        JsonNode json = new ObjectMapper().readTree(asCommand.out());
        assertThat(json.path("requests").asInt()).isEqualTo(2);
        assertThat(json.path("refused").asInt()).isZero();
        assertThat(json.path("input_tokens").asInt()).isEqualTo(8);
        assertThat(json.path("output_tokens_max").asInt()).isEqualTo(1_000);
        assertThat(json.path("cost_usd_max").decimalValue()).isEqualByComparingTo("0.0006012");
        assertThat(json.at("/shares/0/service_tier").asText()).isEqualTo("default");
        assertThat(json.at("/limits/0/kind").asText()).isEqualTo("calls_at_once");
        assertThat(json.path("seconds").asInt()).isEqualTo(5);
    }

    /** How many calls run at once is then a matter of partitions, which only Kafka knows. */
    @Test
    void knowsNoCallsAtOnceOfACluster() {
        var outcome = new GenAi()
                .with("GENAI_BOOTSTRAP_SERVERS", "127.0.0.1:1")
                .stdin(PROMPTS)
                .run("estimate", "-m", "gpt-4o-mini", "-");

        assertThat(outcome.status()).as(outcome.err()).isZero();
        assertThat(outcome.out()).doesNotContain("Time");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--output-tokens 9-3 | --output-tokens must be a number or a range",
                "--output-tokens many | --output-tokens must be a number or a range",
                "--token-ratio 0 | --token-ratio must be more than 0",
                "--token-ratio NaN | --token-ratio must be more than 0 and at most 100, not NaN.",
                "--token-ratio 1e9 | --token-ratio must be more than 0 and at most 100",
                "--call-seconds -1 | --call-seconds must be more than 0",
                "--slots 0 | --slots must be at least 1, not 0.",
                "--temperature 9 | temperature is 9.0",
                "--flex-fallback | flex_fallback is true, but service_tier is not flex",
            })
    void refusesWhatCannotBe(String options, String message) {
        var outcome = new GenAi().stdin(PROMPTS).run(("estimate -m gpt-4o-mini - " + options).split(" "));

        assertThat(outcome.status()).isEqualTo(2);
        assertThat(outcome.err()).contains(message);
        assertThat(outcome.out()).isEmpty();
    }
}
