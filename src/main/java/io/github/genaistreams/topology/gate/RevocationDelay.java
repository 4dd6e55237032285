package io.github.genaistreams.topology.gate;

import io.github.genaistreams.flow.Lanes;
import java.time.Duration;
import java.util.Collection;
import java.util.Objects;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Passes rebalances on to the listener of Kafka Streams, some of them later. For one consumer, on its stream thread.
 *
 * <p><b>The hold.</b> When a rebalance takes partitions away, their next owner would repeat, and pay for, the calls in
 * flight there. Normally there are none, because of {@link HandOver}. Exceptions are a task that moves between threads, a leader
 * of an earlier version, and calls that started after this member has joined. Then the revocation is delayed until
 * those calls have ended, at most for {@code drainTimeout}. The lanes start nothing new, and
 * {@link #onPartitionsRevoked} throws a {@link WakeupException}. The group coordinator's client then keeps the
 * assignment and calls the listener again in the next poll ({@code AbstractCoordinator.joinGroupIfNeeded} of
 * kafka-clients documents this and relies on it). Between two such polls, the thread runs as usual, handles outcomes
 * and commits them.
 *
 * <p>The price of a hold: this thread reads nothing new. If another member also gives partitions away and joins again
 * during the hold, it waits for this one and commits nothing. {@code transaction.timeout.ms} leaves room for that.
 *
 * <p><b>The stop.</b> Kafka Streams ends no thread during a rebalance ({@code StreamThread.runLoop}), and the group may
 * wait for a dead member until its session expires. A stopping worker does not wait: after {@link #STOP_PATIENCE},
 * Kafka Streams is told that there is no assignment to wait for. What the thread then commits belongs to the previous
 * generation, which is valid while the group waits.
 */
final class RevocationDelay implements ConsumerRebalanceListener {

    private static final Logger LOG = LoggerFactory.getLogger(RevocationDelay.class);

    /** Most rebalances end sooner. */
    static final Duration STOP_PATIENCE = Duration.ofSeconds(3);

    private static final long NEVER = Long.MIN_VALUE;

    private final Lanes lanes;
    private final HandOver handOver;
    private final Duration drainTimeout;
    private final BooleanSupplier isStopping;
    private final Consumer<Collection<TopicPartition>> gone;
    private final LongSupplier nanos;

    /** Null before Kafka Streams subscribes. */
    private @Nullable ConsumerRebalanceListener streams;

    private boolean isPolling;

    /** The partitions whose revocation is delayed; empty if none is. */
    private Set<TopicPartition> held = Set.of();

    private long heldSince;
    private long stoppingSince = NEVER;

    /**
     * @param isStopping whether the worker stops
     * @param gone       receives partitions that this consumer has given away or lost
     * @param nanos      a clock such as {@link System#nanoTime()}
     */
    RevocationDelay(
            Lanes lanes,
            HandOver handOver,
            Duration drainTimeout,
            BooleanSupplier isStopping,
            Consumer<Collection<TopicPartition>> gone,
            LongSupplier nanos) {
        this.lanes = lanes;
        this.handOver = handOver;
        this.drainTimeout = drainTimeout;
        this.isStopping = isStopping;
        this.gone = gone;
        this.nanos = nanos;
    }

    /** Returns this listener, in front of the one of Kafka Streams. */
    ConsumerRebalanceListener inFrontOf(ConsumerRebalanceListener streams) {
        this.streams = streams;
        return this;
    }

    /** A poll begins. Outside of a poll, for example when the consumer is closed, nobody would repeat a delayed revocation. */
    void pollBegins() {
        isPolling = true;
    }

    /** The poll ends, normally or with an exception. */
    void pollEnds() {
        isPolling = false;
    }

    /** Whether a revocation is delayed. */
    boolean isHolding() {
        return !held.isEmpty();
    }

    /** A poll has returned, so no revocation is delayed. Lanes of partitions that stay here go on. */
    void polled() {
        if (isHolding()) {
            lanes.startAgain(held);
            held = Set.of();
        }
    }

    /** Call it after every poll. */
    void letStop() {
        if (!isStopping.getAsBoolean()) {
            return;
        }
        if (stoppingSince == NEVER) {
            stoppingSince = nanos.getAsLong();
        } else if (nanos.getAsLong() - stoppingSince > STOP_PATIENCE.toNanos()) {
            letStreamsGoOn();
        }
    }

    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
        if (isPolling && mustWait(partitions)) {
            throw new WakeupException();
        }
        try {
            streams().onPartitionsRevoked(partitions);
        } catch (RuntimeException e) {
            rollBack(partitions, e);
            throw e;
        } finally {
            // They are gone even if the commit of Kafka Streams has failed.
            areGone(partitions);
        }
    }

    /**
     * After a failed commit, Kafka Streams keeps the local state of those tasks that it gives away and that have read
     * nothing ({@code TaskManager.handleRevocation}). If such a task came back, it would go on as if its results were
     * written. So all tasks of this thread begin again, with another producer.
     */
    private void rollBack(Collection<TopicPartition> partitions, RuntimeException failure) {
        try {
            streams().onPartitionsLost(partitions);
        } catch (RuntimeException e) {
            if (e != failure) {
                failure.addSuppressed(e);
            }
        }
    }

    /** Whether to wait for calls in flight there. From here on, no call starts there. */
    private boolean mustWait(Collection<TopicPartition> partitions) {
        int inFlight = lanes.stopStarting(handOver.awaited(partitions));
        if (inFlight == 0) {
            return false;
        }
        if (!isHolding()) {
            hold(partitions, inFlight);
        }
        boolean isInTime = nanos.getAsLong() - heldSince < drainTimeout.toNanos();
        if (!isInTime) {
            LOG.atWarn()
                    .addKeyValue("in_flight", inFlight)
                    .addKeyValue("drain_timeout", drainTimeout)
                    .log("Rebalance: giving partitions away with calls in flight; their next owner makes these again");
        }
        return isInTime;
    }

    private void hold(Collection<TopicPartition> partitions, int inFlight) {
        LOG.atInfo()
                .addKeyValue("partitions", partitions.size())
                .addKeyValue("in_flight", inFlight)
                .log("Rebalance: waiting for the calls in flight before giving partitions away");
        held = Set.copyOf(partitions);
        heldSince = nanos.getAsLong();
        handOver.holds(partitions);
        // A commit is safe: it belongs to the generation that this member has just joined, which stays valid until this
        // member joins again.
        letStreamsGoOn();
    }

    /** Kafka Streams commits nothing and ends no thread between its join and an assignment. So it gets an empty one. */
    private void letStreamsGoOn() {
        streams().onPartitionsAssigned(Set.of());
    }

    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
        streams().onPartitionsAssigned(partitions);
    }

    @Override
    public void onPartitionsLost(Collection<TopicPartition> partitions) {
        try {
            streams().onPartitionsLost(partitions);
        } finally {
            areGone(partitions);
            handOver.lost();
        }
    }

    private void areGone(Collection<TopicPartition> partitions) {
        lanes.gone(partitions);
        gone.accept(partitions);
    }

    private ConsumerRebalanceListener streams() {
        return Objects.requireNonNull(streams, "not subscribed");
    }
}
