package io.github.genaistreams.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.client.BatchClient;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.sandbox.SandboxSettings;
import io.github.genaistreams.worker.GenAiConfig;
import io.github.genaistreams.worker.Worker;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Several partitions on one stream thread, one of them with calls that do not come back. */
class StarvationTest {

    private static final int PARTITIONS = 4;
    private static final int QUICK = 300;

    @TempDir
    Path dir;

    @Test
    void doesNotDelayTheResultsOfOtherPartitions() throws Exception {
        Vertx vertx = Vertx.vertx();
        try (TestCluster cluster = TestCluster.start(SandboxSettings.DEFAULTS, PARTITIONS);
                SeenRecords results = cluster.results();
                var producer = cluster.producer()) {
            HttpServer api = apiWhereSlowPromptsHang(vertx);
            Map<String, String> settings = cluster.worker(dir, 10);
            settings.put(GenAiConfig.OPENAI_BASE_URL, "http://127.0.0.1:" + api.actualPort() + "/v1");
            settings.put(GenAiConfig.STREAM_THREADS, "1");
            settings.put(GenAiConfig.LANE_CAPACITY, "100");
            settings.put(GenAiConfig.DRAIN_TIMEOUT_MS, "0");
            try (Worker worker = Worker.start(new GenAiConfig(settings))) {
                // Until its first answer, a worker makes few calls.
                producer.send(cluster.record("first", 0, 1, r -> r.userPrompt("quick")));
                producer.flush();
                results.readUntil(() -> results.items("first") == 1, Duration.ofSeconds(30));

                // Partition 0: more requests than its lane may hold, all of them hanging.
                for (int i = 0; i < 1_000; i++) {
                    producer.send(
                            cluster.record("slow", i * PARTITIONS, 1_000 * PARTITIONS, r -> r.userPrompt("slow")));
                }
                producer.flush();
                results.readUntil(
                        () -> worker.lanes().peak() >= 100 && worker.lanes().inFlight() >= 10, Duration.ofSeconds(30));

                for (int i = 0; i < QUICK; i++) {
                    int index = i;
                    if (index % PARTITIONS != 0) {
                        producer.send(cluster.record("quick", index, QUICK, r -> r.userPrompt("quick")));
                        producer.flush();
                    }
                    results.readFor(Duration.ofMillis(1));
                }
                int expected = QUICK - QUICK / PARTITIONS;
                results.readUntil(() -> results.items("quick") == expected, Duration.ofSeconds(30));

                List<Long> delays = results.batch("quick").values().stream()
                        .map(all -> delayMillis(all.get(0)))
                        .sorted()
                        .toList();
                System.out.printf(
                        "starvation: median %d ms, p99 %d ms from submission to completion beside a hanging partition%n",
                        delays.get(expected / 2), delays.get(expected * 99 / 100));
                assertThat(delays.get(expected / 2)).isLessThan(300);
                assertThat(delays.get(expected * 99 / 100)).isLessThan(2_000);

                try (var client = new BatchClient(
                        Map.of("bootstrap.servers", cluster.kafka().bootstrapServers()))) {
                    var request = ResponsesRequest.builder()
                            .model("m")
                            .userPrompt("urgent")
                            .build();
                    // To the partition that hangs.
                    client.urgent().submit("urgent", List.of(request));
                    results.readUntil(() -> results.items("urgent") == 1, Duration.ofSeconds(30));
                    assertThat(client.submitMissing("urgent", List.of(request)).alreadySubmitted())
                            .isEqualTo(1);
                }
                CallResult urgent = results.batch("urgent").get(0).get(0);
                System.out.printf("starvation: an urgent call took %d ms%n", delayMillis(urgent));
                // Beside other tests on a small machine; alone it is far below a second.
                assertThat(delayMillis(urgent)).isLessThan(3_000);
                assertThat(results.items("slow")).isZero();
            }
        } finally {
            vertx.close().await(10, TimeUnit.SECONDS);
        }
    }

    private static long delayMillis(CallResult result) {
        return Duration.between(result.submittedAt(), result.completedAt()).toMillis();
    }

    private static HttpServer apiWhereSlowPromptsHang(Vertx vertx) throws Exception {
        String answer =
                "{\"id\":\"resp_1\",\"object\":\"response\",\"status\":\"completed\",\"model\":\"m\",\"output\":["
                        + "{\"type\":\"message\",\"role\":\"assistant\",\"content\":[{\"type\":\"output_text\",\"text\":\"hi\"}]}]}";
        return vertx.createHttpServer()
                .requestHandler(request -> request.body().onSuccess(body -> {
                    if (!body.toString().contains("slow")) {
                        request.response()
                                .putHeader("content-type", "application/json")
                                .end(answer);
                    }
                }))
                .listen(0, "127.0.0.1")
                .await(10, TimeUnit.SECONDS);
    }
}
