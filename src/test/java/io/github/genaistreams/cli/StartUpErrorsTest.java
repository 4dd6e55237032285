package io.github.genaistreams.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.embedded.LocalKafka;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whatever keeps a command from running is said in a sentence, with status 2 and without a stack trace. */
class StartUpErrorsTest {

    @TempDir
    private Path directory;

    private Path prompts;
    private final GenAi genai = new GenAi();

    @BeforeEach
    void prompts() throws IOException {
        prompts = Files.writeString(directory.resolve("prompts.txt"), "one\ntwo\n");
    }

    @Test
    void runWithoutAKeySaysHowToTryWithoutOne() {
        refuses(
                "No API key: set OPENAI_API_KEY, or use --sandbox to try it without a key.",
                "run",
                "responses",
                "--model",
                "m",
                prompts.toString());
    }

    @Test
    void commandsThatNeedAKafkaSayHowToGiveOne() {
        genai.with("GENAI_DATA_DIR", directory.resolve("none").toString());
        for (String command : new String[] {"worker", "topics list", "topics create", "results b"}) {
            refuses("No Kafka cluster given: use --bootstrap-server HOST:PORT", command.split(" "));
        }
        refuses("No Kafka cluster given", "submit", "responses", "-m", "m", prompts.toString());
    }

    @Test
    void localOptionsAndAKafkaContradictEachOther() {
        genai.with("GENAI_BOOTSTRAP_SERVERS", "localhost:1");

        refuses("--sandbox is only for a run on this machine", "run", "responses", "--sandbox", prompts.toString());
        refuses("--slots is only for a run on this machine", "run", "responses", "--slots=3", prompts.toString());
    }

    @Test
    void aMissingInputFileIsNamed() {
        refuses("nowhere.txt cannot be read: there is no such file.", "run", "responses", "--sandbox", "nowhere.txt");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            people.csv          | is a table: each of its lines, including the header, would be a request that costs money
            people.csv          | Give the prompt of each row, for example --prompt
            PEOPLE.CSV          | If each line is a prompt, add --input-format lines.
            people.Tsv          | is a table
            people.tab          | is a table
            people.xlsx         | is a table in a binary form
            people.parquet      | is a table in a binary form
            people.jsonl.gz     | is compressed: unpack it first
            people.pdf          | genai run documents
            people.json         | does not begin with {
            people.jsonl        | does not begin with {
            """)
    void aFileWhoseLinesAreNoPromptsIsRefusedBeforeAnythingIsPaid(String name, String sentence) throws IOException {
        Path file = Files.writeString(directory.resolve(name), "name,prompt\nJane,\"What is\n a river?\"\n");

        refuses(sentence, "run", "responses", "--sandbox", file.toString());
        genai.with("GENAI_BOOTSTRAP_SERVERS", "localhost:1");
        refuses(sentence, "submit", "responses", "-m", "m", file.toString());
    }

    @Test
    void resultsOfATableGoToATableThatCanBeWritten() throws IOException {
        Path table = Files.writeString(directory.resolve("people.csv"), "name\nJane\n");
        List<String> run =
                List.of("run", "responses", "--sandbox", "--prompt", "Hi {{name}}", "--input", table.toString());

        refuses("is the input: the results would replace it", with(run, "--out", table.toString()));
        refuses(
                "cannot be written: its directory does not exist",
                with(run, "--out", directory.resolve("none/a.csv").toString()));
        refuses("--format lines: for a table, use csv or jsonl", with(run, "--format", "lines"));
        refuses("--csv-raw needs --format csv", with(run, "--out", "a.jsonl", "--csv-raw"));
        assertThat(Path.of("a.jsonl.part")).doesNotExist();
    }

    private static String[] with(List<String> command, String... more) {
        return Stream.concat(command.stream(), Stream.of(more)).toArray(String[]::new);
    }

    @Test
    void aBinaryFileOfAnyNameIsRefused() throws IOException {
        Files.write(prompts, new byte[] {'P', 'K', 3, 4, 0, 0, 'x'});

        refuses("this is not text", "run", "responses", "--sandbox", prompts.toString());
    }

    @Test
    void aDirectoryIsNotAFileOfPrompts() {
        refuses(directory + " is a directory", "run", "responses", "--sandbox", directory.toString());
    }

    @Test
    void anEmptyInputIsRefused() {
        refuses("No requests found in stdin.", "run", "responses", "--sandbox", "-");
    }

    @Test
    void theErrorOfAMissingModelNamesItsOption() {
        genai.with("OPENAI_API_KEY", "k");

        refuses("or give --model", "run", "responses", prompts.toString());
    }

    @Test
    void aMisspeltFieldIsNamedWithItsLine() throws IOException {
        Files.writeString(prompts, "{\"user_prompt\":\"a\"}\n{\"user_prompt\":\"b\",\"temprature\":1}\n");

        refuses("line 2: ", "run", "responses", "--sandbox", prompts.toString());
    }

    @Test
    void aSettingThatDoesNotExistIsNamed() throws IOException {
        Path config = Files.writeString(directory.resolve("c.properties"), "bootstrap.servers=b:1\nlane.slot=3\n");

        refuses("Unknown setting lane.slot", "worker", "--config", config.toString());
    }

    @Test
    void aMissingConfigurationFileIsNamed() {
        refuses("nowhere.properties cannot be read", "worker", "--config", "nowhere.properties");
    }

    @Test
    void aSandboxFaultThatDoesNotExistIsAnsweredWithTheList() {
        refuses("rate_limit = 429", "sandbox", "--fail", "teapot=0.5");
        refuses("lognormal:500ms,0.5", "sandbox", "--latency", "slow");
    }

    @Test
    void aPortInUseIsNamed() throws IOException {
        try (var taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            refuses("" + taken.getLocalPort(), "sandbox", "--port", "" + taken.getLocalPort());
            refuses("" + taken.getLocalPort(), "broker", "--port", "" + taken.getLocalPort());
        }
    }

    @Test
    void aSecondRunOnTheSameDataIsRefused() {
        Path broker = directory.resolve("data/sandbox/broker");
        try (var first = LocalKafka.start(LocalKafka.Options.keptIn(broker))) {
            assertThat(first.dataDir()).exists();

            refuses(
                    "is in use by another local Kafka",
                    "run",
                    "responses",
                    "--sandbox",
                    "--data-dir",
                    directory.resolve("data").toString(),
                    prompts.toString());
        }
    }

    @Test
    void aWorkerWithoutItsTopicsOrKeySaysWhatToDo() {
        try (var kafka = LocalKafka.start(LocalKafka.Options.temporary())) {
            genai.with("GENAI_BOOTSTRAP_SERVERS", kafka.bootstrapServers())
                    .with("GENAI_STATE_DIR", directory.toString());

            refuses("No API key: set the environment variable OPENAI_API_KEY", "worker");
            genai.with("OPENAI_API_KEY", "k");
            refuses("create the topics with `genai topics create`", "worker");
            refuses("genai topics create", "submit", "responses", "-m", "m", prompts.toString());

            assertThat(genai.run("topics", "create", "--partitions", "2", "--json")
                            .status())
                    .isZero();
            refuses("No batch nobody", "results", "nobody");
            refuses("state directory", "worker", "--set", "state.dir=" + prompts);
        }
    }

    @Test
    void commandsThatFollowABatchNameTheDirectoryInWhichThereIsNone() {
        genai.with("GENAI_DATA_DIR", directory.resolve("none").toString());

        for (String command : new String[] {
            "status b", "batches", "watch b", "results b", "cancel b", "retry-failed b", "dead-letters list"
        }) {
            refuses("No Kafka cluster given", command.split(" "));
            refuses(directory.resolve("none/api").toString(), command.split(" "));
        }
        genai.with("GENAI_BOOTSTRAP_SERVERS", "localhost:1");
        refuses("--data-dir is only for data of runs on this machine", "status", "b", "--data-dir", "x");
    }

    @Test
    void whoLooksForARunWithSandboxAmongTheOthersIsToldTheOption() throws IOException {
        Path data = directory.resolve("data");
        genai.with("GENAI_DATA_DIR", data.toString());
        Path sandbox = Files.createDirectories(data.resolve("sandbox/broker"));

        refuses("Runs with --sandbox have: add --sandbox to see them.", "status", "b");

        Files.createDirectories(data.resolve("api/broker"));
        Files.delete(sandbox);
        refuses("Runs without --sandbox have: leave --sandbox out to see them.", "status", "b", "--sandbox");
    }

    @Test
    void aLogLevelThatDoesNotExistIsNamed() {
        genai.with("GENAI_LOG_LEVEL", "io.vertx=loud");

        refuses("GENAI_LOG_LEVEL: 'loud' is not a level.", "config");
    }

    @Test
    void verboseShowsTheStackTrace() {
        var outcome = genai.run("worker", "-v");

        assertThat(outcome.status()).isEqualTo(2);
        assertThat(outcome.err()).contains("No Kafka cluster given", "\tat ");
    }

    private void refuses(String sentence, String... arguments) {
        var outcome = genai.run(arguments);

        assertThat(outcome.err()).contains(sentence).contains("genai: ").doesNotContain("\tat ", "Unexpected error");
        assertThat(outcome.out()).isEmpty();
        assertThat(outcome.status()).isEqualTo(2);
    }
}
