package io.github.genaistreams.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.client.BatchClient;
import io.github.genaistreams.client.BatchHandle;
import io.github.genaistreams.client.deadletter.DeadLetter;
import io.github.genaistreams.client.deadletter.DeadLetterFilter;
import io.github.genaistreams.client.deadletter.DeadLetters;
import io.github.genaistreams.fuzz.GoodRecords;
import io.github.genaistreams.fuzz.GoodRecords.Sample;
import io.github.genaistreams.fuzz.Hostile;
import io.github.genaistreams.model.BatchStatus;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.sandbox.SandboxSettings;
import io.github.genaistreams.topology.GenAiTopology;
import io.github.genaistreams.wire.ItemKeys;
import io.github.genaistreams.wire.Topics;
import io.github.genaistreams.worker.GenAiConfig;
import io.github.genaistreams.worker.Worker;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Records that nobody should write, on every topic of a real broker: not one stream thread ends, here and after a restart, and
 * those who read the topics get what is theirs.
 */
class HostileRecordsTest {

    private static final int ITEMS = 30;

    @TempDir
    Path dir;

    @Test
    void completesAValidBatchBesideThemAndItsReadersGetIt() throws Exception {
        try (TestCluster cluster = TestCluster.start(SandboxSettings.DEFAULTS, 1);
                KafkaProducer<byte[], byte[]> producer = cluster.producer();
                BatchClient client = new BatchClient(kafka(cluster))) {
            Map<String, String> settings = cluster.workerOfBoth(dir.resolve("state"), 20);
            settings.put(GenAiConfig.THREAD_FAILURES_MAX, "0");
            settings.put(GenAiConfig.RESULTS_ORDERED, "true");
            try (Worker worker = Worker.start(new GenAiConfig(settings))) {
                flood(cluster, producer, 1);
                BatchHandle good = client.submit("good", requests());
                flood(cluster, producer, 2);
                assertComplete(client, good, worker);
            }
            damageStoredState(cluster, producer, new GenAiConfig(settings).getString(GenAiConfig.APPLICATION_ID));
            settings.put(GenAiConfig.STATE_DIR, dir.resolve("restored").toString());
            try (Worker worker = Worker.start(new GenAiConfig(settings))) {
                assertComplete(client, client.submit("after-the-restart", requests()), worker);
            }
            assertReadable(cluster, client);
        }
    }

    private static void assertComplete(BatchClient client, BatchHandle batch, Worker worker) throws Exception {
        List<CallResult> results = new ArrayList<>();
        try (var reading = batch.results()) {
            reading.forEachRemaining(results::add);
        }
        assertThat(results).hasSize(ITEMS).allMatch(CallResult::success);
        BatchStatus status = batch.completion().get(60, TimeUnit.SECONDS);
        assertThat(status.state()).isEqualTo(BatchStatus.State.COMPLETED);
        assertThat(status.succeeded()).isEqualTo(ITEMS);
        assertThat(worker.isRunning()).isTrue();
        assertThat(worker.hasFailed()).isFalse();
        assertThat(client.batches()).containsKey(batch.batchId());
    }

    private static void assertReadable(TestCluster cluster, BatchClient client) {
        var deadLetters = new DeadLetters(kafka(cluster), cluster.topics());
        List<DeadLetter> letters = new ArrayList<>();
        deadLetters.forEach(new DeadLetterFilter(Set.of(), null, null, null, null, true), letters::add);
        // Most of them by the worker; what others have put there is listed, too.
        assertThat(letters.size()).isGreaterThan(100);
        try (var again = client.reattach("good").results()) {
            List<CallResult> results = new ArrayList<>();
            again.forEachRemaining(results::add);
            assertThat(results)
                    .extracting(CallResult::index)
                    .containsExactlyElementsOf(IntStream.range(0, ITEMS).boxed().toList());
        }
    }

    /** A hundred of each kind on each topic, under keys of the sound batch, too. */
    private static void flood(TestCluster cluster, KafkaProducer<byte[], byte[]> producer, long seed) {
        Topics topics = cluster.topics();
        var hostile = new Hostile(seed, 70_000);
        for (int i = 0; i < 100; i++) {
            String batchId = "evil-" + seed + "-" + i % 5;
            byte[] item = ItemKeys.encode(new ItemKey(i % 2 == 0 ? "good" : batchId, i));
            byte[] batch = (i % 2 == 0 ? "good" : batchId).getBytes(UTF_8);
            List<Sample<?>> samples = GoodRecords.all(batchId, i);
            send(producer, hostile, topics.requests("responses"), samples.get(0), item);
            send(producer, hostile, topics.requests("documents"), samples.get(1), item);
            send(producer, hostile, topics.retries("responses"), samples.get(2), item);
            send(producer, hostile, topics.retries("documents"), samples.get(3), item);
            send(producer, hostile, topics.results(), samples.get(4), item);
            send(producer, hostile, topics.resultsOrdered(), samples.get(4), item);
            send(producer, hostile, topics.deltas(), samples.get(6), item);
            send(producer, hostile, topics.batches(), samples.get(7), batch);
            send(producer, hostile, topics.control(), samples.get(8), batch);
            send(producer, hostile, topics.deadLetters(), samples.get(i % samples.size()), item);
        }
        producer.flush();
    }

    private static void send(
            KafkaProducer<byte[], byte[]> producer, Hostile hostile, String topic, Sample<?> sample, byte[] key) {
        long now = System.currentTimeMillis();
        Hostile.Written record = hostile.next(sample, key, now);
        // A broker refuses a time that is far ahead, and may delete at once what is far behind.
        producer.send(new ProducerRecord<>(topic, 0, now, record.key(), record.value(), record.headers()));
    }

    /** As a later version may have left it, or a broken disk. */
    private static void damageStoredState(
            TestCluster cluster, KafkaProducer<byte[], byte[]> producer, String applicationId) {
        byte[][] values = {{}, {99, 1, 2, 3}, {1, 0, 5}, "garbage".getBytes(UTF_8), GoodRecords.entryBytes()};
        byte[][] keys = {
            "good".getBytes(UTF_8),
            ItemKeys.encode(new ItemKey("torn", 1)),
            "null".getBytes(UTF_8),
            {0, 1, 'x', 0, 0, 0, 1},
            {}
        };
        for (String api : List.of("responses", "documents")) {
            for (int i = 0; i < values.length; i++) {
                for (byte[] key : keys) {
                    producer.send(new ProducerRecord<>(GenAiTopology.changelog(applicationId, api), 0, key, values[i]));
                }
            }
        }
        for (String store : List.of("batch-states", "batch-indexes", "batch-held")) {
            for (int i = 0; i < values.length; i++) {
                for (byte[] key : keys) {
                    producer.send(new ProducerRecord<>(applicationId + "-" + store + "-changelog", 0, key, values[i]));
                }
            }
        }
        producer.flush();
    }

    private static Map<String, Object> kafka(TestCluster cluster) {
        return Map.of("bootstrap.servers", cluster.kafka().bootstrapServers());
    }

    private static List<ResponsesRequest> requests() {
        return IntStream.range(0, ITEMS)
                .mapToObj(i -> ResponsesRequest.builder()
                        .model("gpt-4o-mini")
                        .userPrompt("Question " + i)
                        .build())
                .toList();
    }
}
