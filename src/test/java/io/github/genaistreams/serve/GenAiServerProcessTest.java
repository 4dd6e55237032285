package io.github.genaistreams.serve;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.genaistreams.PackagedProgram;
import io.github.genaistreams.e2e.Embedded;
import io.github.genaistreams.serve.ServerClient.Answer;
import io.github.genaistreams.serve.http.Keys;
import io.github.genaistreams.worker.GenAiConfig;
import java.io.BufferedWriter;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code genai serve} as a process: killed, and with little memory. */
@Tag("long")
class GenAiServerProcessTest {

    private static final String OPENAI_PACKAGE = "openai@6.49.0";
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path dir;

    @Test
    void nodesClientGoesOnWhenTheServerIsKilled() throws Exception {
        Path node = node();
        Path input = Files.writeString(dir.resolve("input.jsonl"), ServerClient.lines(10_000));
        Path output = dir.resolve("output.jsonl");
        int port = freePort();
        Process server = serve(
                port,
                List.of("-Xmx768m"),
                "--sandbox",
                "--data-dir",
                dir.resolve("data").toString());
        Path log = dir.resolve("node.log");
        Process client = new ProcessBuilder(
                        "node",
                        node.resolve("batch.mjs").toString(),
                        "http://127.0.0.1:" + port + "/v1",
                        input.toString(),
                        output.toString())
                .directory(node.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            await().atMost(Duration.ofMinutes(2))
                    .until(() -> Files.readString(log), seen -> seen.matches("(?s).*in_progress [2-7]\\d{3}\\n.*"));
            server.destroyForcibly().waitFor();
            server = serve(
                    port,
                    List.of("-Xmx768m"),
                    "--sandbox",
                    "--data-dir",
                    dir.resolve("data").toString());

            assertThat(client.waitFor(5, TimeUnit.MINUTES)).isTrue();
            assertThat(client.exitValue()).as(Files.readString(log)).isZero();
            List<String> ids = new ArrayList<>();
            for (String line : Files.readAllLines(output)) {
                ids.add(JSON.readTree(line).path("custom_id").asText());
            }
            assertThat(ids)
                    .containsExactlyElementsOf(IntStream.range(0, 10_000)
                            .mapToObj(i -> "item-" + i)
                            .toList());
        } finally {
            client.destroyForcibly();
            server.destroyForcibly();
        }
    }

    @Test
    void aFileOf200MegabytesNeedsLittleMemory() throws Exception {
        try (Embedded cluster = Embedded.start(dir.resolve("state"))) {
            Path input = dir.resolve("large.jsonl");
            int lines = 50_000;
            String padding = "word ".repeat(800);
            try (BufferedWriter writer = Files.newBufferedWriter(input)) {
                for (int i = 0; i < lines; i++) {
                    writer.write(ServerClient.line(i).replace("Question", padding + "Question"));
                }
            }
            assertThat(Files.size(input)).isGreaterThan(200_000_000);
            int port = freePort();
            Process server = serve(
                    port,
                    List.of("-Xmx256m", "-XX:+ExitOnOutOfMemoryError"),
                    "--bootstrap-server",
                    cluster.bootstrapServers(),
                    "--set",
                    GenAiConfig.DOCUMENT_STORE + "=" + dir.resolve("documents"));
            try {
                var caller = new ServerClient("http://127.0.0.1:" + port, null);
                Process curl = new ProcessBuilder(
                                "curl",
                                "-sf",
                                "-F",
                                "purpose=batch",
                                "-F",
                                "file=@" + input,
                                "http://127.0.0.1:" + port + "/v1/files")
                        .start();
                String file = JSON.readTree(curl.getInputStream()).path("id").asText();
                String batch = caller.create(file, "{}").at("/id");

                Answer ended = await().atMost(Duration.ofMinutes(8))
                        .pollInterval(Duration.ofSeconds(1))
                        .until(
                                () -> caller.get("/v1/batches/" + batch),
                                answer -> ServerClient.FINAL.contains(answer.at("/status")));
                assertThat(ended.at("/status")).isEqualTo("completed");
                assertThat(ended.json().at("/request_counts/completed").asInt()).isEqualTo(lines);
                assertThat(caller.results(ended.at("/output_file_id"))).hasSize(lines);
                assertThat(server.isAlive()).isTrue();
            } finally {
                server.destroyForcibly().waitFor();
            }
        }
    }

    /** Some 40 megabytes each, by one key. */
    @Test
    void fortyDownloadsAtOnceNeedLittleMemory() throws Exception {
        try (Embedded cluster = Embedded.start(dir.resolve("state"))) {
            String padding = "word ".repeat(800);
            Path input = dir.resolve("large.jsonl");
            try (BufferedWriter writer = Files.newBufferedWriter(input)) {
                for (int i = 0; i < 10_000; i++) {
                    // An answer has its instructions.
                    writer.write(ServerClient.line(i)
                            .replace("\"input\"", "\"instructions\":\"" + padding + "\",\"input\""));
                }
            }
            int port = freePort();
            Process server = serve(
                    port,
                    List.of("-Xmx256m", "-XX:+ExitOnOutOfMemoryError"),
                    "--bootstrap-server",
                    cluster.bootstrapServers(),
                    "--set",
                    GenAiConfig.SERVE_FILE_MAX_BYTES + "=1000000000",
                    "--set",
                    GenAiConfig.DOCUMENT_STORE + "=" + dir.resolve("documents"));
            try {
                String address = "http://127.0.0.1:" + port;
                var caller = new ServerClient(address, null);
                String file = caller.upload(Files.readString(input)).at("/id");
                String batch = caller.create(file, "{}").at("/id");
                Answer ended = await().atMost(Duration.ofMinutes(4))
                        .pollInterval(Duration.ofSeconds(1))
                        .until(
                                () -> caller.get("/v1/batches/" + batch),
                                answer -> ServerClient.FINAL.contains(answer.at("/status")));
                List<String> paths = List.of(
                        "/v1/files/" + ended.at("/output_file_id") + "/content", "/v1/files/" + file + "/content");
                long before = residentMegabytes(server);
                List<Process> downloads = new ArrayList<>();
                for (int i = 0; i < 40; i++) {
                    downloads.add(new ProcessBuilder("curl", "-sfS", address + paths.get(i % 2))
                            .redirectOutput(dir.resolve("download-" + i).toFile())
                            .redirectError(ProcessBuilder.Redirect.INHERIT)
                            .start());
                }
                long most = before;
                for (Process download : downloads) {
                    do {
                        most = Math.max(most, residentMegabytes(server));
                    } while (!download.waitFor(100, TimeUnit.MILLISECONDS));
                }
                assertThat(Files.size(dir.resolve("download-0"))).isGreaterThan(40_000_000);
                System.out.printf("40 downloads at once: %d MB resident before, at most %d MB%n", before, most);
                for (int i = 0; i < 40; i++) {
                    assertThat(downloads.get(i).exitValue())
                            .as("download %d", i)
                            .isZero();
                    assertThat(dir.resolve("download-" + i)).hasSameBinaryContentAs(dir.resolve("download-" + i % 2));
                }
                assertThat(Files.size(dir.resolve("download-1"))).isEqualTo(Files.size(input));
                assertThat(server.isAlive()).isTrue();
                assertThat(most).isLessThan(700);
            } finally {
                server.destroyForcibly().waitFor();
            }
        }
    }

    private static long residentMegabytes(Process process) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/" + process.pid() + "/status"))) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("\\D", "")) / 1_024;
            }
        }
        throw new IOException("the process has ended");
    }

    @Test
    void aHundredBatchesOfTenKeysRunAtOnce() throws Exception {
        List<String> keys = IntStream.range(0, 10).mapToObj(i -> Keys.create()).toList();
        Path file = dir.resolve("keys.json");
        Files.writeString(
                file,
                JSON.writeValueAsString(IntStream.range(0, 10)
                        .mapToObj(i -> Map.of("name", "key-" + i, "sha256", Keys.sha256(keys.get(i))))
                        .toList()));
        try (Embedded cluster = Embedded.start(dir.resolve("state"));
                GenAiServer server = GenAiServer.open(new GenAiConfig(Map.of(
                        GenAiConfig.BOOTSTRAP_SERVERS,
                        cluster.bootstrapServers(),
                        GenAiConfig.SERVE_PORT,
                        "0",
                        GenAiConfig.SERVE_KEYS_FILE,
                        file.toString(),
                        GenAiConfig.DOCUMENT_STORE,
                        dir.resolve("documents").toString())))) {
            ExecutorService callers = Executors.newFixedThreadPool(100);
            List<Future<Integer>> all = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                var caller = new ServerClient(server.address(), keys.get(i % 10));
                int lines = 20 + i;
                all.add(callers.submit(() -> {
                    Answer ended = caller.ended(caller.batch(ServerClient.lines(lines)));
                    return caller.results(ended.at("/output_file_id")).size() - lines;
                }));
            }
            for (Future<Integer> each : all) {
                assertThat(each.get(3, TimeUnit.MINUTES)).isZero();
            }
            callers.shutdown();
            for (String key : keys) {
                assertThat(new ServerClient(server.address(), key)
                                .get("/v1/batches")
                                .json()
                                .path("data"))
                        .hasSize(10);
            }
        }
    }

    /** A directory with OpenAI's client for Node and our script. */
    private Path node() throws Exception {
        assumeTrue(runs("node", "--version") && runs("npm", "--version"), "Node and npm are not installed");
        Path node = Files.createDirectory(dir.resolve("node"));
        try (var script = getClass().getResourceAsStream("/serve/batch.mjs")) {
            Files.copy(script, node.resolve("batch.mjs"));
        }
        Process install = new ProcessBuilder(
                        "npm", "install", "--no-audit", "--no-fund", "--prefix", node.toString(), OPENAI_PACKAGE)
                .redirectErrorStream(true)
                .start();
        String printed = new String(install.getInputStream().readAllBytes(), UTF_8);
        assumeTrue(install.waitFor() == 0, () -> "npm cannot install " + OPENAI_PACKAGE + ": " + printed);
        return node;
    }

    private static boolean runs(String... command) throws InterruptedException {
        try {
            return new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            return false;
        }
    }

    private Process serve(int port, List<String> jvm, String... options) throws Exception {
        List<String> arguments = new ArrayList<>(List.of("serve", "--port", Integer.toString(port)));
        arguments.addAll(List.of(options));
        Process server = PackagedProgram.of(jvm, arguments.toArray(String[]::new))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        dir.resolve("server.log").toFile()))
                .start();
        var caller = new ServerClient("http://127.0.0.1:" + port, null);
        await().atMost(Duration.ofMinutes(1)).ignoreExceptions().until(() -> {
            assertThat(server.isAlive())
                    .as(Files.readString(dir.resolve("server.log")))
                    .isTrue();
            return caller.get("/health/ready").status() == 200;
        });
        return server;
    }

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }
}
