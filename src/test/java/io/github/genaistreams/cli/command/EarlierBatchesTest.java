package io.github.genaistreams.cli.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.genaistreams.cli.GenAi;
import io.github.genaistreams.cli.console.StopSignal;
import io.github.genaistreams.cli.console.Terminal;
import io.github.genaistreams.sandbox.ApiSandbox;
import io.github.genaistreams.sandbox.Latency;
import io.github.genaistreams.sandbox.SandboxSettings;
import io.github.genaistreams.serve.GenAiServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a run does with a batch that another run has left unfinished in its directory. {@link RunCommandTest} has the run
 * that leaves a batch as a killed one has left it.
 */
class EarlierBatchesTest {

    private static final int ITEMS = 200;

    private static final Terminal TERMINAL = new Terminal(true, true, 200);

    @TempDir
    private Path directory;

    @Test
    @Tag("long")
    void areLeftOrFinishedAsTheUserSays() throws Exception {
        try (var sandbox = sandbox()) {
            String[] first = interrupted(sandbox, "first");
            long before = sandbox.stats().callsOf("first");

            var left = genai(sandbox).on(TERMINAL).stdin("\n").run(here("left", one("left")));
            assertThat(left.status()).as(left.err()).isZero();
            assertThat(left.err())
                    .contains(
                            " of 200 items not done", "genai cancel first --data", "[y]es, [n]o: cancel them, [l]ater");
            assertThat(sandbox.stats().callsOf("first")).isEqualTo(before);

            var called = genai(sandbox).run(here("called", one("called"), "--finish-earlier", "yes"));
            assertThat(called.status()).as(called.err()).isZero();
            assertThat(called.err()).contains("finished in this run as well: ");
            assertThat(sandbox.stats().callsOf("first")).as("each once").isEqualTo(ITEMS);

            var again = genai(sandbox).run(first);
            assertThat(again.status()).as(again.err()).isZero();
            assertThat(again.lines()).hasSize(ITEMS);
            assertThat(sandbox.stats().callsOf("first")).isEqualTo(ITEMS);
        }
    }

    @Test
    @Tag("long")
    void areCancelledBeforeAnythingIsCalled() throws Exception {
        try (var sandbox = sandbox()) {
            String[] first = interrupted(sandbox, "first");
            long before = sandbox.stats().callsOf("first");

            var cancelled = genai(sandbox).on(TERMINAL).stdin("n\n").run(here("cancelled", one("cancelled")));
            assertThat(cancelled.status()).as(cancelled.err()).isZero();
            assertThat(cancelled.err()).contains("cancelled, and not called any more: ");

            var again = genai(sandbox).run(first);
            assertThat(again.status()).as(again.err()).isEqualTo(1);
            assertThat(again.lines()).hasSize(ITEMS);
            assertThat(again.err()).contains("%,d succeeded, %,d failed".formatted(before, ITEMS - before));
            assertThat(sandbox.stats().callsOf("first")).isEqualTo(before);
        }
    }

    private static ApiSandbox sandbox() {
        return ApiSandbox.start(SandboxSettings.DEFAULTS.withLatency(Latency.fixed(Duration.ofMillis(150))));
    }

    /** Leaves a batch of which some is answered. Returns its command. */
    private String[] interrupted(ApiSandbox sandbox, String batchId) throws Exception {
        Path prompts = Files.writeString(
                directory.resolve("prompts.txt"),
                IntStream.range(0, ITEMS).mapToObj(i -> "Prompt " + i).collect(Collectors.joining("\n")));
        var stop = StopSignal.manual();
        var stopper = new Thread(() -> {
            await().atMost(Duration.ofSeconds(60)).until(() -> sandbox.stats().succeeded(batchId) > 20);
            stop.request();
        });
        stopper.start();
        String[] run = here(batchId, prompts, "--slots", "5", "--json");
        var stopped = genai(sandbox).stoppedBy(stop).run(run);
        stopper.join();
        assertThat(stopped.status()).as(stopped.err()).isEqualTo(130);
        return run;
    }

    @Test
    void areNoMatterOfARunOnKafka() throws Exception {
        var refused =
                new GenAi().run(run("b", one("b"), "--finish-earlier", "no", "--bootstrap-server", "localhost:1"));

        assertThat(refused.status()).isEqualTo(2);
        assertThat(refused.err()).contains("--finish-earlier is for a run on this machine alone");
    }

    private Path one(String name) throws Exception {
        return Files.writeString(directory.resolve(name + ".txt"), "One more\n");
    }

    private String[] here(String batchId, Path file, String... more) {
        String data = directory.resolve("data").toString();
        return Stream.concat(Stream.of(run(batchId, file, more)), Stream.of("--data-dir", data))
                .toArray(String[]::new);
    }

    private static String[] run(String batchId, Path file, String... more) {
        return Stream.concat(
                        Stream.of("run", "responses", "-m", "m", "--batch-id", batchId, file.toString()),
                        Stream.of(more))
                .toArray(String[]::new);
    }

    private static GenAi genai(ApiSandbox sandbox) {
        return new GenAi().with("OPENAI_API_KEY", "key").with("OPENAI_BASE_URL", sandbox.baseUrl());
    }

    @Test
    void aBatchOfTheFrontDoorIsKnownByItsId() {
        assertThat(GenAiServer.hasMade("batch_019a3b2c4d5e0123456789abcdef0123"))
                .isTrue();
        assertThat(GenAiServer.hasMade("resp_genai_019a3b2c4d5e0123456789abcdef0123"))
                .isTrue();
        assertThat(GenAiServer.hasMade("batch_of_mine")).isFalse();
        assertThat(GenAiServer.hasMade("20260131-120000-k3v9x0ab")).isFalse();
    }
}
