package io.github.genaistreams.topology.gate;

import io.github.genaistreams.flow.Lanes;
import io.github.genaistreams.flow.Pace;
import io.github.genaistreams.topology.topic.TaskCounts;
import io.github.genaistreams.wire.WriterSchemas;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * The main consumer of a stream thread, with three additions. For that thread only, like any consumer.
 *
 * <p><b>The gate.</b> A stream task cannot refuse a record, so backpressure must act before the record is read. Before
 * every poll, the partitions that must not be read are paused: {@link PausedPartitions}.
 *
 * <p><b>The wait.</b> While calls are in flight, the thread also waits for their ends: {@link Pace}.
 *
 * <p><b>The hold and the stop.</b> A rebalance waits for calls in flight, and a stopping worker does not wait for a
 * rebalance: {@link RevocationDelay}.
 */
public final class GatedConsumer extends KafkaConsumer<byte[], byte[]> {

    /**
     * Maximum delay until the thread notices the end of a call. An event loop does not interrupt a poll: a wake-up
     * would abort whatever the consumer is doing.
     */
    private static final Duration SLICE = Duration.ofMillis(2);

    /** Pause between two attempts to complete a delayed rebalance. */
    private static final long HOLD_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    /**
     * For requests that the broker has not answered when the consumer is closed, such as a join that waits for others.
     */
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(3);

    private final Lanes lanes;
    private final TaskCounts counts;
    private final SchemaHold schemas;
    private final HandOver handOver;
    private final RevocationDelay listener;
    private final PausedPartitions pauses;
    private final ThreadLocal<Map<TopicPartition, OffsetAndMetadata>> committed;

    GatedConsumer(
            Map<String, Object> config,
            Lanes lanes,
            TaskCounts counts,
            WriterSchemas schemas,
            HandOver handOver,
            RevocationDelay listener,
            ThreadLocal<Map<TopicPartition, OffsetAndMetadata>> committed) {
        super(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        this.lanes = lanes;
        this.counts = counts;
        this.schemas = new SchemaHold(schemas);
        this.handOver = handOver;
        this.listener = listener;
        this.pauses = new PausedPartitions(lanes, this.schemas);
        this.committed = committed;
    }

    /** Kafka Streams calls it when a task begins. */
    @Override
    public Map<TopicPartition, OffsetAndMetadata> committed(Set<TopicPartition> partitions) {
        Map<TopicPartition, OffsetAndMetadata> offsets = super.committed(partitions);
        offsets.forEach((partition, offset) -> {
            if (offset != null) {
                committed.get().put(partition, offset);
            }
        });
        return offsets;
    }

    @Override
    public ConsumerRecords<byte[], byte[]> poll(Duration timeout) {
        ConsumerRecords<byte[], byte[]> records = pollOrHold(timeout);
        listener.letStop();
        return records;
    }

    @Override
    public void close(CloseOptions options) {
        super.close(options.timeout().isPresent() ? options : options.withTimeout(CLOSE_TIMEOUT));
    }

    private ConsumerRecords<byte[], byte[]> pollOrHold(Duration timeout) {
        applyGate();
        if (counts.takeRebalance()) {
            enforceRebalance("topics have been given more partitions");
        }
        if (handOver.takeDone()) {
            enforceRebalance("partitions that are to move have no calls in flight any more");
        }
        listener.pollBegins();
        try {
            ConsumerRecords<byte[], byte[]> records = schemas.upToTheFirst(pollUntilWoken(timeout), this::seek);
            listener.polled();
            return records;
        } catch (WakeupException e) {
            if (!listener.isHolding()) {
                throw e;
            }
            LockSupport.parkNanos(HOLD_NANOS);
            return ConsumerRecords.empty();
        } finally {
            listener.pollEnds();
        }
    }

    /** Ends at once when a call has ended, or when it is time to commit. */
    private ConsumerRecords<byte[], byte[]> pollUntilWoken(Duration timeout) {
        Pace pace = lanes.pace();
        pace.askIfDue();
        if (!pace.isWaiting() && !lanes.hasCalls(assignment())) {
            return super.poll(timeout);
        }
        if (pace.takeWake()) {
            return super.poll(Duration.ZERO);
        }
        long end = System.nanoTime() + timeout.toNanos();
        Duration slice = SLICE.compareTo(timeout) < 0 ? SLICE : timeout;
        ConsumerRecords<byte[], byte[]> records;
        do {
            records = super.poll(slice);
        } while (!pace.takeWake() && isNothing(records) && !pace.isDue() && System.nanoTime() < end);
        return records;
    }

    private static boolean isNothing(ConsumerRecords<?, ?> records) {
        return records.isEmpty() && records.nextOffsets().isEmpty();
    }

    private void applyGate() {
        Set<TopicPartition> paused = paused();
        pauses.update(assignment());
        pauses.byGate().forEach(this::noteWhereItIs);
        Set<TopicPartition> toPause = pauses.toPause(paused);
        if (!toPause.isEmpty()) {
            super.pause(toPause);
        }
        Set<TopicPartition> toResume = pauses.toResume(paused);
        if (!toResume.isEmpty()) {
            super.resume(toResume);
        }
    }

    /** {@link io.github.genaistreams.topology.call.EarlyIntake} needs it: earlier records are on their way to the lane. */
    private void noteWhereItIs(TopicPartition partition) {
        try {
            lanes.readUpTo(partition, position(partition, Duration.ZERO));
        } catch (TimeoutException e) {
            // The position is not known before the first poll.
        }
    }

    @Override
    public void pause(Collection<TopicPartition> partitions) {
        pauses.streamsPauses(partitions);
        super.pause(partitions);
    }

    @Override
    public void resume(Collection<TopicPartition> partitions) {
        super.resume(pauses.streamsResumes(partitions));
    }

    @Override
    public void subscribe(Collection<String> topics, ConsumerRebalanceListener streams) {
        super.subscribe(topics, listener.inFrontOf(streams));
    }

    @Override
    public void subscribe(Pattern pattern, ConsumerRebalanceListener streams) {
        super.subscribe(pattern, listener.inFrontOf(streams));
    }
}
