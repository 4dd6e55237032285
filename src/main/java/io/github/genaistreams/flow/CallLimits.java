package io.github.genaistreams.flow;

import io.github.bucket4j.Bandwidth;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.TimeMeter;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

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

    private final int maxConcurrent;
    private final int maxPages;
    private final Bucket starts;
    private final AtomicInteger atWork = new AtomicInteger();
    private final AtomicInteger pagesAtWork = new AtomicInteger();

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
     * Whether a call may start now; it then counts until {@link #ended}.
     *
     * @param pages of its document; 0 for a call without. To be given again to {@link #ended}
     */
    public boolean tryStart(int pages) {
        int calls = atWork.incrementAndGet();
        int before = pagesAtWork.getAndAdd(pages);
        boolean fits = maxConcurrent == 0 || calls <= maxConcurrent;
        boolean pagesFit = maxPages == 0 || before == 0 || before + pages <= maxPages;
        if (fits && pagesFit && (starts == null || starts.tryConsume(1))) {
            return true;
        }
        ended(pages);
        return false;
    }

    /** A call goes on that was started elsewhere: it counts until {@link #ended}, but not as a start. */
    public void started(int pages) {
        atWork.incrementAndGet();
        pagesAtWork.addAndGet(pages);
    }

    public void ended(int pages) {
        atWork.decrementAndGet();
        pagesAtWork.addAndGet(-pages);
    }

    /** Calls that count now. */
    public int atWork() {
        return atWork.get();
    }
}
