package io.github.genaistreams.cli.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.genaistreams.PackagedProgram;
import io.github.genaistreams.cli.GenAi;
import io.github.genaistreams.cli.console.StopSignal;
import io.github.genaistreams.embedded.LocalKafka;
import io.github.genaistreams.sandbox.ApiSandbox;
import io.github.genaistreams.sandbox.Fault;
import io.github.genaistreams.sandbox.Latency;
import io.github.genaistreams.sandbox.SandboxSettings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.common.utils.Exit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Batches of one command that brings broker and worker along. */
class RunCommandTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    private Path directory;

    @Test
    void aKilledRunCarriesOnWhereItWas() throws Exception {
        int items = 240;
        int slots = 20;
        Path prompts = prompts(items);
        var settings = SandboxSettings.DEFAULTS.withLatency(Latency.fixed(Duration.ofMillis(150)));
        try (var sandbox = ApiSandbox.start(settings)) {
            String data = directory.resolve("data").toString();
            String[] run = run("--slots", "" + slots, "--json", prompts.toString());
            Path firstOut = directory.resolve("first.jsonl");
            Process first = start(sandbox, firstOut, run);
            await().atMost(Duration.ofSeconds(60)).until(() -> lines(firstOut) >= 60);
            first.destroyForcibly().waitFor();
            long answeredBefore = sandbox.stats().succeeded("b");
            assertThat(answeredBefore).isBetween(60L, items - 1L);
            long calledBefore = sandbox.stats().callsOf("b");

            var other = genai(sandbox)
                    .stdin("Another\n")
                    .run("run", "responses", "-m", "m", "--batch-id", "other", "--data-dir", data, "-");

            assertThat(other.status()).as(other.err()).isZero();
            assertThat(other.err())
                    .contains("genai:   b  ", " of 240 items not done", "genai cancel b --data-dir " + data);
            assertThat(sandbox.stats().callsOf("other")).isEqualTo(1);
            assertThat(sandbox.stats().callsOf("b")).isEqualTo(calledBefore);

            var second = genai(sandbox).run(run);

            assertThat(second.status()).as(second.err()).isZero();
            assertThat(second.err()).doesNotContain("unfinished in this data directory");
            assertThat(indexes(second.lines()))
                    .isEqualTo(IntStream.range(0, items).boxed().toList());
            // Those whose start was committed: the kill may have come before the call itself.
            assertThat(possiblyTwice(second.lines())).isBetween(1L, 2L * slots);
            assertThat(second.err()).contains(possiblyTwice(second.lines()) + " possibly billed twice");
            // What was in flight, or answered but not committed yet, when the process was killed.
            assertThat(sandbox.stats().repeatedAfterSuccess("b")).isLessThanOrEqualTo(2L * slots);
            assertThat(sandbox.stats().callsOf("b")).isLessThanOrEqualTo(items + 2L * slots);
        }
    }

    @Test
    void aStoppedRunSaysHowToCarryOnAndRepeatsNothing() throws Exception {
        int items = 300;
        Path prompts = prompts(items);
        var settings = SandboxSettings.DEFAULTS.withLatency(Latency.fixed(Duration.ofMillis(100)));
        try (var sandbox = ApiSandbox.start(settings)) {
            var stop = StopSignal.manual();
            var stopper = new Thread(() -> {
                await().atMost(Duration.ofSeconds(60))
                        .until(() -> sandbox.stats().succeeded("b") > 50);
                stop.request();
            });
            stopper.start();
            String[] run = run("--slots", "10", "--format", "jsonl", prompts.toString());

            var stopped = genai(sandbox).stoppedBy(stop).run(run);
            stopper.join();

            assertThat(stopped.status()).as(stopped.err()).isEqualTo(130);
            assertThat(stopped.err()).contains("nothing is lost. To continue: the same command again");

            String data = directory.resolve("data").toString();
            var status = genai(sandbox).run("status", "b", "--data-dir", data);
            assertThat(status.out()).contains("RUNNING", "No run is in progress. It goes on when its `genai run`");

            var resumed = genai(sandbox).run(run);

            assertThat(resumed.status()).as(resumed.err()).isZero();
            assertThat(resumed.err()).contains("continuing: 300 of 300 requests submitted before");
            assertThat(indexes(resumed.lines()))
                    .isEqualTo(IntStream.range(0, items).boxed().toList());
            assertThat(sandbox.stats().callsOf("b")).isEqualTo(items);
        }
    }

    @Test
    void aRunThatIsStoppedWhileItStartsSubmitsNothing() throws Exception {
        StopSignal stop = StopSignal.manual();
        stop.request();

        var stopped = new GenAi()
                .stoppedBy(stop)
                .run(
                        "run",
                        "responses",
                        "--sandbox",
                        "--data-dir",
                        directory.resolve("data").toString(),
                        prompts(3).toString());

        assertThat(stopped.status()).isEqualTo(130);
        assertThat(stopped.err())
                .contains("genai: stopping; Ctrl-C again ends at once", "genai: stopped before anything was submitted");
    }

    /** As with a full disk: nothing can be committed any more, so there is nothing to wait for. */
    @Test
    void aRunWhoseKafkaHasFailedSaysSoAndEndsInSeconds() throws Exception {
        try (var sandbox = ApiSandbox.start(SandboxSettings.DEFAULTS)) {
            var halted = new AtomicLong();
            var halt = new Thread(() -> {
                await().atMost(Duration.ofSeconds(60))
                        .until(() -> sandbox.stats().requests() > 0);
                halted.set(System.nanoTime());
                Exit.halt(1);
            });
            halt.setUncaughtExceptionHandler((thread, e) -> {});
            halt.start();

            var outcome = genai(sandbox).stdin("sandbox:hang\n").run(run("-"));

            assertThat(Duration.ofNanos(System.nanoTime() - halted.get())).isLessThan(Duration.ofSeconds(8));
            halt.join();
            assertThat(outcome.status()).isEqualTo(2);
            assertThat(outcome.err())
                    .containsSubsequence(
                            "genai: The local Kafka has failed: it wanted to halt the process with status 1",
                            "genai: Stopped, because the local Kafka has failed. ",
                            "the same command again")
                    .doesNotContain("calls in flight");
        }
    }

    @Test
    void aSignalThatNobodyAsksForEndsTheProcessAtOnce() {
        StopSignal stop = StopSignal.manual();
        assertThat(stop.isHeeded()).isFalse();

        stop.onRequest(() -> {});
        assertThat(stop.isHeeded()).isTrue();
    }

    @Test
    void failedItemsArePrintedInTheirPlaceAndMakeTheStatusOne() throws Exception {
        Path prompts = prompts(10);
        var settings =
                SandboxSettings.DEFAULTS.withFault(Fault.BAD_REQUEST, 0.5).withSeed(3);
        try (var sandbox = ApiSandbox.start(settings)) {
            Path output = directory.resolve("out.txt");

            var run = genai(sandbox).run(run("--output", output.toString(), "--json", prompts.toString()));

            assertThat(run.status()).isEqualTo(1);
            JsonNode summary = JSON.readTree(run.out());
            assertThat(summary.path("failed").asInt()).isBetween(1, 9);
            assertThat(summary.path("succeeded").asInt()
                            + summary.path("failed").asInt())
                    .isEqualTo(10);
            assertThat(indexes(output)).hasSize(10).isSorted();
            assertThat(run.err())
                    .contains(" failed", "the same command with --retry-failed")
                    .doesNotContain("\u001b");

            sandbox.apply(SandboxSettings.DEFAULTS.withPort(sandbox.port()));
            var again = genai(sandbox).run(run("--output", output.toString(), "--retry-failed", prompts.toString()));

            assertThat(again.status()).isZero();
            assertThat(again.err()).contains("submitted again", "10 succeeded, 0 failed");
            assertThat(Files.readString(output)).doesNotContain("refused");

            String data = directory.resolve("data").toString();
            assertThat(genai(sandbox)
                            .run("results", "b", "--json", "--data-dir", data)
                            .lines())
                    .as("of a run that has ended")
                    .hasSize(10);
            Path broker = directory.resolve("data/api/broker");
            try (LocalKafka running = LocalKafka.start(LocalKafka.Options.keptIn(broker))) {
                assertThat(LocalKafka.running(broker)).hasValue(running.bootstrapServers());
                assertThat(genai(sandbox).run("batches", "--data-dir", data).out())
                        .as("of one that is in progress")
                        .contains("COMPLETED", "10 of 10");
                assertThat(genai(sandbox)
                                .run("dead-letters", "list", "--data-dir", data)
                                .err())
                        .isEqualTo("No dead letters.\n");
                assertThat(genai(sandbox)
                                .run("retry-failed", "b", "--no-follow", "--data-dir", data)
                                .err())
                        .contains("0 items submitted again");
                assertThat(genai(sandbox).run("data", "--data-dir", data).out())
                        .contains("(in use)", "1 batch, all finished");
            }
        }
    }

    @Test
    void stdinAndTheSandboxNeedNothingElse() throws IOException {
        GenAi.Outcome run;
        // The port of a worker beside it, as in a container, is in use.
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            run = new GenAi()
                    .stdin("Say hello\nSay goodbye\n")
                    .with("GENAI_DATA_DIR", directory.toString())
                    .with("GENAI_HTTP_PORT", Integer.toString(taken.getLocalPort()))
                    .run("run", "responses", "--sandbox", "-q", "-");
        }

        assertThat(run.status()).isZero();
        assertThat(run.err()).isEmpty();
        assertThat(run.lines()).hasSize(2);
        assertThat(run.lines().get(0)).startsWith("   0  ").contains("Say hello");
        assertThat(run.lines().get(1)).startsWith("   1  ").contains("Say goodbye");
    }

    @Test
    void aRunContinuesTheConversationOfAnEarlierOne() throws Exception {
        try (var sandbox = ApiSandbox.start(SandboxSettings.DEFAULTS)) {
            String[] run = {
                "run",
                "responses",
                "-m",
                "m",
                "--json",
                "--data-dir",
                directory.resolve("data").toString(),
                "-"
            };
            var first = genai(sandbox).stdin("My name is Jane.").run(run);
            String id = JSON.readTree(first.out()).at("/raw_response/id").asText();

            String[] again = Arrays.copyOf(run, run.length + 2);
            again[run.length] = "--previous-response-id";
            again[run.length + 1] = id;
            var second = genai(sandbox).stdin("What is my name?").run(again);

            assertThat(second.status()).as(second.err()).isZero();
            assertThat(JSON.readTree(second.out()).path("output_text").asText())
                    .contains("In turn 1 you said “My name is Jane.”");
        }
    }

    private static GenAi genai(ApiSandbox sandbox) {
        return new GenAi().with("OPENAI_API_KEY", "key").with("OPENAI_BASE_URL", sandbox.baseUrl());
    }

    /** Arguments for a run of the batch {@code b}. */
    private String[] run(String... more) {
        String data = directory.resolve("data").toString();
        return Stream.concat(
                        Stream.of("run", "responses", "-m", "m", "--batch-id", "b", "--data-dir", data),
                        Stream.of(more))
                .toArray(String[]::new);
    }

    private Path prompts(int items) throws IOException {
        String text = IntStream.range(0, items).mapToObj(i -> "Prompt " + i).collect(Collectors.joining("\n"));
        return Files.writeString(directory.resolve("prompts.txt"), text);
    }

    private Process start(ApiSandbox sandbox, Path out, String... arguments) throws IOException {
        var process = PackagedProgram.of(arguments);
        process.environment().put("OPENAI_API_KEY", "key");
        process.environment().put("OPENAI_BASE_URL", sandbox.baseUrl());
        return process.redirectOutput(out.toFile())
                .redirectError(directory.resolve("err.txt").toFile())
                .start();
    }

    private static long possiblyTwice(List<String> lines) throws IOException {
        long twice = 0;
        for (String line : lines) {
            twice += JSON.readTree(line).path("possible_duplicate").asBoolean() ? 1 : 0;
        }
        return twice;
    }

    private static long lines(Path file) throws IOException {
        try (var lines = Files.lines(file)) {
            return lines.count();
        }
    }

    private static List<Integer> indexes(Path file) throws IOException {
        return indexes(Files.readAllLines(file));
    }

    private static List<Integer> indexes(List<String> lines) throws IOException {
        List<Integer> indexes = new ArrayList<>();
        for (String line : lines) {
            indexes.add(JSON.readTree(line).path("index").asInt(-1));
        }
        return indexes;
    }
}
