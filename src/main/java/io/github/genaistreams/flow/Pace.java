package io.github.genaistreams.flow;

import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Decides when one stream thread commits. Records that readers wait for (news) are committed at once while they are
 * few. When many arrive during one commit, the next commit is delayed by a multiple of the commit's duration, so that
 * commits take a small part of the thread's time. With {@code c} the duration of a commit and {@code n} the news during
 * it, both averaged, the time from the end of a commit to the next is {@code c × min(n / 4, 4)}, within bounds. It is
 * {@code c × 4} while results that the thread has read are not counted. A change of internal state, which nobody waits
 * for, is committed with the next news or after the longest time.
 *
 * <p>Kafka Streams may process only one record of each task between two commits, but the results of many calls are
 * written in one. If it committed after each record, the counts of batches would fall behind for as long as commits
 * are slow, such as in the first seconds of a process.
 *
 * <p>For that thread only, except {@link #wake()}.
 */
public final class Pace {

    /** The longest delay, as a multiple of a commit's duration. Commits then take a fifth of the thread's time. */
    private static final double MAX_SPACING = 4;

    /** This many news during one commit delay the next one by one commit's duration. */
    private static final double NEWS_PER_SPACING = 4;

    /** The weight of the latest commit in the average is one over this, or over the number of commits if that is less. */
    private static final int AVERAGED = 8;

    private final Bounds bounds;
    private final LongSupplier nanos;

    private volatile boolean awake;

    /** Requests a commit from Kafka Streams for a task. Null if there is nothing to commit. */
    private @Nullable Runnable request;

    private boolean isChanged;
    private int news;
    private long commits;
    private long changedAt;
    private long committedAt;
    private double averageNanos;

    /** News per nanosecond. */
    private double averageRate;

    /** Partitions whose records this thread counts. */
    private final Set<TopicPartition> counting = new HashSet<>();

    /** Offsets of the last records read, of partitions with records that are not counted. */
    private final Map<TopicPartition, Long> uncounted = new HashMap<>();

    /**
     * Bounds of the time between two commits while there are news. If they conflict, the longer bound wins.
     *
     * @param shortest minimum time from the end of a commit to the next one
     * @param longest  maximum time until everything is committed
     */
    public record Bounds(Duration shortest, Duration longest) {}

    /** @param nanos a clock such as {@link System#nanoTime()} */
    Pace(Bounds bounds, LongSupplier nanos) {
        this.bounds = bounds;
        this.nanos = nanos;
        committedAt = nanos.getAsLong() - bounds.longest().toNanos();
    }

    /** A call has ended, and the thread must handle it. On any thread. */
    public void wake() {
        awake = true;
    }

    /** Whether a call has ended since the last time this was called. */
    public boolean takeWake() {
        boolean was = awake;
        if (was) {
            awake = false;
        }
        return was;
    }

    /**
     * A record was written and must be committed.
     *
     * @param isNews whether a reader waits for it
     */
    public void wrote(boolean isNews) {
        if (!isChanged) {
            isChanged = true;
            changedAt = nanos.getAsLong();
        }
        if (isNews) {
            news++;
        }
    }

    /**
     * A task calls this at the end of its turn.
     *
     * @param commit requests a commit from Kafka Streams; called now, or later by {@link #askIfDue()}, if there is
     *     something to commit
     */
    public void ask(Runnable commit) {
        if (isChanged) {
            request = commit;
            askIfDue();
        }
    }

    /** Requests a commit if a task wants one and its time has come. */
    public void askIfDue() {
        Runnable commit = request;
        if (commit != null && isDue()) {
            commit.run();
        }
    }

    /** Whether a task wants a commit and its time has come. */
    public boolean isDue() {
        return request != null && nanosLeft() <= 0;
    }

    /** Whether a task waits for the time of its commit. */
    public boolean isWaiting() {
        return request != null;
    }

    /** Records of this partition are counted from now on. */
    public void counts(TopicPartition partition) {
        counting.add(partition);
    }

    /** They are not counted any more. */
    public void countsNoMore(TopicPartition partition) {
        counting.remove(partition);
        uncounted.remove(partition);
    }

    /** The thread has read records of this partition, up to this offset. */
    public void read(TopicPartition partition, long offset) {
        if (counting.contains(partition)) {
            uncounted.put(partition, offset);
        }
    }

    /** The record at this offset is counted, and so are those before it. */
    public void counted(TopicPartition partition, long offset) {
        uncounted.computeIfPresent(partition, (same, last) -> last <= offset ? null : last);
    }

    /** Number of commits so far. A record that is written at one number is permanent at the next one. */
    public long commits() {
        return commits;
    }

    private long nanosLeft() {
        long now = nanos.getAsLong();
        return news > 0
                ? committedAt + spacingNanos() - now
                : changedAt + bounds.longest().toNanos() - now;
    }

    private long spacingNanos() {
        double spacing = uncounted.isEmpty()
                ? Math.min(averageRate * averageNanos / NEWS_PER_SPACING, MAX_SPACING)
                : MAX_SPACING;
        return Math.min(
                Math.max(Math.round(spacing * averageNanos), bounds.shortest().toNanos()),
                bounds.longest().toNanos());
    }

    /** The written records were rolled back: there is nothing to commit. */
    public void aborted() {
        isChanged = false;
        news = 0;
        request = null;
    }

    /**
     * Everything is committed.
     *
     * @param took nanoseconds during which the thread could do nothing else
     */
    public void committed(long took) {
        commits++;
        long now = nanos.getAsLong();
        // The first commits are the slowest: averaged with nothing, they would count as fast.
        double averaged = Math.min(commits, AVERAGED);
        averageNanos += (took - averageNanos) / averaged;
        averageRate += ((double) news / Math.max(1, now - committedAt) - averageRate) / averaged;
        committedAt = now;
        aborted();
    }
}
