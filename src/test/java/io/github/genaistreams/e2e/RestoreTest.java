package io.github.genaistreams.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.genaistreams.Scrape;
import io.github.genaistreams.sandbox.Latency;
import io.github.genaistreams.sandbox.SandboxSettings;
import io.github.genaistreams.sandbox.TemporaryDirectory;
import io.github.genaistreams.worker.GenAiConfig;
import io.github.genaistreams.worker.Worker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A worker whose local copy of the journal is lost reads it again before it goes on. */
@Tag("long")
class RestoreTest {

    private static final int REQUESTS = 20_000;

    @TempDir
    Path dir;

    @Test
    void isNotReadyWhileItRestoresAndIsReadyByItselfThen() throws Exception {
        SandboxSettings hanging = SandboxSettings.DEFAULTS.withLatency(Latency.parse("fixed:600s"));
        HttpProbe port = HttpProbe.free();
        try (TestCluster cluster = TestCluster.start(hanging, 1)) {
            Map<String, String> settings = cluster.worker(dir.resolve("state"), 5);
            settings.put(GenAiConfig.LANE_CAPACITY, Integer.toString(2 * REQUESTS));
            settings.put(GenAiConfig.DRAIN_TIMEOUT_MS, "0");
            settings.put(GenAiConfig.HTTP_PORT, Integer.toString(port.port()));
            settings.put("kafka.restore.consumer.max.partition.fetch.bytes", "1");
            journalWhole(cluster);
            cluster.submit("restore", REQUESTS, r -> r);
            try (Worker worker = Worker.start(new GenAiConfig(settings))) {
                await().atMost(Duration.ofMinutes(2)).until(() -> worker.lanes().size() == REQUESTS);
                await().untilAsserted(() -> assertThat(
                                Scrape.of(port.get("/metrics")).sum("genai_items_open", Map.of("stage", "ready")))
                        .isEqualTo(REQUESTS - 5));
            }
            TemporaryDirectory.delete(dir.resolve("state"));

            Set<String> said = new TreeSet<>();
            var left = new TreeSet<Double>();
            CompletableFuture<Worker> start =
                    CompletableFuture.supplyAsync(() -> Worker.start(new GenAiConfig(settings)));
            await().atMost(Duration.ofMinutes(2))
                    .pollInterval(Duration.ofMillis(5))
                    .ignoreExceptions()
                    .until(() -> {
                        String ready = port.get("/health/ready");
                        said.add(ready.replaceAll("\\d+", "N"));
                        assertThat(port.status("/health/live")).isEqualTo(200);
                        Scrape scrape = Scrape.of(port.get("/metrics"));
                        if (!scrape.series("genai_restore_remaining_records", Map.of())
                                .isEmpty()) {
                            left.add(scrape.sum("genai_restore_remaining_records"));
                        }
                        return ready.equals("{\"ready\":true}");
                    });

            try (Worker worker = start.join()) {
                assertThat(said)
                        .contains("{\"ready\":false,\"why\":\"the worker is restoring its journals, N records"
                                + " to go\"}");
                assertThat(left.last()).isBetween((double) 100, 2.0 * REQUESTS);
                assertThat(worker.lanes().size()).isEqualTo(REQUESTS);
            }
        }
    }

    /** What a topic may forget is in the journal as a whole: there is something to restore. */
    private static void journalWhole(TestCluster cluster) throws Exception {
        var topic =
                new ConfigResource(ConfigResource.Type.TOPIC, cluster.topics().requests("responses"));
        var bound = new AlterConfigOp(
                new ConfigEntry(TopicConfig.RETENTION_BYTES_CONFIG, "1000000000"), AlterConfigOp.OpType.SET);
        try (Admin admin =
                Admin.create(Map.of("bootstrap.servers", cluster.kafka().bootstrapServers()))) {
            admin.incrementalAlterConfigs(Map.of(topic, List.of(bound))).all().get();
        }
    }
}
