package io.github.genaistreams.provider.http;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Bytes that may be in memory at once, for whoever does not know beforehand how many it needs. Thread-safe.
 *
 * <pre>
 *   taken at once   if it fits, or if nobody who holds or waits for any has come earlier
 *   else            when others have given back enough
 * </pre>
 *
 * So the earliest never waits: if it did, all could wait for each other. What is held is at most the total and what one takes.
 */
final class MemoryBudget {

    private final long total;
    private final Set<Share> shares = new LinkedHashSet<>();
    private long held;

    MemoryBudget(long total) {
        this.total = total;
    }

    synchronized long held() {
        return held;
    }

    /** How many wait for some. */
    synchronized long waiting() {
        return shares.stream().filter(share -> share.wanted > 0).count();
    }

    /** What one holds of it. */
    final class Share {

        private long mine;
        private long wanted;
        private Runnable whenTaken;
        private boolean isGivenBack;

        /**
         * Takes some more. Nothing is held of a share that was given back.
         *
         * @param whenTaken is run later, on any thread, if it has to wait
         * @return whether it need not wait
         */
        boolean take(long bytes, Runnable whenTaken) {
            synchronized (MemoryBudget.this) {
                if (isGivenBack) {
                    return true;
                }
                shares.add(this);
                this.wanted += bytes;
                this.whenTaken = whenTaken;
                return taken();
            }
        }

        private boolean taken() {
            if (held + wanted > total && shares.iterator().next() != this) {
                return false;
            }
            held += wanted;
            mine += wanted;
            wanted = 0;
            return true;
        }

        /** Gives back all of it, for good. May be called twice. */
        void giveBack() {
            List<Runnable> next = new ArrayList<>();
            synchronized (MemoryBudget.this) {
                isGivenBack = true;
                shares.remove(this);
                held -= mine;
                mine = 0;
                for (Share other : shares) {
                    if (other.wanted > 0 && other.taken()) {
                        next.add(other.whenTaken);
                    }
                }
            }
            next.forEach(Runnable::run);
        }
    }
}
