package io.github.genaistreams.serve.http;

import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Watches how fast a client sends or takes a body. A slow one may go on for as long as it likes, unless others wait for
 * its place. For one thread.
 */
final class ClientPace {

    /** In a second. */
    static final int MIN_BYTES = 16 << 10;

    /** It is measured over so much time that the client was waited for. */
    static final long WINDOW_SECONDS = 20;

    private final BooleanSupplier othersWait;
    private long nanos;
    private long bytes;

    ClientPace(BooleanSupplier othersWait) {
        this.othersWait = othersWait;
    }

    /**
     * Notes that the client was waited for.
     *
     * @param moved in bytes, meanwhile
     * @return whether it has to give its place to others
     */
    boolean isTooSlow(long waitedNanos, int moved) {
        nanos += waitedNanos;
        bytes += moved;
        if (nanos < TimeUnit.SECONDS.toNanos(WINDOW_SECONDS)) {
            return false;
        }
        boolean isSlow = bytes < MIN_BYTES * TimeUnit.NANOSECONDS.toSeconds(nanos);
        nanos = 0;
        bytes = 0;
        return isSlow && othersWait.getAsBoolean();
    }
}
