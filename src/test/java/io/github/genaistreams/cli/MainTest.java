package io.github.genaistreams.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.genaistreams.PackagedProgram;
import io.github.genaistreams.embedded.LocalKafka;
import io.github.genaistreams.sandbox.ApiSandbox;
import io.github.genaistreams.sandbox.SandboxSettings;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The program as its own process: exit status, streams, signals, the log. */
class MainTest {

    private static final String KEY = "sk-a-key-that-must-not-be-logged";

    @TempDir
    private Path directory;

    @Test
    void versionComesOnStdoutWithStatusZero() throws Exception {
        Process process = PackagedProgram.of("--version").start();

        assertThat(new String(process.getInputStream().readAllBytes(), UTF_8)).startsWith("genai-streams ");
        assertThat(new String(process.getErrorStream().readAllBytes(), UTF_8)).isEmpty();
        assertThat(process.waitFor()).isZero();
    }

    @Test
    void anUnknownCommandHasStatusTwo() throws Exception {
        Process process = PackagedProgram.of("dmeo").start();

        assertThat(new String(process.getErrorStream().readAllBytes(), UTF_8)).contains("did you mean demo?");
        assertThat(process.waitFor()).isEqualTo(2);
    }

    @Test
    void outputThatDoesNotFitOnTheDiskIsNoSuccess() throws Exception {
        Path full = Path.of("/dev/full");
        assumeTrue(Files.isWritable(full), "only Linux has a disk that is always full");
        Process process =
                PackagedProgram.of("config").redirectOutput(full.toFile()).start();

        assertThat(new String(process.getErrorStream().readAllBytes(), UTF_8))
                .contains(
                        "Not everything could be written to stdout: No space left on device",
                        "start the same command again");
        assertThat(process.waitFor()).isEqualTo(2);
    }

    @Test
    void aReaderWhoHasSeenEnoughIsNoError() throws Exception {
        Process process = PackagedProgram.of("config").start();
        process.getInputStream().close();

        assertThat(new String(process.getErrorStream().readAllBytes(), UTF_8)).isEmpty();
        assertThat(process.waitFor()).isZero();
    }

    @Test
    void aWorkerLogsJsonLinesAndEndsWithStatusZeroOnSigterm() throws Exception {
        Path log = directory.resolve("log.jsonl");
        try (var kafka = LocalKafka.start(LocalKafka.Options.temporary());
                var sandbox = ApiSandbox.start(SandboxSettings.DEFAULTS)) {
            var genai = new GenAi().with("GENAI_BOOTSTRAP_SERVERS", kafka.bootstrapServers());
            assertThat(genai.run("topics", "create", "--partitions", "2").status())
                    .isZero();
            var builder = PackagedProgram.of("worker", "--log-format", "json", "-vv");
            builder.environment().put("GENAI_BOOTSTRAP_SERVERS", kafka.bootstrapServers());
            builder.environment()
                    .put("GENAI_STATE_DIR", directory.resolve("state").toString());
            builder.environment().put("OPENAI_API_KEY", KEY);
            builder.environment().put("OPENAI_BASE_URL", sandbox.baseUrl());
            Process worker = builder.redirectError(log.toFile()).start();

            var submitted = genai.stdin("a prompt of great secrecy\nanother\n")
                    .run("submit", "responses", "-m", "m", "--batch-id", "b", "--format", "avro", "-");
            assertThat(submitted.out()).isEqualTo("b\n");
            var followed = genai.run("results", "b", "--follow", "--json");
            assertThat(followed.status()).isZero();
            assertThat(followed.lines()).hasSize(2);
            assertThat(genai.run("results", "b").out()).contains("   0  ", "   1  ");

            worker.destroy();
            assertThat(worker.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(worker.exitValue()).isZero();
        }
        var json = new ObjectMapper();
        var lines = Files.readAllLines(log);
        assertThat(lines).isNotEmpty();
        for (String line : lines) {
            assertThat(json.readTree(line).path("level").asText()).isNotEmpty();
        }
        assertThat(lines).anyMatch(line -> line.contains("worker_start"));
        assertThat(lines).anyMatch(line -> line.contains("batch_end"));
        assertThat(lines).anyMatch(line -> line.contains("worker_end"));
        assertThat(lines).noneMatch(line -> line.contains(KEY) || line.contains("secrecy"));
    }

    @Test
    void aBrokerPrintsItsAddressOnceItIsReady() throws Exception {
        Process broker = PackagedProgram.of("broker", "--port", "0", "--create-topics", "--partitions", "3", "--json")
                .redirectError(directory.resolve("err.txt").toFile())
                .start();
        try (var out = new BufferedReader(new InputStreamReader(broker.getInputStream(), UTF_8))) {
            var ready = new ObjectMapper().readTree(out.readLine());

            var topics = new GenAi()
                    .run(
                            "topics",
                            "list",
                            "--json",
                            "-b",
                            ready.path("bootstrap_servers").asText());

            assertThat(new ObjectMapper().readTree(topics.out()))
                    .hasSize(ready.path("topics_created").size());
            broker.destroy();
            assertThat(broker.waitFor()).isZero();
        } finally {
            broker.destroyForcibly();
        }
    }
}
