package io.github.genaistreams.serve.http;

import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Measures how fast a client sends or receives a body. A slow client may go on for any time, unless other requests wait
 * for its thread. For one thread.
 */
final class ClientPace {

    static final int MIN_BYTES_PER_SECOND = 16 << 10;

    /** The speed is measured over this much time spent waiting for the client. */
    static final long WINDOW_SECONDS = 20;

    private final BooleanSupplier othersWait;
    private long nanos;
    private long bytes;

    ClientPace(BooleanSupplier othersWait) {
        this.othersWait = othersWait;
    }

    /**
     * Records a time of waiting for the client.
     *
     * @param moved number of bytes sent or received in that time
     * @return whether the client has to give up its thread
     */
    boolean isTooSlow(long waitedNanos, int moved) {
        nanos += waitedNanos;
        bytes += moved;
        if (nanos < TimeUnit.SECONDS.toNanos(WINDOW_SECONDS)) {
            return false;
        }
        boolean isSlow = bytes < MIN_BYTES_PER_SECOND * TimeUnit.NANOSECONDS.toSeconds(nanos);
        nanos = 0;
        bytes = 0;
        return isSlow && othersWait.getAsBoolean();
    }
}
