package io.github.genaistreams.flow;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * When one stream thread commits. What readers wait for is committed at once if the last commit was long enough ago: its distance
 * follows from what commits take, so that they have a small part of the thread's time however much there is to tell. What nobody
 * waits for, a change of the thread's own state, is committed with the next news, or when the longest interval has passed.
 *
 * <p>Used by that thread, but for {@link #wake()}.
 */
public final class Pace {

    /** Time between two commits, as a multiple of what one takes: commits have a fifth of the time. */
    private static final int SPACING = 4;

    /** The latest commit counts for one in so many in the average. */
    private static final int AVERAGED = 8;

    private final Bounds bounds;
    private final LongSupplier nanos;

    private volatile boolean awake;

    /** What asks Kafka Streams for a commit, for a task that has one to make; null if there is nothing to commit. */
    private Runnable request;

    private boolean isChanged;
    private boolean hasNews;
    private long changedAt;
    private long committedAt;
    private long averageNanos;

    /**
     * Of the time between two commits, of news that are there. The shorter bound gives way to the longer one.
     *
     * @param shortest from the end of a commit to the next one
     * @param longest  until anything is committed
     */
    public record Bounds(Duration shortest, Duration longest) {}

    /** @param nanos a clock as {@link System#nanoTime()} */
    Pace(Bounds bounds, LongSupplier nanos) {
        this.bounds = bounds;
        this.nanos = nanos;
        committedAt = nanos.getAsLong() - bounds.longest().toNanos();
    }

    /** A call has ended: the thread is to look at it. On any thread. */
    public void wake() {
        awake = true;
    }

    /** Whether a call has ended since this was asked last. */
    public boolean takeWake() {
        boolean was = awake;
        if (was) {
            awake = false;
        }
        return was;
    }

    /**
     * A record was written, and is to be committed.
     *
     * @param isNews whether a reader waits for it
     */
    public void wrote(boolean isNews) {
        if (!isChanged) {
            isChanged = true;
            changedAt = nanos.getAsLong();
        }
        hasNews |= isNews;
    }

    /**
     * To be called by a task at the end of its turn.
     *
     * @param commit asks Kafka Streams for a commit; called now, or later by {@link #askIfDue()}, if there is something to commit
     */
    public void ask(Runnable commit) {
        if (isChanged) {
            request = commit;
            askIfDue();
        }
    }

    /** Asks for a commit if a task wants one and its time has come. */
    public void askIfDue() {
        if (isDue()) {
            request.run();
        }
    }

    /** Whether a task wants a commit whose time has come. */
    public boolean isDue() {
        return request != null && nanosLeft() <= 0;
    }

    /** Whether a task waits for the time of its commit. */
    public boolean isWaiting() {
        return request != null;
    }

    private long nanosLeft() {
        long now = nanos.getAsLong();
        return hasNews
                ? committedAt + spacingNanos() - now
                : changedAt + bounds.longest().toNanos() - now;
    }

    private long spacingNanos() {
        return Math.min(
                Math.max(SPACING * averageNanos, bounds.shortest().toNanos()),
                bounds.longest().toNanos());
    }

    /**
     * Everything is committed.
     *
     * @param took nanoseconds in which the thread could do nothing else
     */
    public void committed(long took) {
        averageNanos += (took - averageNanos) / AVERAGED;
        committedAt = nanos.getAsLong();
        isChanged = false;
        hasNews = false;
        request = null;
    }
}
