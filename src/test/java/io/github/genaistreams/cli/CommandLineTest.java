package io.github.genaistreams.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.genaistreams.cli.console.Terminal;
import io.github.genaistreams.cli.console.Text;
import io.github.genaistreams.worker.GenAiConfig;
import io.github.genaistreams.worker.WorkerMetric;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CommandLineTest {

    private final GenAi genai = new GenAi();

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "demo",
                "run",
                "run responses",
                "submit",
                "submit responses",
                "results",
                "worker",
                "topics",
                "topics create",
                "topics list",
                "topics grow",
                "config",
                "data",
                "retry-failed",
                "dead-letters list",
                "dead-letters show",
                "dead-letters replay",
                "metrics",
                "broker",
                "sandbox"
            })
    void everyCommandHasHelpWithExamples(String command) {
        String[] arguments = (command + " --help").strip().split(" ");

        var help = genai.run(arguments);

        assertThat(help.status()).isZero();
        assertThat(help.err()).isEmpty();
        assertThat(help.out())
                .contains("Usage: genai", "Examples:", "Show this help.")
                .doesNotContain("\u001b");
    }

    @Test
    void versionNamesProgramKafkaAndJava() {
        var version = genai.run("--version");

        assertThat(version.status()).isZero();
        assertThat(version.out()).contains("genai-streams", "Kafka 4", "Java " + Runtime.version());
    }

    @ParameterizedTest
    @CsvSource({
        "dmeo, unknown command dmeo; did you mean demo?",
        "wroker, unknown command wroker; did you mean broker or worker?",
        "run respones, unknown command respones; did you mean responses?",
        "demo --requets 3, unknown option --requets; did you mean --requests?",
        "run prompts.txt, prompts.txt is not an API; for example: genai run responses prompts.txt",
        "responses prompts.txt, unknown command responses; did you mean run responses or submit responses?",
        "results b --format xml, '--format is ''xml'': use text, lines, jsonl, csv, openai-batch'",
        "results b --folow, unknown option --folow; did you mean --follow?",
    })
    void aTypoIsAnsweredWithWhatWasMeant(String line, String sentence) {
        var outcome = genai.run(line.split(" "));

        assertThat(outcome.status()).isEqualTo(2);
        assertThat(outcome.out()).isEmpty();
        assertThat(outcome.err()).startsWith("genai: " + sentence).doesNotContain("\tat ");
    }

    @ParameterizedTest
    @CsvSource({
        "results b --csv-raw, --csv-raw needs --format csv",
        "results b --csv-raw --format lines, --csv-raw needs --format csv",
        "results b --json --format csv, --json and --format cannot be used together",
        "run responses none.txt --sandbox --json --format reference, --json and --format cannot be used together"
    })
    void anOptionThatWouldHaveNoEffectIsRefused(String line, String sentence) {
        var outcome = genai.run(line.split(" "));

        assertThat(outcome.status()).isEqualTo(2);
        assertThat(outcome.out()).isEmpty();
        assertThat(outcome.err()).contains(sentence);
    }

    @ParameterizedTest
    @ValueSource(strings = {"zzzzzzzz", "", "run", "submit", "topics", "results", "demo --requests many"})
    void wrongUseHasStatusTwoAndPointsToHelp(String line) {
        var outcome = genai.run(line.isEmpty() ? new String[0] : line.split(" "));

        assertThat(outcome.status()).isEqualTo(2);
        assertThat(outcome.out()).isEmpty();
        assertThat(outcome.err()).contains("--help`").doesNotContain("\tat ");
    }

    @Test
    void configAsMarkdownListsEverySettingAndNothingOfThisMachine() {
        var table = genai.run("config", "--format", "markdown");

        assertThat(table.status()).isZero();
        assertThat(table.lines()).hasSize(GenAiConfig.DEFINITION.configKeys().size() + 2);
        assertThat(table.out())
                .contains("| `bootstrap.servers` | string | *required* |", "${user.home}/.genai-streams/state")
                .doesNotContain(System.getProperty("user.home"));
    }

    @Test
    void configAsPropertiesIsAFileToStartFrom() {
        var file = genai.run("config", "--format", "properties");

        assertThat(file.lines()).contains("#topic.prefix=genai.", "#openai.api.key=");
        assertThat(file.lines()).allMatch(line -> line.isEmpty() || line.startsWith("#"));
    }

    @Test
    void configAsJsonParses() throws Exception {
        var json = new ObjectMapper().readTree(genai.run("config", "--json").out());

        assertThat(json).hasSize(GenAiConfig.DEFINITION.configKeys().size());
        assertThat(json.findValuesAsText("environment")).contains("GENAI_OPENAI_API_KEY");
    }

    @Test
    void metricsAreInTheDocumentationAsTheyArePrinted() throws IOException {
        var table = genai.run("metrics", "--format", "markdown");

        assertThat(table.lines()).hasSize(WorkerMetric.values().length + 2);
        assertThat(Files.readString(Path.of("docs/metrics.md"))).contains(table.out());
        assertThat(genai.run("metrics").out())
                .contains("genai_calls_total  counter, by api, model, credential, outcome");
        assertThat(new ObjectMapper()
                        .readTree(genai.run("metrics", "--json").out())
                        .findValuesAsText("name"))
                .contains("genai_ready")
                .hasSize(WorkerMetric.values().length);
    }

    /** Of a scrape: those that have a type, and those that a histogram brings along. */
    @Test
    void whatMonitoringAndDocumentationNameIsThere() throws IOException {
        Set<String> known = Arrays.stream(WorkerMetric.values())
                .flatMap(metric ->
                        Stream.of("", "_bucket", "_count", "_sum", "_max").map(suffix -> metric.exposed() + suffix))
                .collect(Collectors.toSet());
        var named = Pattern.compile("\\bgenai_[a-z_]+\\b");
        for (String file : List.of(
                "docs/metrics.md", "src/main/monitoring/alerts.yml", "src/main/monitoring/grafana/dashboard.json")) {
            assertThat(named.matcher(Files.readString(Path.of(file))).results().map(MatchResult::group))
                    .as(file)
                    .isNotEmpty()
                    .isSubsetOf(known);
        }
    }

    @Test
    void coloursAreForTerminalsThatWantThem() {
        var terminal = new Terminal(true, true, 80);

        assertThat(genai.run("config").out()).doesNotContain("\u001b");
        assertThat(genai.run("config", "--color", "always").out()).contains("\u001b");
        assertThat(new GenAi().on(terminal).run("config").out()).contains("\u001b");
        assertThat(new GenAi().on(terminal).run("config", "--color=never").out())
                .doesNotContain("\u001b");
        assertThat(new GenAi().on(terminal).with("NO_COLOR", "1").run("config").out())
                .doesNotContain("\u001b");
    }

    @Test
    void longTextIsWrappedAtBlanks() {
        assertThat(Text.wrap("one two  three four", 8)).isEqualTo(List.of("one two", "three", "four"));
    }

    @Test
    void anAnswerCannotSteerTheTerminal() {
        assertThat(Text.printable("a\u001b[2Jb\r\n\tc\u0007")).isEqualTo("a[2Jb\n\tc");
    }
}
