package io.github.genaistreams.flow;

import org.jspecify.annotations.Nullable;

/**
 * Calls of one credential in flight in one worker, and the pages of their documents. Not thread-safe. Times are in
 * epoch milliseconds.
 */
final class CallLimits {

    /** A document with less than this fraction of the pages needs no reservation. */
    private static final int SMALL_SHARE = 50;

    private final int maxConcurrent;
    private final int maxPages;
    private int atWork;
    private int pagesAtWork;

    /** Pages of a large document that was refused. Smaller documents wait for it. 0 if there is none. */
    private int waitingPages;

    private long waitingAskedAt;

    CallLimits(int maxConcurrent, int maxPages) {
        this.maxConcurrent = maxConcurrent;
        this.maxPages = maxPages;
    }

    /**
     * The bound that keeps a call from starting; null if it may start. A large document that was refused goes next, as
     * long as its lane keeps asking. Otherwise, smaller documents would take every page that becomes free.
     *
     * @param pages of its document; 0 for a call without one
     */
    @Nullable
    Bound refusal(int pages, long now) {
        if (maxConcurrent > 0 && atWork >= maxConcurrent) {
            return Bound.CONCURRENT_REQUESTS;
        }
        return hasRoom(bounded(pages), now) ? null : Bound.PAGES_IN_FLIGHT;
    }

    private boolean hasRoom(int pages, long now) {
        if (pages == 0) {
            return true;
        }
        if (waitingPages > 0 && now - waitingAskedAt > WaitTimes.ASKED_AGAIN_MILLIS) {
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

    /** A call has started that {@link #refusal} has let through. */
    void start(int pages) {
        if (waitingPages == bounded(pages)) {
            waitingPages = 0;
        }
        join(pages);
    }

    /** A call that another process started continues here, whatever the limits are. */
    void join(int pages) {
        atWork++;
        pagesAtWork += bounded(pages);
    }

    /** A call has left: it has ended, or continues in another process. */
    void leave(int pages) {
        atWork--;
        pagesAtWork -= bounded(pages);
    }

    /** How many pages a document counts for: 0 without a limit; else at most the limit, or it could never start. */
    private int bounded(int pages) {
        return maxPages == 0 ? 0 : Math.min(pages, maxPages);
    }

    int remainingCalls() {
        return Math.max(0, maxConcurrent - atWork);
    }

    int remainingPages() {
        return Math.max(0, maxPages - pagesAtWork);
    }

    /** Calls in flight. */
    int atWork() {
        return atWork;
    }
}
