package io.github.genaistreams.cli.option;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.genaistreams.cli.console.CliException;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.WireFormat;
import io.github.genaistreams.wire.WireHeaders;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.OptionSpec;

class RequestOptionsTest {

    @TempDir
    Path directory;

    @Command(name = "probe")
    static final class Probe {
        @Mixin
        RequestOptions request = new RequestOptions();
    }

    @BeforeEach
    void files() throws IOException {
        Files.writeString(directory.resolve("prompts"), "Hi\n");
        Files.writeString(directory.resolve("tools"), "[{\"type\":\"web_search\"}]");
        Files.writeString(directory.resolve("object"), "{\"type\":\"text\",\"n\":0.10}");
        Files.writeString(directory.resolve("two"), "{} {}");
        Files.writeString(directory.resolve("schema"), "{\"type\":\"json_schema\",\"schema\":{}}");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            --system-prompt kind                       | {"system_prompt":"kind"}
            --response-format @object                  | {"response_format":{"type":"text","n":0.10}}
            --max-output-tokens 64                     | {"max_output_tokens":64}
            --verbosity low                            | {"verbosity":"low"}
            --temperature 0.5                          | {"temperature":0.5}
            --top-p 0.5                                | {"top_p":0.5}
            --top-logprobs 3                           | {"top_logprobs":3}
            --allow-incomplete                         | {"fail_on_incomplete":false}
            --reasoning-effort high                    | {"reasoning_effort":"high"}
            --reasoning-summary auto                   | {"reasoning_summary":"auto"}
            --tools @tools                             | {"tools":[{"type":"web_search"}]}
            --tool-choice auto                         | {"tool_choice":"auto"}
            --tool-choice {"type":"web_search"}        | {"tool_choice":{"type":"web_search"}}
            --parallel-tool-calls                      | {"parallel_tool_calls":true}
            --no-parallel-tool-calls                   | {"parallel_tool_calls":false}
            --max-tool-calls 2                         | {"max_tool_calls":2}
            --previous-response-id resp_1              | {"previous_response_id":"resp_1"}
            --conversation conv_1                      | {"conversation":"conv_1"}
            --store                                    | {"store":true}
            --no-store                                 | {"store":false}
            --include a --include b                    | {"include":["a","b"]}
            --metadata a=b --metadata c=d=e            | {"metadata":{"a":"b","c":"d=e"}}
            --truncation auto                          | {"truncation":"auto"}
            --service-tier flex                        | {"service_tier":"flex"}
            --service-tier flex --flex-fallback        | {"service_tier":"flex","flex_fallback":true}
            --background --total-wait-secs 60          | {"background":true,"total_wait_secs":60}
            --stream --stream-idle-timeout-secs 5      | {"stream":true,"stream_idle_timeout_secs":5}
            --prompt-cache-key k                       | {"prompt_cache_key":"k"}
            --prompt-cache-retention 24h               | {"prompt_cache_retention":"24h"}
            --prompt-cache-options @object             | {"prompt_cache_options":{"type":"text","n":0.10}}
            --moderation @object                       | {"moderation":{"type":"text","n":0.10}}
            --stored-prompt pmpt_1                     | {"prompt":{"id":"pmpt_1"}}
            --stored-prompt {"id":"pmpt_1","version":"2"} | {"prompt":{"id":"pmpt_1","version":"2"}}
            --context-management @tools                | {"context_management":[{"type":"web_search"}]}
            --safety-identifier u                      | {"safety_identifier":"u"}
            --credential team-a                        | {"credential":"team-a"}
            --validate-output --repair-attempts 2 --response-format @schema | {"validate_output":true,"repair_attempts":2,"response_format":{"type":"json_schema","schema":{}}}
            --extra-body @object                       | {"extra_body":{"type":"text","n":0.10}}
            --timeout-secs 9 --max-retries 0           | {"timeout_secs":9,"max_retries":0}
            --max-concurrent-requests 3                | {"max_concurrent_requests":3}
            --priority 40                              | {"priority":40}
            --retry-delay-min-ms 1                     | {"retry_delay_min_ms":1}
            --retry-delay-min-ms 1 --retry-delay-max-ms 2 | {"retry_delay_min_ms":1,"retry_delay_max_ms":2}
            -m m                                       | {}
            """)
    void eachOptionSetsItsFieldAndNoOther(String options, String fields) throws Exception {
        var json = JsonMapper.builder().build();
        JsonNode expected = json.readTree("{\"index\":0,\"model\":\"any\",\"user_prompt\":\"Hi\"}");
        if (options.startsWith("-m")) {
            expected = json.readTree("{\"index\":0,\"model\":\"m\",\"user_prompt\":\"Hi\"}");
        }
        ((ObjectNode) expected).setAll((ObjectNode) json.readTree(fields));

        ResponsesRequest request = read(options).get(0);

        assertThat(json.readTree(Codecs.RESPONSES_REQUEST.encode(request, WireFormat.JSON)))
                .isEqualTo(expected);
    }

    /** What says where the batch is, or holds for it as a whole, is no field of its requests. */
    private static final Set<String> OF_THE_BATCH = Set.of(
            "--model",
            "--batch-id",
            "--header",
            "--max-cost-usd",
            "--max-total-tokens",
            "--ordered",
            "--input-format",
            "--input",
            "--limit",
            "--prompt",
            "--id",
            "--schema",
            "--skip-empty");

    @Test
    void theTableAboveHasEveryOption() throws Exception {
        String table = RequestOptionsTest.class
                .getDeclaredMethod("eachOptionSetsItsFieldAndNoOther", String.class, String.class)
                .getAnnotation(CsvSource.class)
                .textBlock();

        assertThat(new CommandLine(new Probe()).getCommandSpec().options())
                .extracting(OptionSpec::longestName)
                .filteredOn(name -> !OF_THE_BATCH.contains(name))
                .allSatisfy(name -> assertThat(table).contains(name + " "));
    }

    /** Given on submit, by the file, or under another name. */
    private static final Set<String> WITHOUT_OPTION =
            Set.of("batch_id", "index", "batch_size", "user_prompt", "prompt", "fail_on_incomplete");

    @Test
    void everyFieldHasAnOption() {
        var options = new CommandLine(new Probe()).getCommandSpec().optionsMap();

        assertThat(ResponsesRequest.class.getRecordComponents())
                .extracting(
                        component -> PropertyNamingStrategies.SnakeCaseStrategy.INSTANCE.translate(component.getName()))
                .filteredOn(field -> !WITHOUT_OPTION.contains(field))
                .allSatisfy(field -> assertThat(options).containsKey("--" + field.replace('_', '-')));
    }

    @Test
    void takesTheLinesOfATableOnRequest() throws IOException {
        Path table = Files.writeString(directory.resolve("people.csv"), "name,age\nJane,45\n");
        var probe = new Probe();
        new CommandLine(probe)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .parseArgs("--input-format", "lines", table.toString());

        assertThat(probe.request.read(null, "any"))
                .extracting(request -> request.userPrompt().toString())
                .hasSize(2);
    }

    @Test
    void givesEachLineItsOwnCustomId() throws IOException {
        Files.writeString(
                directory.resolve("prompts"),
                "{\"user_prompt\":\"a\"}\n{\"user_prompt\":\"b\",\"custom_id\":\"second\"}\n");
        var probe = new Probe();
        new CommandLine(probe)
                .parseArgs("-H", "team=a", directory.resolve("prompts").toString());
        probe.request.read(null, "any");

        assertThat(probe.request.headers(0)).isEqualTo(Map.of("team", "a"));
        assertThat(probe.request.headers(1)).isEqualTo(Map.of("team", "a", WireHeaders.CUSTOM_ID, "second"));
    }

    @Test
    void rowsOfATableAreRequestsWithTheIdOfTheRow() throws IOException {
        RequestOptions options = table("--prompt", "Hi {{name}}", "--id", "nr", "--schema", schema(true));

        List<ResponsesRequest> requests = options.read(null, "any");

        assertThat(requests)
                .extracting(request -> request.userPrompt().toString())
                .containsExactly("Text[text=Hi Jane]", "Text[text=Hi Kim]");
        assertThat(requests).extracting(ResponsesRequest::index).containsExactly(0, 1);
        assertThat(options.headers(1)).isEqualTo(Map.of(WireHeaders.CUSTOM_ID, "k"));
        assertThat(options.answerProperties()).containsExactly("river", "km");
        assertThat(requests.get(1).validatesOutput()).isTrue();
        assertThat(requests.get(1).responseFormat().path("strict").asBoolean()).isTrue();
        assertThat(requests.get(1)
                        .responseFormat()
                        .at("/schema/properties/km/type")
                        .asText())
                .isEqualTo("number");
    }

    @Test
    void aSchemaThatTheApiDoesNotTakeAsStrictIsNotSentAsStrict() throws IOException {
        assertThat(table("--prompt", "{{name}}", "--schema", schema(false))
                        .read(null, "any")
                        .get(0)
                        .responseFormat()
                        .path("strict")
                        .asBoolean(true))
                .isFalse();
    }

    @Test
    void theSameRequestsHaveTheSameBatchIdAndOthersHaveAnother() throws IOException {
        String[] usual = {"--prompt", "Hi {{name}}", "--id", "nr", "-m", "m"};
        String id = id(usual);

        assertThat(id).matches("table-[0-9a-f]{24}").isEqualTo(id(usual));
        // Neither is part of a request.
        assertThat(id(usual, "--max-cost-usd", "5")).isEqualTo(id);
        assertThat(List.of(
                        id("--prompt", "Hi {{name}}", "-m", "m"),
                        id("--prompt", "Hi {{name}}!", "--id", "nr", "-m", "m"),
                        id("--prompt", "Hi {{name}}", "--id", "nr", "-m", "other"),
                        id(usual, "--temperature", "0.5"),
                        id(usual, "--max-retries", "1"),
                        id(usual, "--limit", "1"),
                        id(usual, "--schema", schema(true))))
                .doesNotHaveDuplicates()
                .doesNotContain(id);
        assertThat(id(usual, "--batch-id", "mine")).isEqualTo("mine");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            --id name                                  | --id needs a table
            --skip-empty                               | --skip-empty needs a table
            --schema @schema                           | --schema needs a table
            --limit 0                                  | --limit must be at least 1, not 0
            --prompt {{x}} --schema @object            | must be the JSON schema of an object, with properties
            """)
    void optionsOfATableNeedATable(String options, String message) {
        assertThatThrownBy(() -> read(options)).isInstanceOf(CliException.class).hasMessageContaining(message);
    }

    @Test
    void aTableHasOneFormatOfAnswersAndIsNotAPipe() throws IOException {
        assertThatThrownBy(
                        () -> table("--prompt", "{{name}}", "--schema", schema(true), "--response-format", schema(true))
                                .read(null, "any"))
                .hasMessageContaining("--schema and --response-format cannot be used together");
        assertThatThrownBy(() -> table("--prompt", "{{name}}").read(null, null))
                .hasMessageContaining("or give --model");

        var probe = new Probe();
        new CommandLine(probe).parseArgs("--prompt", "{{name}}", "-");
        assertThatThrownBy(() -> probe.request.read(null, "any")).hasMessageContaining("cannot come from stdin");
    }

    @Test
    void aSampleOfAnyInputIsItsBeginning() throws IOException {
        Files.writeString(directory.resolve("prompts"), "a\nb\n{\"user_prompt\":\"refused if it were read\"}\n");

        assertThat(read("--limit 2")).hasSize(2);
    }

    @Test
    void aColumnThatNoRequestUsesMayChange() throws IOException {
        String[] usual = {"--prompt", "Hi {{name}}", "-m", "m"};
        String id = id(usual);
        people = "nr,name\nj,Jane\nx,Kim\n";

        assertThat(id(usual)).isEqualTo(id);

        people = "nr,name\nj,Jane\nk,Tom\n";
        assertThat(id(usual)).isNotEqualTo(id);
    }

    private String people = "nr,name\nj,Jane\nk,Kim\n";

    private RequestOptions table(String... options) throws IOException {
        Path table = Files.writeString(directory.resolve("people.csv"), people);
        var arguments = new ArrayList<>(List.of(options));
        arguments.addAll(List.of("--input", table.toString()));
        var probe = new Probe();
        new CommandLine(probe).parseArgs(arguments.toArray(String[]::new));
        return probe.request;
    }

    private String id(String[] options, String... more) throws IOException {
        return id(Stream.concat(Stream.of(options), Stream.of(more)).toArray(String[]::new));
    }

    private String id(String... options) throws IOException {
        RequestOptions table = table(options);
        return table.batchIdOr(table.read(null, "any"));
    }

    private String schema(boolean strict) throws IOException {
        return Files.writeString(
                        directory.resolve("river.json"),
                        "{\"type\":\"object\",\"properties\":{\"river\":{\"type\":\"string\"},\"km\":{\"type\":\"number\"}},"
                                + (strict ? "\"additionalProperties\":false," : "")
                                + "\"required\":[\"river\",\"km\"]}")
                .toString();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            --tools @object            | must contain a JSON list
            --extra-body @tools        | must contain a JSON object
            --response-format @two     | is not JSON
            --tools @missing           | there is no such file
            --tool-choice {"type"      | --tool-choice is not JSON
            """)
    void saysWhatIsWrongWithAFile(String options, String message) {
        assertThatThrownBy(() -> read(options)).isInstanceOf(CliException.class).hasMessageContaining(message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            Hi;There                                            | --temperature 5 | temperature is 5.0
            {"user_prompts":["Hi","There"],"temperature":5}     |                 | temperature is 5.0
            {"user_prompts":[[{}],"There"],"top_p":5}           |                 | top_p is 5.0
            {"user_prompts":["Hi"]}                             | --validate-output | response_format
            """)
    void refusesOnceAMistakeThatWouldFailEveryItem(String content, String options, String message) throws IOException {
        Files.writeString(directory.resolve("prompts"), content.replace(';', '\n'));

        assertThatThrownBy(() -> read(options == null ? "-m m" : options))
                .isInstanceOf(CliException.class)
                .hasMessageContaining(message);
    }

    @Test
    void leavesWhatIsWrongWithOneItemToItsResult() throws IOException {
        Files.writeString(directory.resolve("prompts"), "{\"user_prompts\":[[{}],\"There\"]}");
        assertThat(read("-m m")).hasSize(2);

        Files.writeString(directory.resolve("prompts"), "{\"user_prompt\":\"Hi\",\"temperature\":5}");
        assertThat(read("-m m")).hasSize(1);
    }

    private List<ResponsesRequest> read(String options) {
        var arguments = new ArrayList<String>();
        for (String argument : options.split(" ")) {
            arguments.add(
                    argument.startsWith("@")
                            ? directory.resolve(argument.substring(1)).toString()
                            : argument);
        }
        arguments.add(directory.resolve("prompts").toString());
        var probe = new Probe();
        new CommandLine(probe).setExpandAtFiles(false).parseArgs(arguments.toArray(String[]::new));
        return probe.request.read(null, "any");
    }
}
