package io.github.genaistreams.flow;

import io.github.bucket4j.Bandwidth;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.TimeMeter;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;

/**
 * The bounds of one credential in one worker: calls at once, pages of documents at once, and calls started per minute.
 * Thread-safe.
 *
 * <p>No minute, whenever it begins, sees more starts than allowed: a token bucket that starts full lets its size through on
 * top of what flows in, so its size is taken off the flow. A twentieth of the figure can start at once.
 */
public final class CallLimits {

    /** The part of a minute's starts that need not be spread over it. */
    private static final int BURST_SHARE = 20;

    /** A document of fewer than one in so many pages finds room by itself. */
    private static final int SMALL_SHARE = 50;

    /** Nobody has asked for so long: what was refused is gone, and so is the document that room is kept for. Lanes ask many times a second. */
    private static final long ASKED_AGAIN_NANOS = Duration.ofSeconds(2).toNanos();

    /** What there can be a bound of. */
    public enum Bound {
        CONCURRENT_REQUESTS,
        REQUESTS_PER_MINUTE,
        PAGES_IN_FLIGHT
    }

    private final int maxConcurrent;
    private final int maxPages;
    private final TimeMeter clock;
    private final Bucket starts;
    private int atWork;
    private int pagesAtWork;

    /** Pages of a large document that has not found room, and that smaller ones let go first; 0 if there is none. */
    private int waitingPages;

    private long waitingAskedAt;

    /** Why the last one that asked was refused; null if it was not. */
    private Bound refusedFor;

    private long askedAt;
    private final long[] waitedNanos = new long[Bound.values().length];

    /**
     * @param maxConcurrent     calls at once, background work at the API among them; 0 for no bound
     * @param maxPages          pages of documents at once; 0 for no bound. A document that has more goes alone
     * @param requestsPerMinute calls started in any minute; 0 for no bound
     */
    public CallLimits(int maxConcurrent, int maxPages, int requestsPerMinute) {
        this(maxConcurrent, maxPages, requestsPerMinute, TimeMeter.SYSTEM_NANOTIME);
    }

    CallLimits(int maxConcurrent, int maxPages, int requestsPerMinute, TimeMeter clock) {
        if (maxConcurrent < 0 || maxPages < 0 || requestsPerMinute < 0) {
            throw new IllegalArgumentException("a limit is at least 1, or 0 for none");
        }
        this.maxConcurrent = maxConcurrent;
        this.maxPages = maxPages;
        this.clock = clock;
        this.starts = requestsPerMinute == 0 ? null : bucket(requestsPerMinute, clock);
    }

    private static Bucket bucket(int perMinute, TimeMeter clock) {
        int burst = Math.max(1, perMinute / BURST_SHARE);
        int flow = Math.max(1, perMinute - burst);
        return Bucket.builder()
                .addLimit(Bandwidth.builder()
                        .capacity(burst)
                        .refillGreedy(flow, Duration.ofMinutes(1))
                        .build())
                .withCustomTimePrecision(clock)
                .build();
    }

    /**
     * Lets a call through that may start now, and counts it until its permit is given back; else null. A large document that finds no
     * room is the next to find some, as long as it is asked for again: or small ones would take each page that becomes free.
     *
     * @param pages of its document; 0 for a call without
     */
    public synchronized Permit tryAcquire(int pages) {
        int bounded = bounded(pages);
        countWait(clock.currentTimeNanos());
        refusedFor = refusal(bounded);
        if (refusedFor != null) {
            return null;
        }
        if (waitingPages == bounded) {
            waitingPages = 0;
        }
        return permit(bounded);
    }

    /** Lets a call through that was started elsewhere and goes on: it counts, but not as a start. */
    public synchronized Permit acquire(int pages) {
        return permit(bounded(pages));
    }

    private Permit permit(int pages) {
        atWork++;
        pagesAtWork += pages;
        return new Permit(this, pages);
    }

    /** Of a {@link Permit}, which gives back what it was given. */
    synchronized void giveBack(int pages) {
        atWork--;
        pagesAtWork -= pages;
    }

    /** The bound that a call would break now; null if it may start, and then it counts among the starts of its minute. */
    private Bound refusal(int pages) {
        if (maxConcurrent > 0 && atWork >= maxConcurrent) {
            return Bound.CONCURRENT_REQUESTS;
        }
        if (!hasRoom(pages)) {
            return Bound.PAGES_IN_FLIGHT;
        }
        return starts != null && !starts.tryConsume(1) ? Bound.REQUESTS_PER_MINUTE : null;
    }

    /** From a refusal until somebody asks again, something had to wait; unless nobody was left that would ask. */
    private void countWait(long now) {
        if (refusedFor != null && now - askedAt <= ASKED_AGAIN_NANOS) {
            waitedNanos[refusedFor.ordinal()] += now - askedAt;
        }
        askedAt = now;
    }

    private boolean hasRoom(int pages) {
        if (pages == 0) {
            return true;
        }
        long now = askedAt;
        if (waitingPages > 0 && now - waitingAskedAt > ASKED_AGAIN_NANOS) {
            waitingPages = 0;
        }
        boolean isTurn = pages >= waitingPages;
        boolean fits = pagesAtWork + pages <= maxPages;
        boolean isLarge = pages > maxPages / SMALL_SHARE;
        if (!fits && isLarge && (waitingPages == 0 || waitingPages == pages)) {
            waitingPages = pages;
            waitingAskedAt = now;
        }
        return isTurn && fits;
    }

    /** What a document counts for: no more than there is room for, or it could never start; nothing without a bound. */
    private int bounded(int pages) {
        return maxPages == 0 ? 0 : Math.min(pages, maxPages);
    }

    /** The bounds that there are. */
    public Set<Bound> bounds() {
        Set<Bound> bounds = EnumSet.noneOf(Bound.class);
        if (maxConcurrent > 0) {
            bounds.add(Bound.CONCURRENT_REQUESTS);
        }
        if (starts != null) {
            bounds.add(Bound.REQUESTS_PER_MINUTE);
        }
        if (maxPages > 0) {
            bounds.add(Bound.PAGES_IN_FLIGHT);
        }
        return bounds;
    }

    /** How much more could start at this moment before it meets this bound, which is one of {@link #bounds()}; at least 0. */
    public synchronized long remaining(Bound bound) {
        return Math.max(
                0,
                switch (bound) {
                    case CONCURRENT_REQUESTS -> maxConcurrent - atWork;
                    case REQUESTS_PER_MINUTE -> starts.getAvailableTokens();
                    case PAGES_IN_FLIGHT -> maxPages - pagesAtWork;
                });
    }

    /** How long something was ready and could not start for this bound; time in which several waited counts once. */
    public synchronized Duration waited(Bound bound) {
        return Duration.ofNanos(waitedNanos[bound.ordinal()]);
    }

    /** Calls that count now. */
    public synchronized int atWork() {
        return atWork;
    }
}
