package io.github.genaistreams.topology.gate;

import io.github.genaistreams.flow.Lanes;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How a member of the group gives partitions away without a pause, and without paying for a call twice:
 *
 * <ol>
 * <li>A joining member reports the partitions where it has calls in flight ({@link #joining}), and starts no calls at
 * its other partitions until it receives the assignment.
 * <li>The leader leaves these partitions where they are, and says in the assignment which of them are to move
 * ({@link QuietAssignor}).
 * <li>Their owner starts nothing more there ({@link #told}). Until then it is a normal member: it reads, answers,
 * commits, and takes part in other rebalances. When the calls in flight have ended, or the drain time-out has passed,
 * it requests a new assignment ({@link #takeDone}), and the partitions move.
 * </ol>
 *
 * <p>For one consumer, on its stream thread.
 */
final class HandOver {

    private static final Logger LOG = LoggerFactory.getLogger(HandOver.class);

    private final Lanes lanes;
    private final Duration drainTimeout;
    private final LongSupplier nanos;

    private Set<TopicPartition> assigned = Set.of();

    /** Partitions that are to move, and since when. */
    private Map<TopicPartition, Long> leaving = Map.of();

    /** Partitions whose calls in flight are no longer awaited. */
    private Set<TopicPartition> givenUp = Set.of();

    private boolean isDone;

    /** @param nanos a clock such as {@link System#nanoTime()} */
    HandOver(Lanes lanes, Duration drainTimeout, LongSupplier nanos) {
        this.lanes = lanes;
        this.drainTimeout = drainTimeout;
        this.nanos = nanos;
    }

    /** Returns the partitions of this consumer that must not move now. From here on, no call starts at the others. */
    Set<TopicPartition> joining() {
        Set<TopicPartition> busy = lanes.withCalls();
        busy.retainAll(assigned);
        Set<TopicPartition> idle = new HashSet<>(assigned);
        idle.removeAll(busy);
        lanes.stopStarting(idle);
        busy.removeAll(givenUp);
        return busy;
    }

    /**
     * Applies the leader's note.
     *
     * @param toLeave  partitions of all members that are to move
     * @param assigned partitions of this consumer
     */
    void told(Set<TopicPartition> toLeave, Collection<TopicPartition> assigned) {
        this.assigned = Set.copyOf(assigned);
        Map<TopicPartition, Long> next = new HashMap<>();
        for (TopicPartition partition : assigned) {
            if (toLeave.contains(partition)) {
                next.put(partition, leaving.getOrDefault(partition, nanos.getAsLong()));
            }
        }
        Set<TopicPartition> staying = new HashSet<>(assigned);
        staying.removeAll(next.keySet());
        lanes.startAgain(staying);
        boolean isNew = !leaving.keySet().containsAll(next.keySet());
        leaving = next;
        givenUp = Set.of();
        isDone = false;
        int inFlight = lanes.stopStarting(next.keySet());
        if (isNew && inFlight > 0) {
            LOG.atInfo()
                    .addKeyValue("partitions", next.size())
                    .addKeyValue("in_flight", inFlight)
                    .log("Rebalance: waiting for the calls in flight before giving partitions away");
        }
    }

    /** Whether to request a new assignment, since the partitions can move now; true once. */
    boolean takeDone() {
        if (isDone || leaving.isEmpty()) {
            return false;
        }
        Set<TopicPartition> late = new HashSet<>();
        for (Map.Entry<TopicPartition, Long> each : leaving.entrySet()) {
            if (lanes.stopStarting(Set.of(each.getKey())) > 0) {
                if (nanos.getAsLong() - each.getValue() < drainTimeout.toNanos()) {
                    return false;
                }
                late.add(each.getKey());
            }
        }
        if (!late.isEmpty()) {
            LOG.atWarn()
                    .addKeyValue("in_flight", lanes.stopStarting(late))
                    .addKeyValue("drain_timeout", drainTimeout)
                    .log("Rebalance: giving partitions away with calls in flight; their next owner makes these again");
        }
        givenUp = late;
        isDone = true;
        return true;
    }

    /**
     * These partitions move when their calls in flight have ended. There is no new note until then, and the other partitions
     * continue.
     */
    void holds(Collection<TopicPartition> going) {
        Set<TopicPartition> staying = new HashSet<>(assigned);
        staying.removeAll(going);
        staying.removeAll(leaving.keySet());
        lanes.startAgain(staying);
    }

    /** All partitions were lost, so earlier notes no longer apply. */
    void lost() {
        lanes.gone(assigned);
        assigned = Set.of();
        leaving = Map.of();
        givenUp = Set.of();
        isDone = false;
    }

    /** The partitions whose calls in flight are still awaited. */
    Set<TopicPartition> awaited(Collection<TopicPartition> partitions) {
        Set<TopicPartition> awaited = new HashSet<>(partitions);
        awaited.removeAll(givenUp);
        return awaited;
    }
}
