package io.github.genaistreams.topology.gate;

import io.github.genaistreams.flow.Lanes;
import io.github.genaistreams.topology.topic.TaskTopics;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TransactionAbortableException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.errors.TaskMigratedException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The producer of a stream thread, which tells the thread's {@link io.github.genaistreams.flow.Pace} what is written
 * and how long commits take. For that thread only.
 *
 * <p>It skips a transaction in which nothing is written and no offset has moved. Kafka Streams requests one in every
 * commit interval in which a task has looked for work.
 *
 * <p>A transaction that cannot be committed rolls all tasks of the thread back. Kafka Streams would roll back only those
 * that have read something, if a commit ends with a {@link TimeoutException}. Another task would go on as if its
 * results were written ({@code TaskExecutor.commitOffsetsOrTransaction}). After a {@link CommitFailedException}, it
 * begins all tasks again, with another producer.
 */
final class PacedProducer extends KafkaProducer<byte[], byte[]> {

    private static final Logger LOG = LoggerFactory.getLogger(PacedProducer.class);

    /** For requests that the broker has not answered when the producer is closed. The next producer ends its transaction. */
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(3);

    private final Lanes lanes;

    /** The last committed offsets of this thread's partitions. Nobody resets an offset while its partition is here. */
    private final ThreadLocal<Map<TopicPartition, OffsetAndMetadata>> committed;

    private final Map<TopicPartition, OffsetAndMetadata> committing = new HashMap<>();
    private boolean isBegun;

    /** Whether a commit waits for its records. Also read by the thread that sends them, as the next two are. */
    private volatile boolean isCommitting;

    /** Whether a record was not sent in time. The commit may then end with an exception of any type. */
    private volatile boolean hasUnsent;

    /** Whether the transaction must not be committed. Kafka Streams closes this producer then. */
    private volatile boolean hasFailed;

    /** Time spent on the commit in progress. */
    private long spentNanos;

    PacedProducer(
            Map<String, Object> config, Lanes lanes, ThreadLocal<Map<TopicPartition, OffsetAndMetadata>> committed) {
        super(config, new ByteArraySerializer(), new ByteArraySerializer());
        this.lanes = lanes;
        this.committed = committed;
    }

    /** What the previous producer has written is lost. */
    @Override
    public void initTransactions() {
        super.initTransactions();
        lanes.pace().aborted();
    }

    /** Begins no transaction yet. */
    @Override
    public void beginTransaction() {}

    private void begin() {
        if (!isBegun) {
            super.beginTransaction();
            isBegun = true;
        }
    }

    @Override
    public Future<RecordMetadata> send(ProducerRecord<byte[], byte[]> record, Callback callback) {
        try {
            begin();
        } catch (KafkaException e) {
            // From a send, Kafka Streams learns that another thread has this thread's place.
            throw new KafkaException(e);
        }
        lanes.pace().wrote(!TaskTopics.isChangelog(record.topic()));
        return super.send(record, (metadata, failure) -> {
            if (failure == null) {
                callback.onCompletion(metadata, null);
            } else if (!hasFailed) {
                tell(callback, metadata, failure);
            }
        });
    }

    /** A failed record. */
    private void tell(Callback callback, RecordMetadata metadata, Exception failure) {
        if (!(failure instanceof RetriableException)) {
            callback.onCompletion(metadata, failure);
            return;
        }
        hasUnsent = true;
        // A commit fails with it. Kafka Streams would find it once more, and roll the tasks back a second time.
        if (!isCommitting) {
            hasFailed = true;
            logFailure(failure);
            // After a time-out, Kafka Streams would roll back one task. During a rebalance, the others would go on as
            // if their results were written.
            var fenced = new ProducerFencedException("A record was not sent in time");
            fenced.initCause(failure);
            callback.onCompletion(metadata, fenced);
        }
    }

    /** After a time-out, Kafka Streams rolls one task back in the middle of its turn, and commits the others. */
    @Override
    public List<PartitionInfo> partitionsFor(String topic) {
        try {
            return super.partitionsFor(topic);
        } catch (TimeoutException e) {
            if (isBegun) {
                hasFailed = true;
            }
            throw e;
        }
    }

    /**
     * Does not wait. Kafka Streams calls it in a commit, once for each task, and would wait for the broker each time.
     * {@link #sendOffsetsToTransaction} waits once for all tasks.
     *
     * @throws TaskMigratedException if the transaction must not be committed. Kafka Streams may have forgotten that
     *     there is one
     */
    @Override
    public void flush() {
        if (hasFailed) {
            throw new TaskMigratedException("The transaction must not be committed");
        }
    }

    /** @throws CommitFailedException if Kafka has not answered in time, or a task has ended in the middle of its turn */
    @Override
    public void sendOffsetsToTransaction(
            Map<TopicPartition, OffsetAndMetadata> offsets, ConsumerGroupMetadata groupMetadata) {
        if (!isBegun && committed.get().entrySet().containsAll(offsets.entrySet())) {
            return;
        }
        if (hasFailed) {
            throw new CommitFailedException("A task has ended in the middle of its turn");
        }
        long start = System.nanoTime();
        begin();
        Map<TopicPartition, OffsetAndMetadata> sent = offsets.isEmpty() ? oneUnchanged() : offsets;
        isCommitting = true;
        try {
            super.flush();
            super.sendOffsetsToTransaction(sent, groupMetadata);
        } catch (RuntimeException e) {
            throw failed(e);
        } finally {
            isCommitting = false;
        }
        committing.putAll(sent);
        spentNanos += System.nanoTime() - start;
    }

    /** Returns what Kafka Streams is told of this failure of a commit. */
    private RuntimeException failed(RuntimeException e) {
        if (!(hasUnsent || e instanceof TimeoutException || e instanceof TransactionAbortableException)) {
            return e;
        }
        hasFailed = true;
        logFailure(e);
        var failed = new CommitFailedException("Kafka has not answered in time");
        failed.initCause(e);
        return failed;
    }

    private static void logFailure(Exception e) {
        LOG.atWarn()
                .addKeyValue("reason", e.getMessage())
                .log("Kafka has not taken a commit in time: the calls whose results it contains are made again");
    }

    /**
     * A task that was taken over and has read nothing yet has answers to commit, but no offset. But the offsets'
     * generation lets the broker recognise a worker that has lost its partitions, and refuse its transaction.
     */
    private Map<TopicPartition, OffsetAndMetadata> oneUnchanged() {
        return committed.get().entrySet().stream()
                .limit(1)
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    @Override
    public void commitTransaction() {
        if (isBegun) {
            long start = System.nanoTime();
            try {
                super.commitTransaction();
            } catch (RuntimeException e) {
                throw failed(e);
            }
            isBegun = false;
            committed.get().putAll(committing);
            committing.clear();
            lanes.pace().committed(spentNanos + System.nanoTime() - start);
        }
        spentNanos = 0;
    }

    /** Does not ask a broker that has just not answered. The next producer ends the transaction. */
    @Override
    public void abortTransaction() {
        if (isBegun && !hasFailed) {
            super.abortTransaction();
            isBegun = false;
        }
        committing.clear();
        spentNanos = 0;
        lanes.pace().aborted();
    }

    /** Kafka Streams would wait until the broker is back. */
    @Override
    public void close() {
        close(CLOSE_TIMEOUT);
    }
}
