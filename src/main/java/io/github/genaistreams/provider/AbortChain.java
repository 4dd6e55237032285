package io.github.genaistreams.provider;

import java.util.concurrent.atomic.AtomicReference;

/** Calls that are made one after another for the same outcome: breaks off the one that is under way. Thread-safe. */
public final class AbortChain implements Abort {

    private final AtomicReference<Abort> underWay = new AtomicReference<>();
    private volatile boolean aborted;

    /** The first call was made; by now it may be over, and another one under way. */
    public void first(Abort call) {
        if (underWay.compareAndSet(null, call) && aborted) {
            call.now();
        }
    }

    /** Another call was made, after the one before it had come to its end. */
    public void next(Abort call) {
        underWay.set(call);
        if (aborted) {
            call.now();
        }
    }

    /** Whether it was broken off, so that no other call should be made. */
    public boolean isAborted() {
        return aborted;
    }

    @Override
    public void now() {
        aborted = true;
        Abort call = underWay.get();
        if (call != null) {
            call.now();
        }
    }
}
