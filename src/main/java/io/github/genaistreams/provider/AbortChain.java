package io.github.genaistreams.provider;

import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** A chain of calls for one outcome. Aborts the one in progress. Thread-safe. */
public final class AbortChain implements Abort {

    private final AtomicReference<@Nullable Abort> underWay = new AtomicReference<>();
    private volatile boolean aborted;

    /** The first call was made. It may already be over, with another one in progress. */
    public void first(Abort call) {
        if (underWay.compareAndSet(null, call) && aborted) {
            call.now();
        }
    }

    /** Another call was made after the previous one had ended. */
    public void next(Abort call) {
        underWay.set(call);
        if (aborted) {
            call.now();
        }
    }

    /** Whether the chain was aborted, so that no further call should be made. */
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
