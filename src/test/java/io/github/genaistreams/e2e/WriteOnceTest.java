package io.github.genaistreams.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.genaistreams.Scrape;
import io.github.genaistreams.sandbox.Latency;
import io.github.genaistreams.sandbox.SandboxSettings;
import io.github.genaistreams.sandbox.TemporaryDirectory;
import io.github.genaistreams.worker.GenAiConfig;
import io.github.genaistreams.worker.Worker;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the broker writes for a request beside the request and its result, and how a worker gets at what is written once only. */
class WriteOnceTest {

    private static final int PARTITIONS = 4;
    private static final int PROMPT_BYTES = 20_000;
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    @TempDir
    Path dir;

    @Test
    void writesLittleMoreThanRequestsAndResults() {
        measure(400);
    }

    @Test
    @Tag("long")
    void doesSoWithAThousand() {
        measure(1_000);
    }

    private void measure(int requests) {
        try (TestCluster cluster = TestCluster.start(SandboxSettings.DEFAULTS, PARTITIONS);
                SeenRecords results = cluster.results()) {
            var random = new Random(1);
            cluster.submit("bytes", requests, r -> r.userPrompt(text(random)));
            try (Worker worker = Worker.start(new GenAiConfig(cluster.worker(dir.resolve("state"), 20)))) {
                results.readUntil(() -> results.items() == requests, PATIENCE);
                assertThat(worker.hasFailed()).isFalse();
            }
            Map<String, Long> bytes = bytes(cluster.kafka().dataDir());
            long payload = bytes.get(cluster.topics().requests("responses"))
                    + bytes.get(cluster.topics().results());
            long all = bytes.values().stream().mapToLong(Long::longValue).sum();
            System.out.printf(
                    "write once: %d requests of %d bytes: %.2f times the bytes of requests and results %s%n",
                    requests, PROMPT_BYTES, (double) all / payload, bytes);
            assertThat((double) all / payload).isLessThan(1.3);
        }
    }

    /** Calls that hang are open when the worker is killed; the next one makes them again, whether or not it finds the state of the first. */
    @Test
    @Tag("long")
    void startsCallsWithinSecondsOfARestartWithThousandsOpen() throws Exception {
        SandboxSettings hanging = SandboxSettings.DEFAULTS.withLatency(Latency.parse("fixed:600s"));
        int open = PARTITIONS * 1_000;
        try (TestCluster cluster = TestCluster.start(hanging, PARTITIONS)) {
            var random = new Random(1);
            cluster.submit("restart", open, r -> r.userPrompt(text(random)));
            Path state = dir.resolve("state");
            for (boolean withState : new boolean[] {true, true, false}) {
                if (!withState) {
                    TemporaryDirectory.delete(state);
                }
                HttpProbe port = HttpProbe.free();
                Map<String, String> settings = cluster.worker(state, 100);
                settings.put(GenAiConfig.WORKER_ID, "worker-1");
                settings.put(GenAiConfig.HTTP_PORT, Integer.toString(port.port()));
                long before = cluster.sandbox().stats("restart").callsOf("restart");
                try (WorkerProcess worker = WorkerProcess.start(dir.resolve("worker.log"), settings)) {
                    long begun = System.nanoTime();
                    await().atMost(PATIENCE)
                            .pollInterval(Duration.ofMillis(20))
                            .ignoreExceptions()
                            .until(() -> port.status("/health/live") == 200);
                    long up = System.nanoTime();
                    await().atMost(PATIENCE)
                            .pollInterval(Duration.ofMillis(20))
                            .until(() -> cluster.sandbox().stats("restart").callsOf("restart") > before);
                    long calling = System.nanoTime();
                    // Without an answer, few calls start at first: nothing is known of the key.
                    await().atMost(PATIENCE)
                            .pollInterval(Duration.ofMillis(20))
                            .until(() -> cluster.sandbox().stats("restart").callsOf("restart") >= before + 100);
                    long hundred = System.nanoTime();
                    await().atMost(PATIENCE)
                            .ignoreExceptions()
                            .until(() ->
                                    Scrape.of(port.get("/metrics")).sum("genai_items_open", Map.of("stage", "ready"))
                                            >= open - PARTITIONS * 100);
                    System.out.printf(
                            "restart with state %s: up after %.1f s, calls %.1f s later, a hundred %.1f s after that, all %d read again %.1f s later%n",
                            withState,
                            (up - begun) / 1e9,
                            (calling - up) / 1e9,
                            (hundred - calling) / 1e9,
                            open,
                            (System.nanoTime() - hundred) / 1e9);
                    worker.kill();
                }
            }
        }
    }

    /** That no compression makes small. */
    private static String text(Random random) {
        return random.ints(PROMPT_BYTES, '!', '~' + 1)
                .mapToObj(c -> String.valueOf((char) (c == '"' || c == '\\' ? ' ' : c)))
                .collect(Collectors.joining());
    }

    /** Of the segments of each topic of ours. */
    private static Map<String, Long> bytes(Path dataDir) {
        Map<String, Long> bytes = new TreeMap<>();
        try (var files = Files.walk(dataDir)) {
            files.filter(file -> file.toString().endsWith(".log")).forEach(file -> {
                String topic = file.getParent().getFileName().toString().replaceFirst("-\\d+$", "");
                if (topic.startsWith("genai")) {
                    try {
                        bytes.merge(topic, Files.size(file), Long::sum);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes;
    }
}
