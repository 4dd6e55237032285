package io.github.genaistreams.topology.call;

import java.util.concurrent.atomic.AtomicLong;

/** How many bytes of waiting requests may be in memory, over all tasks of a process. Thread-safe. */
public final class HeapRoom {

    private final long max;
    private final AtomicLong taken = new AtomicLong();

    HeapRoom(long max) {
        this.max = max;
    }

    /** A quarter of the heap. */
    public static HeapRoom ofThisProcess() {
        return new HeapRoom(Runtime.getRuntime().maxMemory() / 4);
    }

    /** False without any effect if there is no room for this many bytes. */
    boolean take(int bytes) {
        long before;
        do {
            before = taken.get();
            if (before + bytes > max) {
                return false;
            }
        } while (!taken.compareAndSet(before, before + bytes));
        return true;
    }

    void giveBack(int bytes) {
        taken.addAndGet(-bytes);
    }
}
