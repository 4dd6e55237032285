package io.github.genaistreams.topology.gate;

import io.github.genaistreams.flow.Lanes;
import io.github.genaistreams.flow.Pace;
import io.github.genaistreams.topology.topic.TaskCounts;
import io.github.genaistreams.wire.WriterSchemas;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The main consumer of a stream thread, with four additions. For that thread only, like any consumer.
 *
 * <p><b>The gate.</b> A stream task cannot refuse a record, so backpressure must act before the record is read. Before
 * every poll, the request partitions with a full lane are paused. Kafka Streams pauses partitions for its own reasons;
 * a partition is read only while neither has paused it. It is also paused while its next record waits for its schema
 * ({@link SchemaHold}).
 *
 * <p><b>The wait.</b> While calls are in flight, the thread also waits for their ends: {@link Pace}.
 *
 * <p><b>The hold.</b> When a rebalance takes partitions away, their next owner would repeat, and pay for, the calls in
 * flight there. As a rule there are none: {@link HandOver}. Exceptions are a task that moves between threads, a leader
 * of an earlier version, and calls that started after this member has joined. Then the revocation is delayed until
 * those calls have ended, at most for {@code drainTimeout}. The lanes start nothing new, and the listener's
 * {@code onPartitionsRevoked} throws a {@link WakeupException}. The group coordinator's client then keeps the
 * assignment and calls the listener again in the next poll ({@code AbstractCoordinator.joinGroupIfNeeded} of
 * kafka-clients documents this and relies on it). Between two such polls, the thread runs as usual, handles outcomes
 * and commits them.
 *
 * <p>The price of a hold: this thread reads nothing new. Another member that joins again meanwhile, since it gives
 * partitions away too, waits for this one and commits nothing. {@code transaction.timeout.ms} leaves room for that.
 *
 * <p><b>The stop.</b> Kafka Streams ends no thread during a rebalance ({@code StreamThread.runLoop}), and the group may
 * wait for a dead member until its session expires. A stopping worker does not wait: after {@link #STOP_PATIENCE},
 * Kafka Streams is told that there is no assignment to wait for. What the thread then commits belongs to the previous
 * generation, which is valid while the group waits.
 */
public final class GatedConsumer extends KafkaConsumer<byte[], byte[]> {

    private static final Logger LOG = LoggerFactory.getLogger(GatedConsumer.class);

    /**
     * Maximum delay until the thread notices the end of a call. An event loop does not interrupt a poll: a wake-up
     * would abort whatever the consumer is doing.
     */
    private static final Duration SLICE = Duration.ofMillis(2);

    /** Pause between two attempts to complete a delayed rebalance. */
    private static final long HOLD_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    /** Most rebalances end sooner. */
    private static final Duration STOP_PATIENCE = Duration.ofSeconds(3);

    /**
     * For requests that the broker has not answered when the consumer is closed, such as a join that waits for others.
     */
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(3);

    private final Lanes lanes;
    private final Duration drainTimeout;
    private final TaskCounts counts;
    private final SchemaHold schemas;
    private final HandOver handOver;
    private final BooleanSupplier isStopping;
    private final ThreadLocal<Map<TopicPartition, OffsetAndMetadata>> committed;
    private final Set<TopicPartition> pausedByStreams = new HashSet<>();
    private boolean polling;
    private Hold hold = Hold.NONE;
    private ConsumerRebalanceListener streams;
    private long stopSince;

    /** A delayed revocation, and since when. */
    private record Hold(Set<TopicPartition> partitions, long sinceNanos) {
        static final Hold NONE = new Hold(Set.of(), 0);
    }

    GatedConsumer(
            Map<String, Object> config,
            Lanes lanes,
            Duration drainTimeout,
            TaskCounts counts,
            WriterSchemas schemas,
            HandOver handOver,
            BooleanSupplier isStopping,
            ThreadLocal<Map<TopicPartition, OffsetAndMetadata>> committed) {
        super(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        this.lanes = lanes;
        this.drainTimeout = drainTimeout;
        this.counts = counts;
        this.schemas = new SchemaHold(schemas);
        this.handOver = handOver;
        this.isStopping = isStopping;
        this.committed = committed;
    }

    /** Kafka Streams reads the offsets of a task when the task begins. */
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
        letStop();
        return records;
    }

    private void letStop() {
        if (!isStopping.getAsBoolean()) {
            return;
        }
        if (stopSince == 0) {
            stopSince = System.nanoTime();
        } else if (System.nanoTime() - stopSince > STOP_PATIENCE.toNanos()) {
            streams.onPartitionsAssigned(Set.of());
        }
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
        polling = true;
        try {
            ConsumerRecords<byte[], byte[]> records = schemas.upToTheFirst(pollUntilWoken(timeout), this::seek);
            if (hold != Hold.NONE) {
                lanes.startAgain(hold.partitions());
                hold = Hold.NONE;
            }
            return records;
        } catch (WakeupException e) {
            if (hold == Hold.NONE) {
                throw e;
            }
            LockSupport.parkNanos(HOLD_NANOS);
            return ConsumerRecords.empty();
        } finally {
            polling = false;
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
        Set<TopicPartition> assigned = assignment();
        schemas.look(assigned);
        Set<TopicPartition> gated = gated(assigned);
        Set<TopicPartition> paused = paused();
        gated.forEach(this::noteWhereItIs);
        pausedByStreams.retainAll(assigned);

        Set<TopicPartition> toPause = new HashSet<>(gated);
        toPause.removeAll(paused);
        if (!toPause.isEmpty()) {
            super.pause(toPause);
        }
        Set<TopicPartition> toResume = new HashSet<>(paused);
        toResume.removeAll(gated);
        toResume.removeAll(pausedByStreams);
        if (!toResume.isEmpty()) {
            super.resume(toResume);
        }
    }

    /** For the look ahead: from there on, records are not on their way to the lane. */
    private void noteWhereItIs(TopicPartition partition) {
        try {
            lanes.readUpTo(partition, position(partition, Duration.ZERO));
        } catch (TimeoutException e) {
            // The position is not known before the first poll.
        }
    }

    /** The partitions that must not be read now. */
    private Set<TopicPartition> gated(Collection<TopicPartition> partitions) {
        Set<TopicPartition> gated = new HashSet<>(schemas.partitions());
        gated.retainAll(partitions);
        gated.addAll(lanes.full(partitions));
        return gated;
    }

    @Override
    public void pause(Collection<TopicPartition> partitions) {
        pausedByStreams.addAll(partitions);
        super.pause(partitions);
    }

    @Override
    public void resume(Collection<TopicPartition> partitions) {
        pausedByStreams.removeAll(partitions);
        Set<TopicPartition> open = new HashSet<>(partitions);
        open.removeAll(gated(partitions));
        super.resume(open);
    }

    @Override
    public void subscribe(Collection<String> topics, ConsumerRebalanceListener listener) {
        streams = listener;
        super.subscribe(topics, new HoldingListener());
    }

    @Override
    public void subscribe(Pattern pattern, ConsumerRebalanceListener listener) {
        streams = listener;
        super.subscribe(pattern, new HoldingListener());
    }

    /** Whether these partitions cannot be given away yet. */
    private boolean mustHold(Collection<TopicPartition> partitions) {
        // Outside poll() (while the consumer is being closed), nobody would call again.
        if (!polling) {
            return false;
        }
        int inFlight = lanes.stopStarting(handOver.awaited(partitions));
        if (inFlight == 0) {
            return false;
        }
        if (hold == Hold.NONE) {
            LOG.atInfo()
                    .addKeyValue("partitions", partitions.size())
                    .addKeyValue("in_flight", inFlight)
                    .log("Rebalance: waiting for the calls in flight before giving partitions away");
            hold = new Hold(Set.copyOf(partitions), System.nanoTime());
            handOver.holds(partitions);
            // Kafka Streams commits nothing between its join and this call. A commit is safe: it belongs to the
            // generation that this member has just joined, which stays valid until this member joins again.
            streams.onPartitionsAssigned(Set.of());
        }
        if (System.nanoTime() - hold.sinceNanos() < drainTimeout.toNanos()) {
            return true;
        }
        LOG.atWarn()
                .addKeyValue("in_flight", inFlight)
                .addKeyValue("drain_timeout", drainTimeout)
                .log("Rebalance: giving partitions away with calls in flight; their next owner makes these again");
        return false;
    }

    /** Delays a revocation while calls are in flight. Everything else goes straight to Kafka Streams. */
    private final class HoldingListener implements ConsumerRebalanceListener {

        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
            if (mustHold(partitions)) {
                throw new WakeupException();
            }
            streams.onPartitionsRevoked(partitions);
            gone(partitions);
        }

        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
            streams.onPartitionsAssigned(partitions);
        }

        @Override
        public void onPartitionsLost(Collection<TopicPartition> partitions) {
            streams.onPartitionsLost(partitions);
            gone(partitions);
            handOver.lost();
        }

        private void gone(Collection<TopicPartition> partitions) {
            lanes.gone(partitions);
            committed.get().keySet().removeAll(partitions);
        }
    }
}
