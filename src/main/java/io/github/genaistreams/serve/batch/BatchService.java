package io.github.genaistreams.serve.batch;

import io.github.genaistreams.client.BatchClient;
import io.github.genaistreams.client.kafka.Cluster;
import io.github.genaistreams.client.kafka.KafkaSettings;
import io.github.genaistreams.serve.batch.Stored.StoredBatch;
import io.github.genaistreams.serve.batch.Stored.StoredResponse;
import io.github.genaistreams.serve.http.Router;
import io.github.genaistreams.store.DocumentStore;
import io.github.genaistreams.wire.Topics;
import java.time.Clock;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;

/** OpenAI's files, batches and background responses, as one replica of the server handles them. Thread-safe. */
public final class BatchService implements AutoCloseable {

    /** Size of the fields of a request that are not in its line of the file. */
    private static final int ENVELOPE_BYTES = 64 << 10;

    private static final int IDLE_FETCH_MS = 2_000;
    private static final Duration MAX_WINDOW = Duration.ofDays(7);

    /** Each download has one or two fetches in memory. */
    private static final int FILE_FETCH_BYTES = 1 << 20;

    /** Kafka's client tries for this long. After that, it is certain that the record is not written. */
    private static final int DELIVERY_MS = 10_000;

    private final Producer<byte[], byte[]> producer;
    private final ObjectTable table;
    private final OwnedPartitions owned;
    private final BatchRunner runner;
    private final FilesApi files;
    private final BatchesApi batches;
    private final ResponsesApi responses;
    private final DocumentsApi documents;

    /**
     * What a service needs.
     *
     * @param kafka          properties of Kafka's clients
     * @param recordMaxBytes largest record of a request
     * @param fileMaxBytes   largest file that can be uploaded
     * @param resultsKept    how long the result topic keeps results
     * @param dedupKept      how long workers remember that an item was answered
     * @param clock          the clock for all times that callers see and set
     */
    public record Setup(
            Map<String, Object> kafka,
            Topics topics,
            int recordMaxBytes,
            long fileMaxBytes,
            Duration resultsKept,
            Duration dedupKept,
            Clock clock) {}

    /**
     * Reads the present state, and joins the group of the replicas.
     *
     * @param client not closed here
     * @param store  for documents; not closed here
     * @throws io.github.genaistreams.client.kafka.BatchClientException if Kafka does not answer, or a topic is missing
     */
    public BatchService(Setup setup, BatchClient client, DocumentStore store) {
        var settings = new KafkaSettings(setup.kafka());
        var cluster = new Cluster(settings);
        String objects = setup.topics().serveObjects();
        String contents = setup.topics().serveFiles();
        int partitions = cluster.partitions(objects);
        int contentPartitions = cluster.partitions(contents);
        Clock clock = setup.clock();
        var ids = new Ids();
        producer = new KafkaSettings(with(
                        setup.kafka(),
                        Map.of(
                                "producer." + ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG,
                                DELIVERY_MS,
                                "producer." + ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG,
                                DELIVERY_MS / 2)))
                .producer();
        Consumer<byte[], byte[]> reader = new KafkaSettings(with(
                        setup.kafka(), Map.of("consumer." + ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, IDLE_FETCH_MS)))
                .consumer();
        table = cluster.asking(
                objects, () -> new ObjectTable(reader, producer, objects, partitions, settings.answerTimeout()));
        owned = new OwnedPartitions(setup.kafka(), setup.topics().prefix() + "serve", objects, table);
        var reading = new KafkaSettings(with(
                setup.kafka(),
                Map.of(
                        "consumer." + ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG,
                        FILE_FETCH_BYTES,
                        "consumer." + ConsumerConfig.FETCH_MAX_BYTES_CONFIG,
                        FILE_FETCH_BYTES,
                        "consumer." + ConsumerConfig.MAX_POLL_RECORDS_CONFIG,
                        2)));
        var content = new FileContent(
                reading::consumer,
                producer,
                contents,
                contentPartitions,
                setup.fileMaxBytes(),
                settings.answerTimeout());
        var budgets = new Budgets(table, client, clock);
        int maxLineBytes = setup.recordMaxBytes() - ENVELOPE_BYTES;
        var steps = new BatchSteps(table, owned, content, client, budgets, maxLineBytes, clock);
        runner = new BatchRunner(table, owned, steps, clock);
        files = new FilesApi(table, content, client, setup.resultsKept(), ids, clock);
        var json = new BatchJson(table, client, files);
        batches = new BatchesApi(table, client, json, budgets, maxWindow(setup), ids, clock);
        responses = new ResponsesApi(table, client, budgets, maxLineBytes, ids, clock);
        documents = new DocumentsApi(
                table, content, store, client, batches, json, budgets, setup.fileMaxBytes(), ids, clock);
        runner.start();
    }

    /**
     * The longest completion window. If all replicas stop for long and then submit requests a second time, workers must
     * still remember the answers. The first result of a batch must still exist when the batch ends.
     */
    private static Duration maxWindow(Setup setup) {
        return Stream.of(setup.dedupKept(), setup.resultsKept().dividedBy(2), MAX_WINDOW)
                .min(Comparator.naturalOrder())
                .get();
    }

    private static Map<String, Object> with(Map<String, Object> kafka, Map<String, Object> more) {
        Map<String, Object> settings = new HashMap<>(kafka);
        settings.putAll(more);
        return settings;
    }

    /** Adds the paths below {@code /v1}. */
    public void addTo(Router router) {
        files.addTo(router);
        batches.addTo(router);
        responses.addTo(router);
        documents.addTo(router);
    }

    /** Whether the ID of a batch has the form that this server gives to its batches. */
    public static boolean hasMade(String batchId) {
        return Ids.isOurs(batchId);
    }

    /** The name of the key that submitted a batch; empty if the batch was not submitted to this server. */
    public Optional<String> ownerOf(String batchId) {
        return table.find(batchId, StoredBatch.class)
                .map(StoredBatch::owner)
                .or(() -> table.find(batchId, StoredResponse.class).map(StoredResponse::owner));
    }

    /** A batch that was submitted to this server. */
    public Optional<StoredBatch> find(String batchId) {
        return table.find(batchId, StoredBatch.class);
    }

    /** All batches that were submitted to this server, in no particular order. */
    public Stream<StoredBatch> all() {
        return table.all(StoredBatch.class);
    }

    /** Cancels a batch, unless all its calls are over. Returns whether it did. */
    public boolean cancel(StoredBatch batch) {
        return batches.cancel(batch);
    }

    /** Whether this replica still follows Kafka. */
    public boolean isAlive() {
        return table.isAlive() && owned.isAlive();
    }

    /** Leaves the group, so that another replica takes over its batches at once. */
    @Override
    public void close() {
        runner.close();
        owned.close();
        table.close();
        producer.close(Duration.ofSeconds(10));
    }
}
