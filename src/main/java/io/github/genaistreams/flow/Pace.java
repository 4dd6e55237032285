package io.github.genaistreams.flow;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * When one stream thread commits. News, which readers wait for, are committed at once while they are few: then the thread has the time.
 * When many come during one commit, the next one is put off by a multiple of what a commit takes, so that commits have a small part of
 * the thread's time. With {@code c} the time of a commit and {@code n} the news that come meanwhile, both averaged, the distance from
 * the end of a commit to the next is {@code c × min(n / 4, 4)}, within bounds. A change of the thread's own state, for which nobody
 * waits, is committed with the next news, or when the longest time has passed.
 *
 * <p>Used by that thread, but for {@link #wake()}.
 */
public final class Pace {

    /** The longest distance, as a multiple of what a commit takes: then commits have a fifth of the thread's time. */
    private static final double MAX_SPACING = 4;

    /** So many news during one commit put the next one off by what one takes. */
    private static final double NEWS_PER_SPACING = 4;

    /** The latest commit counts for one in so many in the average. */
    private static final int AVERAGED = 8;

    private final Bounds bounds;
    private final LongSupplier nanos;

    private volatile boolean awake;

    /** What asks Kafka Streams for a commit, for a task that has one to make; null if there is nothing to commit. */
    private Runnable request;

    private boolean isChanged;
    private int news;
    private long commits;
    private long changedAt;
    private long committedAt;
    private double averageNanos;

    /** News in a nanosecond. */
    private double averageRate;

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
        if (isNews) {
            news++;
        }
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

    /** How often everything was committed so far: what was written at one figure is there for good at the next one. */
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
        double spacing = Math.min(averageRate * averageNanos / NEWS_PER_SPACING, MAX_SPACING);
        return Math.min(
                Math.max(Math.round(spacing * averageNanos), bounds.shortest().toNanos()),
                bounds.longest().toNanos());
    }

    /** What was written is taken back: there is nothing to commit. */
    public void aborted() {
        isChanged = false;
        news = 0;
        request = null;
    }

    /**
     * Everything is committed.
     *
     * @param took nanoseconds in which the thread could do nothing else
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
