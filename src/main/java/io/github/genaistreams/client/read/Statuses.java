package io.github.genaistreams.client.read;

import io.github.genaistreams.client.kafka.BatchClientException;
import io.github.genaistreams.client.kafka.Cluster;
import io.github.genaistreams.client.kafka.KafkaSettings;
import io.github.genaistreams.model.BatchStatus;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.WriterSchemas;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The workers' statuses of batches: one {@link StatusFeed} per client, opened on first use. Thread-safe. */
public final class Statuses implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Statuses.class);

    private final KafkaSettings settings;
    private final Cluster cluster;
    private final WriterSchemas schemas;
    private final String topic;
    private @Nullable StatusFeed feed; // null until first use
    private boolean closed;

    /** @param topic the topic of the statuses */
    public Statuses(KafkaSettings settings, Cluster cluster, WriterSchemas schemas, String topic) {
        this.settings = settings;
        this.cluster = cluster;
        this.schemas = schemas;
        this.topic = topic;
    }

    /**
     * The feed of this client.
     *
     * @throws BatchClientException  if the topic is missing or Kafka does not answer in time
     * @throws IllegalStateException if this is closed
     */
    public StatusFeed feed() {
        int partitions = cluster.partitions(topic);
        synchronized (this) {
            if (closed) {
                throw new IllegalStateException("this client is closed");
            }
            if (feed == null || feed.isOver()) {
                feed = new StatusFeed(
                        settings.consumer(),
                        Codecs.BATCH_STATUS.reading(schemas),
                        topic,
                        partitions,
                        settings.answerTimeout());
            }
            return feed;
        }
    }

    /** The latest status of a batch; also empty if Kafka does not answer, since results can be read without it. */
    public Optional<BatchStatus> ifKnown(String batchId) {
        try {
            return feed().of(batchId);
        } catch (BatchClientException e) {
            LOG.debug("The status of batch {} could not be read: {}", batchId, e.getMessage());
            return Optional.empty();
        }
    }

    /** Ends the feed. May be called twice. */
    @Override
    public void close() {
        StatusFeed last;
        synchronized (this) {
            closed = true;
            last = feed;
            feed = null;
        }
        if (last != null) {
            last.close();
        }
    }
}
