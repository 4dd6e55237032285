package io.github.genaistreams.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.genaistreams.Scrape;
import io.github.genaistreams.sandbox.Fault;
import io.github.genaistreams.sandbox.SandboxSettings;
import io.github.genaistreams.worker.GenAiConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A provider that hangs, and a backlog far larger than a worker may hold. */
class BackpressureTest {

    private static final int PARTITIONS = 4;
    /** Of what may be called, and as much of what has to wait. */
    private static final int CAPACITY = 100;

    private static final int MAX_POLL_RECORDS = 50;
    private static final Pattern LANE_PEAK = Pattern.compile("lane_peak=\"?(\\d+)");

    private static final Map<String, String> OF_REQUESTS = Map.of("topic", "genai.responses.requests");

    @TempDir
    Path dir;

    @Test
    void holdsNoMoreThanItsCapacityWhileTheApiHangsAndCompletesWhenItRecovers() throws Exception {
        hangWith(1_200);
    }

    @Test
    @Tag("long")
    void doesSoWithAHundredThousandRequests() throws Exception {
        hangWith(100_000);
    }

    private void hangWith(int requests) throws Exception {
        SandboxSettings healthy = SandboxSettings.DEFAULTS;
        try (TestCluster cluster = TestCluster.start(healthy.withFault(Fault.HANG, 1), PARTITIONS);
                SeenRecords results = cluster.results()) {
            // 2 KB of prompt: the backlog would fill the worker's heap if it were read.
            String prompt = "Tell me all about it. ".repeat(100);
            cluster.submit("backlog", requests, r -> r.userPrompt(prompt)
                    .timeoutSecs(3)
                    .maxRetries(50)
                    .retryDelayMinMs(500)
                    .retryDelayMaxMs(1_000));

            Map<String, String> settings = cluster.worker(dir.resolve("state"), 25);
            settings.put(GenAiConfig.LANE_CAPACITY, Integer.toString(CAPACITY));
            settings.put(GenAiConfig.LANE_WAITING_CAPACITY, Integer.toString(CAPACITY));
            settings.put(GenAiConfig.MAX_POLL_RECORDS, Integer.toString(MAX_POLL_RECORDS));
            // A hold would make a probe now and then, and few items would go through the retry topic.
            settings.put(GenAiConfig.OUTAGE_HOLD_MAX_MS, "0");
            HttpProbe port = HttpProbe.free();
            settings.put(GenAiConfig.HTTP_PORT, Integer.toString(port.port()));
            try (WorkerProcess worker = WorkerProcess.start(dir.resolve("worker.log"), settings, "-Xmx256m")) {
                // Long enough for calls to time out and go through the retry topic several times.
                results.readUntil(() -> lanePeak(worker) >= CAPACITY, Duration.ofSeconds(60));
                results.readFor(Duration.ofSeconds(10));
                assertThat(results.items()).isZero();
                assertThat(lag(cluster))
                        .isBetween(
                                requests - PARTITIONS * (long) (2 * CAPACITY + MAX_POLL_RECORDS),
                                requests - PARTITIONS * (long) CAPACITY);
                // Also of partitions that are paused, whose end a consumer does not hear of.
                await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> assertThat(
                                Scrape.of(port.get("/metrics")).sum("genai_consumer_lag_records", OF_REQUESTS))
                        .isEqualTo(lag(cluster)));

                cluster.sandbox().apply(healthy);
                results.readUntil(() -> results.items() == requests, Duration.ofSeconds(240));
                results.readFor(Duration.ofSeconds(1));

                assertThat(worker.isAlive()).isTrue();
                assertThat(results.batch("backlog")).allSatisfy((index, all) -> {
                    assertThat(all).hasSize(1);
                    assertThat(all.get(0).success()).isTrue();
                });
                System.out.printf("backpressure: %d requests, largest journal %d%n", requests, lanePeak(worker));
                assertThat(lanePeak(worker)).isBetween(CAPACITY, 2 * CAPACITY + MAX_POLL_RECORDS);
                assertThat(worker.terminate(Duration.ofSeconds(30))).isZero();
            }
        }
    }

    /** Of the requests, as everybody sees it who asks Kafka. */
    private static long lag(TestCluster cluster) throws Exception {
        String topic = cluster.topics().requests("responses");
        try (Admin admin =
                Admin.create(Map.of("bootstrap.servers", cluster.kafka().bootstrapServers()))) {
            Map<TopicPartition, OffsetAndMetadata> read = admin.listConsumerGroupOffsets("genai-worker")
                    .partitionsToOffsetAndMetadata()
                    .get(20, TimeUnit.SECONDS);
            long lag = 0;
            for (int partition = 0; partition < PARTITIONS; partition++) {
                var of = new TopicPartition(topic, partition);
                long end = admin.listOffsets(Map.of(of, OffsetSpec.latest()))
                        .partitionResult(of)
                        .get(20, TimeUnit.SECONDS)
                        .offset();
                // Null until something of the partition is committed.
                OffsetAndMetadata committed = read.get(of);
                lag += end - (committed == null ? 0 : committed.offset());
            }
            return lag;
        }
    }

    private static int lanePeak(WorkerProcess worker) {
        return LANE_PEAK
                .matcher(worker.log())
                .results()
                .mapToInt(match -> Integer.parseInt(match.group(1)))
                .max()
                .orElse(0);
    }
}
