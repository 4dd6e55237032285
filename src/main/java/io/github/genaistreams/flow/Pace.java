package io.github.genaistreams.flow;

import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Decides when one stream thread commits. Records that readers wait for (news) are committed at once while they are
 * few. When many arrive during one commit, the next commit is delayed by a multiple of the commit's duration, so that
 * commits take a small part of the thread's time. With {@code c} the duration of a commit and {@code n} the news during
 * it, both averaged, the time from the end of a commit to the next is {@code c × min(n / 4, 4)}, within bounds. A
 * change of internal state, which nobody waits for, is committed with the next news or after the maximum time.
 *
 * <p>For that thread only, except {@link #wake()}.
 */
public final class Pace {

    /** The maximum delay, as a multiple of a commit's duration. Commits then take a fifth of the thread's time. */
    private static final double MAX_SPACING = 4;

    /** This many news during one commit delay the next one by one commit's duration. */
    private static final double NEWS_PER_SPACING = 4;

    /** The weight of the latest commit in the average is one over this. */
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

    /**
     * Bounds of the time between two commits while there are news. If they conflict, the maximum wins.
     *
     * @param min minimum time from the end of a commit to the next one
     * @param max maximum time until everything is committed
     */
    public record Bounds(Duration min, Duration max) {}

    /** @param nanos a clock such as {@link System#nanoTime()} */
    Pace(Bounds bounds, LongSupplier nanos) {
        this.bounds = bounds;
        this.nanos = nanos;
        committedAt = nanos.getAsLong() - bounds.max().toNanos();
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

    /** Number of commits so far. A record that is written at one number is permanent at the next one. */
    public long commits() {
        return commits;
    }

    private long nanosLeft() {
        long now = nanos.getAsLong();
        return news > 0
                ? committedAt + spacingNanos() - now
                : changedAt + bounds.max().toNanos() - now;
    }

    private long spacingNanos() {
        double spacing = Math.min(averageRate * averageNanos / NEWS_PER_SPACING, MAX_SPACING);
        return Math.min(
                Math.max(Math.round(spacing * averageNanos), bounds.min().toNanos()),
                bounds.max().toNanos());
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
        averageNanos += (took - averageNanos) / AVERAGED;
        averageRate += ((double) news / Math.max(1, now - committedAt) - averageRate) / AVERAGED;
        committedAt = now;
        aborted();
    }
}
