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
 * How a member of the group gives partitions away without a pause, and without a call that is paid twice:
 *
 * <ol>
 *   <li>Whoever joins says at which partitions he has calls in flight ({@link #joining}), and starts none at his others until he is told.
 *   <li>The leader leaves these where they are, and says with the assignment which of them are to move ({@link QuietAssignor}).
 *   <li>Their owner starts nothing more there ({@link #told}). He stays a member like any other meanwhile: he reads, answers, commits,
 *       and takes part in other rebalances. When what was in flight has ended, or the drain time-out has passed, he has the group assign
 *       anew ({@link #takeDone}), and the partitions move.
 * </ol>
 *
 * <p>Of one consumer; used by its stream thread.
 */
final class HandOver {

    private static final Logger LOG = LoggerFactory.getLogger(HandOver.class);

    private final Lanes lanes;
    private final Duration drainTimeout;
    private final LongSupplier nanos;

    private Set<TopicPartition> assigned = Set.of();

    /** Are to move, by the time since which that is known. */
    private Map<TopicPartition, Long> leaving = Map.of();

    /** Have calls in flight that nobody waits for any more. */
    private Set<TopicPartition> givenUp = Set.of();

    private boolean isDone;

    /** @param nanos a clock as {@link System#nanoTime()} */
    HandOver(Lanes lanes, Duration drainTimeout, LongSupplier nanos) {
        this.lanes = lanes;
        this.drainTimeout = drainTimeout;
        this.nanos = nanos;
    }

    /** Returns the partitions of this consumer that are not to move now. At the others no call starts from here on. */
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
     * Takes the leader's word.
     *
     * @param toLeave  of all members
     * @param assigned to this consumer
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

    /** Whether the group is to assign anew, since what is to move can; true once. */
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

    /** These partitions go once their calls in flight have ended, and until then there is no new word: what stays here goes on. */
    void holds(Collection<TopicPartition> going) {
        Set<TopicPartition> staying = new HashSet<>(assigned);
        staying.removeAll(going);
        staying.removeAll(leaving.keySet());
        lanes.startAgain(staying);
    }

    /** All partitions were taken away: no word about them holds any more. */
    void lost() {
        lanes.gone(assigned);
        assigned = Set.of();
        leaving = Map.of();
        givenUp = Set.of();
        isDone = false;
    }

    /** Those of these partitions whose calls in flight are still waited for. */
    Set<TopicPartition> awaited(Collection<TopicPartition> partitions) {
        Set<TopicPartition> awaited = new HashSet<>(partitions);
        awaited.removeAll(givenUp);
        return awaited;
    }
}
