package io.github.genaistreams.client;

import io.github.genaistreams.client.kafka.Cluster;
import io.github.genaistreams.client.kafka.KafkaSettings;
import io.github.genaistreams.client.kafka.OpenResources;
import io.github.genaistreams.client.kafka.ReaderSchemas;
import io.github.genaistreams.client.kafka.SharedProducer;
import io.github.genaistreams.client.kafka.TopicScan;
import io.github.genaistreams.client.read.ResultTopic;
import io.github.genaistreams.client.read.Statuses;
import io.github.genaistreams.store.DocumentStore;
import io.github.genaistreams.wire.Topics;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.jspecify.annotations.Nullable;

/** What all parts of a client share: its settings, its topics, and the resources to close. Thread-safe. */
final class Connection implements AutoCloseable {

    private final KafkaSettings settings;
    private final Cluster cluster;
    private final Topics topics;
    private final ReaderSchemas schemas;
    private final Statuses statuses;
    private final OpenResources open = new OpenResources();
    private final ResultTopic results;
    private final SharedProducer producer;

    /** Does not connect yet. */
    Connection(Map<String, Object> kafka, Topics topics, @Nullable DocumentStore store, long maxBytesInMemory) {
        this.settings = new KafkaSettings(kafka);
        this.cluster = new Cluster(settings);
        this.topics = Objects.requireNonNull(topics, "topics");
        this.schemas = new ReaderSchemas(kafka, settings.answerTimeout());
        this.statuses = new Statuses(settings, cluster, schemas, topics.batches());
        this.results = new ResultTopic(settings, cluster, schemas, topics, store, statuses, open, maxBytesInMemory);
        this.producer = new SharedProducer(settings);
    }

    KafkaSettings settings() {
        return settings;
    }

    Cluster cluster() {
        return cluster;
    }

    Topics topics() {
        return topics;
    }

    ReaderSchemas schemas() {
        return schemas;
    }

    Statuses statuses() {
        return statuses;
    }

    OpenResources open() {
        return open;
    }

    /** The result topic, shared by all readers. */
    ResultTopic results() {
        open.requireOpen();
        return results;
    }

    /** The producer for this topic. The caller must not close it. */
    Producer<byte[], byte[]> producer(String topic) {
        return cluster.asking(topic, () -> {
            open.requireOpen();
            return producer.get();
        });
    }

    /** Reads every partition from its beginning to its current end. */
    void scan(String topic, Consumer<ConsumerRecord<byte[], byte[]>> each) {
        int partitions = cluster.partitions(topic);
        cluster.asking(topic, () -> {
            try (var consumer = settings.consumer()) {
                TopicScan.scan(consumer, topic, partitions, settings.answerTimeout(), each);
            }
            return null;
        });
    }

    /** The topics that may have requests of an API. Workers of an earlier version have no topic for urgent requests. */
    List<String> requestTopics(RequestKind<?> kind) {
        String requests = topics.requests(kind.api());
        String urgent = topics.urgent(kind.api());
        return cluster.exists(urgent) ? List.of(requests, urgent) : List.of(requests);
    }

    @Override
    public void close() {
        // The schemas are closed first: this ends readers that wait for one.
        schemas.close();
        open.close();
        statuses.close();
        producer.close();
    }
}
