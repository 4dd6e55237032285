package io.github.genaistreams.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.github.genaistreams.MostlyWaits;
import io.github.genaistreams.client.BatchClient;
import io.github.genaistreams.model.BatchStatus;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.sandbox.Latency;
import io.github.genaistreams.sandbox.SandboxSettings;
import io.github.genaistreams.topology.topic.TopicGrowth;
import io.github.genaistreams.topology.topic.TopicGrowth.Step;
import io.github.genaistreams.topology.topic.TopicSetup;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.ItemKeys;
import io.github.genaistreams.wire.WireFormat;
import io.github.genaistreams.worker.GenAiConfig;
import io.github.genaistreams.worker.Worker;
import io.github.genaistreams.worker.WorkerException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** Topics that are given more partitions while workers run: by hand, in the wrong order, half way, and as they should be. */
class GrowthTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String WATCH = "io.github.genaistreams.worker.TopicWatch";

    @TempDir
    Path dir;

    private final ListAppender<ILoggingEvent> log = new ListAppender<>();
    private TestCluster cluster;
    private SeenRecords results;
    private Admin admin;

    @BeforeEach
    void start() {
        // Read while workers write to it.
        log.list = new CopyOnWriteArrayList<>();
        log.start();
        ((Logger) LoggerFactory.getLogger(WATCH)).addAppender(log);
        cluster = TestCluster.start(SandboxSettings.DEFAULTS.withLatency(Latency.parse("uniform:200ms-600ms")), 2);
        results = cluster.results();
        admin = Admin.create(Map.of("bootstrap.servers", cluster.kafka().bootstrapServers()));
    }

    @AfterEach
    void stop() {
        ((Logger) LoggerFactory.getLogger(WATCH)).detachAppender(log);
        admin.close();
        results.close();
        cluster.close();
    }

    @MostlyWaits
    @Test
    void goesOnWithTheOldPartitionsWhenRequestsAreRaisedByHandAndTakesInTheNewOnesWhenTheRestHasGrown()
            throws Exception {
        try (Worker first = worker("first", 2);
                Worker second = worker("second", 1)) {
            var feed = new Feed(cluster, results, "old", 40);
            feed.until(() -> results.items("old") >= 20, PATIENCE);
            raise("genai.responses.requests", 4);
            submitTo("new", 10, 2, 3);

            feed.until(() -> saysGrow(4), PATIENCE);
            int soFar = results.items("old");
            feed.until(() -> results.items("old") >= soFar + 100, PATIENCE);
            assertThat(results.items("new")).isZero();
            assertThat(cluster.sandbox().stats("new").callsOf("new")).isZero();

            grow(4);
            feed.until(() -> results.items("new") == 10, PATIENCE);
            submitTo("all", 20, 0, 1, 2, 3);
            results.readUntil(() -> results.items("old") == feed.sent() && results.items("all") == 20, PATIENCE);
            results.readFor(Duration.ofSeconds(1));

            for (String batch : List.of("old", "new", "all")) {
                assertThat(results.batch(batch)).allSatisfy((index, all) -> assertThat(all)
                        .hasSize(1)
                        .allMatch(result -> result.success() && result.possibleDuplicate() == null));
                assertThat(cluster.sandbox().stats(batch).callsOf(batch)).isEqualTo(results.items(batch));
            }
            assertThat(first.hasFailed() || second.hasFailed()).isFalse();
        }
    }

    /**
     * No step of this growth is one that the metadata of requests and retries shows, so that the group has to be told. What was
     * submitted before is neither sent nor called again, though its index belongs to another partition now.
     */
    @MostlyWaits
    @Test
    void takesInThePartitionsWhenOnlyTheJournalIsLeftToGrowAndPaysNothingTwice() throws Exception {
        List<ResponsesRequest> requests = IntStream.range(0, 12)
                .mapToObj(i -> ResponsesRequest.builder()
                        .model("gpt-4o-mini")
                        .userPrompt("Question " + i)
                        .build())
                .toList();
        try (Worker worker = worker("only", 1)) {
            submitMissing("old", requests);
            raise("genai.responses.retries", 3);
            raise("genai.responses.requests.urgent", 3);
            raise("genai.responses.requests", 3);
            results.readUntil(() -> results.items("old") == 12 && saysGrow(3), PATIENCE);
            submitTo("new", 5, 2);

            assertThat(grow(3)).hasSize(3).allMatch(step -> step.topic().endsWith("-changelog"));
            submitMissing("old", requests);
            results.readUntil(() -> results.items("new") == 5, PATIENCE);
            results.readFor(Duration.ofSeconds(1));

            assertThat(cluster.sandbox().stats("old").callsOf("old")).isEqualTo(12);
            assertThat(results.batch("old"))
                    .allSatisfy((index, all) -> assertThat(all).hasSize(1));
            assertThat(worker.hasFailed()).isFalse();
        }
    }

    private void submitMissing(String batchId, List<ResponsesRequest> requests) {
        try (var client =
                new BatchClient(Map.of("bootstrap.servers", cluster.kafka().bootstrapServers()))) {
            client.submitMissing(batchId, requests);
        }
    }

    /** As after a command that was killed; a worker that is started in between goes on, too, and one group rebalances meanwhile. */
    @Test
    @Tag("long")
    void goesOnWhateverHasGrownAndWhateverIsRestartedMeanwhile() throws Exception {
        TopicGrowth growth = growth();
        var feed = new Feed(cluster, results, "on", 30);
        try (Worker first = worker("first", 1)) {
            feed.until(() -> results.items() >= 10, PATIENCE);
            List<Step> steps = growth.plan("responses", 4);
            assertThat(steps)
                    .extracting(Step::topic)
                    .containsExactly(
                            "genai-worker-responses-journal-changelog",
                            "genai-worker-responses-progress-changelog",
                            "genai-worker-responses-answered-changelog",
                            "genai.responses.retries",
                            "genai.responses.requests.urgent",
                            "genai.responses.requests");
            for (int i = 0; i < steps.size(); i++) {
                growth.carryOut(steps.get(i));
                try (Worker other = worker("other-" + i, 1)) {
                    int soFar = results.items();
                    feed.until(() -> other.isReady() && results.items() >= soFar + 30, PATIENCE);
                    assertThat(other.hasFailed()).isFalse();
                }
                assertThat(growth.plan("responses", 4)).hasSize(steps.size() - 1 - i);
            }
            submitTo("new", 8, 2, 3);
            results.readUntil(() -> results.items("new") == 8 && results.items("on") == feed.sent(), PATIENCE);
            results.readFor(Duration.ofSeconds(1));

            assertThat(results.batch("on"))
                    .allSatisfy((index, all) -> assertThat(all).hasSize(1));
            assertThat(cluster.sandbox().stats("on").callsOf("on")).isEqualTo(feed.sent());
            assertThat(first.hasFailed()).isFalse();
        }
    }

    @Test
    @Tag("long")
    void keepsABatchWhereItIsWhenTheTopicsOfBatchesAreRaisedByHand() throws Exception {
        try (Worker worker = worker("only", 1);
                SeenRecords statuses = SeenRecords.of(
                        cluster.kafka().bootstrapServers(), cluster.topics().batches())) {
            for (int batch = 0; batch < 8; batch++) {
                cluster.submit("b" + batch, 0, 10);
            }
            results.readUntil(() -> results.items() >= 20, PATIENCE);
            for (String topic : List.of("genai.results", "genai.batches", "genai.control", "genai.results.ordered")) {
                raise(topic, 4);
            }
            results.readUntil(
                    () -> says("genai.results 4") && says("Topic genai.control has more partitions"), PATIENCE);
            for (int batch = 0; batch < 8; batch++) {
                cluster.submit("b" + batch, 10, 20);
                cluster.submit("c" + batch, 5, r -> r);
            }
            results.readUntil(() -> results.items() == 8 * 25, PATIENCE);
            // The readers know the partitions that were there before, and miss nothing.
            statuses.readUntil(
                    () -> IntStream.range(0, 8).allMatch(batch -> completed(statuses, "c" + batch)), PATIENCE);

            assertThat(worker.hasFailed()).isFalse();
        }
        try (Worker restarted = worker("only", 1)) {
            cluster.submit("after", 5, r -> r);
            results.readUntil(() -> results.items("after") == 5, PATIENCE);
            assertThat(restarted.hasFailed()).isFalse();
        }
    }

    @Test
    @Tag("long")
    void goesOnWithFewerPartitionsThanTheJournalHasWhenARequestTopicWasMadeAnew() throws Exception {
        try (Worker worker = worker("only", 1)) {
            cluster.submit("before", 4, r -> r);
            results.readUntil(() -> results.items() == 4, PATIENCE);
            assertThat(worker.hasFailed()).isFalse();
        }
        admin.deleteTopics(List.of("genai.responses.requests")).all().get();
        await().atMost(PATIENCE).until(() -> !admin.listTopics().names().get().contains("genai.responses.requests"));
        admin.createTopics(List.of(new NewTopic("genai.responses.requests", 1, (short) 1)))
                .all()
                .get();
        awaitPartitions("genai.responses.requests", 1);
        // Kafka forgets the positions with the topic.
        assertThatThrownBy(() -> worker("only", 1))
                .isInstanceOf(WorkerException.class)
                .hasMessageContaining("--reset-offsets");
        admin.alterConsumerGroupOffsets(
                        "genai-worker",
                        Map.of(new TopicPartition("genai.responses.requests", 0), new OffsetAndMetadata(0)))
                .all()
                .get();

        try (Worker worker = worker("only", 1)) {
            submitTo("after", 3, 0);
            results.readUntil(() -> results.items("after") == 3 && saysGrow(2), PATIENCE);
            grow(2);
            submitTo("grown", 3, 1);
            results.readUntil(() -> results.items("grown") == 3, PATIENCE);
            assertThat(worker.hasFailed()).isFalse();
        }
    }

    private static boolean completed(SeenRecords statuses, String batchId) {
        return statuses.records().stream()
                .map(record -> Codecs.BATCH_STATUS.decode(record.value()))
                .anyMatch(status -> status.batchId().equals(batchId) && status.state() == BatchStatus.State.COMPLETED);
    }

    private Worker worker(String name, int threads) {
        Map<String, String> settings = cluster.worker(dir.resolve(name), 5);
        settings.put(GenAiConfig.STREAM_THREADS, Integer.toString(threads));
        settings.put("kafka.metadata.max.age.ms", "500");
        return Worker.start(new GenAiConfig(settings));
    }

    private TopicGrowth growth() {
        return new TopicSetup(admin, cluster.topics(), TestCluster.RECORD_MAX_BYTES, Duration.ofSeconds(15))
                .growth("genai-worker");
    }

    private List<Step> grow(int partitions) {
        TopicGrowth growth = growth();
        List<Step> steps = growth.plan("responses", partitions);
        steps.forEach(growth::carryOut);
        assertThat(growth.plan("responses", partitions)).isEmpty();
        return steps;
    }

    private void raise(String topic, int partitions) throws Exception {
        admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(partitions)))
                .all()
                .get();
        awaitPartitions(topic, partitions);
    }

    private void awaitPartitions(String topic, int partitions) {
        await().atMost(PATIENCE)
                .ignoreExceptions()
                .until(() -> admin.describeTopics(List.of(topic))
                                .allTopicNames()
                                .get()
                                .get(topic)
                                .partitions()
                                .size()
                        == partitions);
    }

    private boolean saysGrow(int partitions) {
        return says("`genai topics grow --api responses --partitions " + partitions + "`");
    }

    private boolean says(String words) {
        return log.list.stream().anyMatch(event -> event.getFormattedMessage().contains(words));
    }

    /** Items of a batch to these partitions in turn, as a producer may that knows of them. */
    private void submitTo(String batchId, int count, int... partitions) {
        try (var producer = cluster.producer()) {
            for (int index = 0; index < count; index++) {
                ResponsesRequest request = ResponsesRequest.builder()
                        .batchId(batchId)
                        .index(index)
                        .batchSize(count)
                        .model("gpt-4o-mini")
                        .userPrompt("Question " + index)
                        .build();
                producer.send(new ProducerRecord<>(
                        cluster.topics().requests("responses"),
                        partitions[index % partitions.length],
                        ItemKeys.encode(new ItemKey(batchId, index)),
                        Codecs.RESPONSES_REQUEST.encode(request, WireFormat.JSON)));
            }
        }
    }
}
