package io.github.genaistreams.flow;

import io.github.bucket4j.Bandwidth;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.TimeMeter;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;

/**
 * The limits of one credential in one worker: calls in flight, pages of documents in flight, and calls started per
 * minute. Thread-safe.
 *
 * <p>No minute, whenever it begins, has more starts than allowed. A token bucket that starts full allows its size on
 * top of its refill, so the refill rate is reduced by that size. A twentieth of the limit can start at once.
 */
public final class CallLimits {

    /** The part of a minute's starts that may come at once. */
    private static final int BURST_SHARE = 20;

    /** A document with less than this fraction of the pages needs no reservation. */
    private static final int SMALL_SHARE = 50;

    /**
     * After this long without a request, a refused call is gone, and so is the document that pages are reserved for.
     * Lanes ask many times a second.
     */
    private static final long ASKED_AGAIN_NANOS = Duration.ofSeconds(2).toNanos();

    /** The kinds of limits. */
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

    /** Pages of a large document that was refused and that smaller ones now wait for; 0 if there is none. */
    private int waitingPages;

    private long waitingAskedAt;

    /** The limit that refused the last request; null if it was let through. */
    private Bound refusedFor;

    private long askedAt;
    private final long[] waitedNanos = new long[Bound.values().length];

    /**
     * @param maxConcurrent     calls in flight at once, jobs at the API included; 0 for no limit
     * @param maxPages          pages of documents in flight at once; 0 for no limit. A document with more pages goes
     *     alone
     * @param requestsPerMinute calls started in any minute; 0 for no limit
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
     * Lets a call start if the limits allow it, and counts it until it is given back. A large document that is refused is next, as long as its lane asks again. Otherwise smaller ones would take every page
     * that becomes free.
     *
     * @param pages of its document; 0 for a call without one
     */
    public synchronized boolean tryAcquire(int pages) {
        int bounded = bounded(pages);
        countWait(clock.currentTimeNanos());
        refusedFor = refusal(bounded);
        if (refusedFor != null) {
            return false;
        }
        if (waitingPages == bounded) {
            waitingPages = 0;
        }
        take(bounded);
        return true;
    }

    /** Lets a call continue that was started elsewhere. It counts among the calls in flight, but not as a start. */
    public synchronized void acquire(int pages) {
        take(bounded(pages));
    }

    private void take(int bounded) {
        atWork++;
        pagesAtWork += bounded;
    }

    /** Takes back what a call has taken, once. */
    public synchronized void giveBack(int pages) {
        atWork--;
        pagesAtWork -= bounded(pages);
    }

    /** The limit that refuses the call; null if it may start, and then it counts among the starts of its minute. */
    private Bound refusal(int pages) {
        if (maxConcurrent > 0 && atWork >= maxConcurrent) {
            return Bound.CONCURRENT_REQUESTS;
        }
        if (!hasRoom(pages)) {
            return Bound.PAGES_IN_FLIGHT;
        }
        return starts != null && !starts.tryConsume(1) ? Bound.REQUESTS_PER_MINUTE : null;
    }

    /** From a refusal until the next request, a call has waited, unless nobody is left to ask. */
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

    /** The pages that a document counts for: at most the limit, or it could never start; none without a limit. */
    private int bounded(int pages) {
        return maxPages == 0 ? 0 : Math.min(pages, maxPages);
    }

    /** The limits that are set. */
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

    /** How much more can start now within this limit, which is one of {@link #bounds()}; at least 0. */
    public synchronized long remaining(Bound bound) {
        return Math.max(
                0,
                switch (bound) {
                    case CONCURRENT_REQUESTS -> maxConcurrent - atWork;
                    case REQUESTS_PER_MINUTE -> starts.getAvailableTokens();
                    case PAGES_IN_FLIGHT -> maxPages - pagesAtWork;
                });
    }

    /** How long a ready call was held back by this limit. Time in which several calls waited counts once. */
    public synchronized Duration waited(Bound bound) {
        return Duration.ofNanos(waitedNanos[bound.ordinal()]);
    }

    /** Calls in flight. */
    public synchronized int atWork() {
        return atWork;
    }
}
