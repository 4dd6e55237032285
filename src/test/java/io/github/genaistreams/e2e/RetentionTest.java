package io.github.genaistreams.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.genaistreams.MostlyWaits;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.sandbox.Latency;
import io.github.genaistreams.sandbox.SandboxSettings;
import io.github.genaistreams.wire.WireHeaders;
import io.github.genaistreams.worker.GenAiConfig;
import io.github.genaistreams.worker.Worker;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A broker that deletes at once what retention lets it delete, and records with any time at all. */
class RetentionTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Map<String, String> QUICK_TO_DELETE =
            Map.of("log.retention.check.interval.ms", "100", "log.initial.task.delay.ms", "0");

    @TempDir
    Path dir;

    @Test
    void answersEveryItemOfAWholeBatchThatIsOlderThanTheTopicKeepsRecords() throws Exception {
        int items = 120;
        Instant start = Instant.now();
        Instant longAgo = start.minus(Duration.ofDays(30));
        try (TestCluster cluster = TestCluster.start(
                        SandboxSettings.DEFAULTS.withLatency(Latency.parse("fixed:50ms")), 2, QUICK_TO_DELETE);
                Admin admin = admin(cluster);
                SeenRecords results = cluster.results();
                var producer = cluster.producer()) {
            String prompts = IntStream.range(0, items)
                    .mapToObj(i -> "\"" + "x".repeat(5_000) + "\"")
                    .collect(Collectors.joining(","));
            String whole = "{\"batch_id\":\"old\",\"model\":\"m\",\"user_prompts\":[" + prompts + "]}";
            keepFor(Duration.ofDays(365), cluster, admin);
            Map<String, String> settings = cluster.worker(dir, 1);
            settings.put(GenAiConfig.LANE_CAPACITY, "5");
            settings.put(GenAiConfig.MAX_POLL_RECORDS, "5");
            // What is not read yet is still with the broker.
            settings.put("kafka.max.partition.fetch.bytes", "1000");
            try (Worker worker = Worker.start(new GenAiConfig(settings))) {
                producer.send(new ProducerRecord<>(
                                cluster.topics().requests("responses"),
                                0,
                                longAgo.toEpochMilli(),
                                null,
                                whole.getBytes(UTF_8)))
                        .get();
                results.readUntil(() -> results.items("old") > 0, PATIENCE);
                // Only now: it may have deleted the batch before it was read.
                keepFor(Duration.ofDays(7), cluster, admin);
                results.readUntil(() -> results.items("old") == items, PATIENCE);
                assertThat(worker.isRunning()).isTrue();
            }
            assertThat(results.batch("old").values()).allSatisfy(all -> {
                assertThat(all).hasSize(1);
                assertThat(all.get(0).submittedAt().toEpochMilli()).isEqualTo(longAgo.toEpochMilli());
            });
            assertOldRecordsAreDeleted(cluster, admin, producer);
            assertWrittenSince(start, cluster, admin);
        }
    }

    /** Otherwise the test would show nothing. */
    private static void assertOldRecordsAreDeleted(TestCluster cluster, Admin admin, Producer<byte[], byte[]> producer)
            throws Exception {
        admin.createTopics(List.of(new NewTopic("old-records", 1, (short) 1)))
                .all()
                .get();
        long old = Instant.now().minus(Duration.ofDays(30)).toEpochMilli();
        producer.send(new ProducerRecord<>("old-records", 0, old, null, new byte[1]))
                .get();
        var partition = new TopicPartition("old-records", 0);
        await().atMost(PATIENCE)
                .until(() -> admin.listOffsets(Map.of(partition, OffsetSpec.earliest()))
                                .partitionResult(partition)
                                .get()
                                .offset()
                        == 1);
    }

    /** Records of the worker, in its changelogs too. */
    private static void assertWrittenSince(Instant start, TestCluster cluster, Admin admin) throws Exception {
        for (String topic : admin.listTopics().names().get()) {
            if (topic.equals("old-records")) {
                continue;
            }
            try (SeenRecords reader = SeenRecords.of(cluster.kafka().bootstrapServers(), topic)) {
                reader.readFor(Duration.ofMillis(200));
                assertThat(reader.records())
                        .filteredOn(record -> record.headers().lastHeader(WireHeaders.SUBMITTED_AT) != null
                                || !topic.endsWith("requests"))
                        .allSatisfy(record -> assertThat(record.timestamp())
                                .as(record.topic())
                                .isBetween(start.toEpochMilli(), System.currentTimeMillis()));
            }
        }
    }

    @MostlyWaits
    @Test
    void takesRecordsWithAnyTimeAndAnswersThem() throws Exception {
        List<Long> times =
                List.of(-1L, 0L, 1L, Instant.now().plus(Duration.ofDays(2)).toEpochMilli(), Long.MAX_VALUE);
        try (TestCluster cluster = TestCluster.start(SandboxSettings.DEFAULTS, 1);
                Admin admin = admin(cluster);
                SeenRecords results = cluster.results();
                var producer = cluster.producer()) {
            takeAnyTime(admin, cluster.topics().requests("responses"));
            takeAnyTime(admin, cluster.topics().control());
            Map<String, String> settings = cluster.worker(dir, 10);
            settings.put(GenAiConfig.THREAD_FAILURES_MAX, "0");
            for (int life = 0; life < 2; life++) {
                String batch = "life-" + life;
                try (Worker worker = Worker.start(new GenAiConfig(settings))) {
                    for (int index = 0; index < times.size(); index++) {
                        producer.send(at(times.get(index), cluster.record(batch, index, times.size(), r -> r)));
                        byte[] value = ("{\"batch_id\":\"" + batch + "\",\"batch_size\":5}").getBytes(UTF_8);
                        producer.send(at(
                                times.get(index),
                                new ProducerRecord<>(cluster.topics().control(), 0, batch.getBytes(UTF_8), value)));
                    }
                    results.readUntil(() -> results.items(batch) == times.size(), PATIENCE);
                    assertThat(worker.isRunning()).isTrue();
                }
                assertThat(results.batch(batch).values()).allSatisfy(all -> {
                    CallResult result = all.get(0);
                    assertThat(result.success()).isTrue();
                    assertThat(result.submittedAt()).isBetween(Instant.EPOCH, Instant.now());
                });
            }
        }
    }

    /** Garbage on both topics, since every piece of it becomes one dead letter at once. */
    @Test
    @Tag("long")
    void takesARetryBeforeTheBacklogOfOlderRequests() throws Exception {
        int backlog = 3_000;
        long old = Instant.now().minus(Duration.ofDays(3)).toEpochMilli();
        try (TestCluster cluster = TestCluster.start(SandboxSettings.DEFAULTS, 1);
                SeenRecords deadLetters = cluster.deadLetters();
                var producer = cluster.producer()) {
            for (int i = 0; i < backlog; i++) {
                producer.send(new ProducerRecord<>(
                        cluster.topics().requests("responses"), 0, old, null, "garbage".getBytes(UTF_8)));
            }
            producer.send(new ProducerRecord<>(
                    cluster.topics().retries("responses"), 0, null, null, "retry".getBytes(UTF_8)));
            producer.flush();
            Map<String, String> settings = cluster.worker(dir, 10);
            // One poll brings all of it.
            settings.put(GenAiConfig.MAX_POLL_RECORDS, Integer.toString(2 * backlog));
            try (Worker worker = Worker.start(new GenAiConfig(settings))) {
                deadLetters.readUntil(() -> deadLetters.records().size() > backlog, PATIENCE);
                assertThat(worker.isRunning()).isTrue();
            }
            List<String> order = deadLetters.records().stream()
                    .map(record -> new String(record.value(), UTF_8))
                    .toList();
            assertThat(order.indexOf("retry")).isLessThan(backlog / 2);
        }
    }

    private static Admin admin(TestCluster cluster) {
        return Admin.create(Map.of("bootstrap.servers", cluster.kafka().bootstrapServers()));
    }

    private static void takeAnyTime(Admin admin, String topic) throws Exception {
        set(admin, topic, TopicConfig.MESSAGE_TIMESTAMP_AFTER_MAX_MS_CONFIG, Long.MAX_VALUE);
    }

    private static void keepFor(Duration retention, TestCluster cluster, Admin admin) throws Exception {
        set(admin, cluster.topics().requests("responses"), TopicConfig.RETENTION_MS_CONFIG, retention.toMillis());
    }

    private static void set(Admin admin, String topic, String setting, long value) throws Exception {
        admin.incrementalAlterConfigs(Map.of(
                        new ConfigResource(ConfigResource.Type.TOPIC, topic),
                        List.of(new AlterConfigOp(
                                new ConfigEntry(setting, Long.toString(value)), AlterConfigOp.OpType.SET))))
                .all()
                .get();
    }

    /** -1, as a record without a time has it, is no time that Kafka's own record takes. */
    private static ProducerRecord<byte[], byte[]> at(long time, ProducerRecord<byte[], byte[]> record) {
        return new ProducerRecord<>(record.topic(), record.partition(), record.key(), record.value()) {
            @Override
            public Long timestamp() {
                return time;
            }
        };
    }
}
