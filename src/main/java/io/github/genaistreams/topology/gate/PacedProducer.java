package io.github.genaistreams.topology.gate;

import io.github.genaistreams.flow.Lanes;
import io.github.genaistreams.topology.topic.TaskTopics;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TransactionAbortableException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/**
 * The producer of a stream thread, which tells the thread's {@link io.github.genaistreams.flow.Pace} what is written
 * and how long commits take. For that thread only.
 *
 * <p>It skips a transaction in which nothing is written and no offset has moved. Kafka Streams requests one in every
 * commit interval in which a task has looked for work.
 */
final class PacedProducer extends KafkaProducer<byte[], byte[]> {

    private final Lanes lanes;

    /** The last committed offsets of this thread's partitions. Nobody resets an offset while its partition is here. */
    private final ThreadLocal<Map<TopicPartition, OffsetAndMetadata>> committed;

    private final Map<TopicPartition, OffsetAndMetadata> committing = new HashMap<>();
    private boolean isBegun;

    /** Whether a commit waits for its records. Also read by the thread that sends them. */
    private volatile boolean isCommitting;

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
            // A commit fails with it. Kafka Streams would keep it as well, and roll the tasks back a second time.
            if (!(isCommitting && failure instanceof RetriableException)) {
                callback.onCompletion(metadata, failure);
            }
        });
    }

    /**
     * Does nothing. Kafka Streams calls it in a commit, once for each task, and would wait for the broker each time.
     * {@link #sendOffsetsToTransaction} waits once for all tasks.
     */
    @Override
    public void flush() {}

    /**
     * @throws TimeoutException if the broker has not answered in time. Kafka Streams then rolls the tasks back, and
     *     goes on with them.
     */
    @Override
    public void sendOffsetsToTransaction(
            Map<TopicPartition, OffsetAndMetadata> offsets, ConsumerGroupMetadata groupMetadata) {
        if (!isBegun && committed.get().entrySet().containsAll(offsets.entrySet())) {
            return;
        }
        long start = System.nanoTime();
        begin();
        Map<TopicPartition, OffsetAndMetadata> sent = offsets.isEmpty() ? oneUnchanged() : offsets;
        isCommitting = true;
        try {
            super.flush();
            super.sendOffsetsToTransaction(sent, groupMetadata);
        } catch (KafkaException e) {
            throw isNotSent(e) || isNotSent(e.getCause()) ? new TimeoutException(e) : e;
        } finally {
            isCommitting = false;
        }
        committing.putAll(sent);
        spentNanos += System.nanoTime() - start;
    }

    /** The producer's name for a record that was not sent in time. */
    private static boolean isNotSent(@Nullable Throwable e) {
        return e instanceof TransactionAbortableException;
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
            super.commitTransaction();
            isBegun = false;
            committed.get().putAll(committing);
            committing.clear();
            lanes.pace().committed(spentNanos + System.nanoTime() - start);
        }
        spentNanos = 0;
    }

    @Override
    public void abortTransaction() {
        if (isBegun) {
            super.abortTransaction();
            isBegun = false;
        }
        committing.clear();
        spentNanos = 0;
        lanes.pace().aborted();
    }
}
