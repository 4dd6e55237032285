package io.github.genaistreams.provider.http;

import io.vertx.core.buffer.Buffer;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * The body of an answer as it arrives. A large body takes its bytes from the budget in steps. Belongs to the event loop
 * of its exchange until it is {@link #whole}. Any thread may call {@link #giveBack}.
 */
final class Body {

    private static final int STEP = 1 << 20;

    private final Deque<Buffer> chunks = new ArrayDeque<>();
    private final MemoryBudget.Share share;
    private int length;
    private long taken;

    Body(MemoryBudget budget) {
        this.share = budget.new Share();
    }

    int length() {
        return length;
    }

    boolean isLarge() {
        return length > LargeAnswers.LARGE;
    }

    /**
     * Adds a chunk.
     *
     * @param mayGoOn runs later, on any thread, if this returns false
     * @return whether more chunks may be added now
     */
    boolean add(Buffer chunk, Runnable mayGoOn) {
        chunks.add(chunk);
        length += chunk.length();
        return holds(length, mayGoOn);
    }

    /** As {@link #add}, for a reader that keeps the bytes itself. {@code bytes} is their total. */
    boolean holds(long bytes, Runnable mayGoOn) {
        if (bytes <= LargeAnswers.LARGE || bytes <= taken) {
            return true;
        }
        long more = bytes - taken + STEP;
        taken += more;
        return share.take(more, mayGoOn);
    }

    /**
     * The whole body. May be called once: each chunk is released when it is copied, so that the body is never in memory
     * twice.
     */
    byte[] whole() {
        byte[] whole = new byte[length];
        int at = 0;
        for (Buffer chunk = chunks.poll(); chunk != null; chunk = chunks.poll()) {
            chunk.getBytes(whole, at);
            at += chunk.length();
        }
        return whole;
    }

    /** Gives the bytes back to the budget. May be called twice, and before the body is whole. */
    void giveBack() {
        share.giveBack();
    }
}
