package io.github.genaistreams.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.client.BatchClient;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.sandbox.Latency;
import io.github.genaistreams.sandbox.SandboxSettings;
import io.github.genaistreams.worker.GenAiConfig;
import io.github.genaistreams.worker.Worker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A small batch, and an urgent call, beside a large backlog. */
class TurnsTest {

    private static final int PARTITIONS = 4;

    @TempDir
    Path dir;

    @Test
    void answersASmallBatchAndAnUrgentCallBesideABacklogThatTheLanesCannotHold() throws Exception {
        // On a machine with other tests: it is before the backlog, however long it takes.
        answer(4_000, 100, Duration.ofMillis(500));
    }

    @Test
    @Tag("long")
    void doesSoBesideAHundredThousandRequests() throws Exception {
        assertThat(answer(100_000, 1_000, Duration.ofSeconds(2))).isLessThan(2);
    }

    /** How often as long as alone the small batch takes. */
    private double answer(int backlog, int capacity, Duration call) throws Exception {
        SandboxSettings slow = SandboxSettings.DEFAULTS.withLatency(Latency.parse("fixed:" + call.toMillis() + "ms"));
        try (TestCluster cluster = TestCluster.start(slow, PARTITIONS);
                SeenRecords results = cluster.results()) {
            Map<String, String> settings = cluster.worker(dir.resolve("state"), 50);
            settings.put(GenAiConfig.LANE_CAPACITY, Integer.toString(capacity));
            settings.put(GenAiConfig.DRAIN_TIMEOUT_MS, "0");
            try (Worker worker = Worker.start(new GenAiConfig(settings));
                    var client = new BatchClient(
                            Map.of("bootstrap.servers", cluster.kafka().bootstrapServers()))) {
                secondsOf("first", cluster, results);
                double alone = secondsOf("alone", cluster, results);
                cluster.submit("backlog", backlog, request -> request);
                results.readUntil(
                        () -> worker.lanes().size() >= PARTITIONS * capacity && results.items("backlog") > 0,
                        Duration.ofMinutes(3));

                double beside = secondsOf("beside", cluster, results);
                long start = System.nanoTime();
                var request = ResponsesRequest.builder()
                        .model("gpt-4o-mini")
                        .userPrompt("now")
                        .build();
                client.urgent().submit("urgent", List.of(request));
                results.readUntil(() -> results.items("urgent") == 1, Duration.ofSeconds(60));
                double urgent = (System.nanoTime() - start) / 1e9;

                System.out.printf(
                        "turns: ten items took %.2f s alone and %.2f s beside %d; an urgent call %.2f s%n",
                        alone, beside, backlog, urgent);
                assertThat(urgent).isLessThan(call.toMillis() / 1e3 + 1.0);
                assertThat(results.items("backlog")).isLessThan(backlog / 2);
                return beside / alone;
            }
        }
    }

    private static double secondsOf(String batchId, TestCluster cluster, SeenRecords results) {
        long start = System.nanoTime();
        cluster.submit(batchId, 10, request -> request);
        results.readUntil(() -> results.items(batchId) == 10, Duration.ofSeconds(60));
        return (System.nanoTime() - start) / 1e9;
    }
}
