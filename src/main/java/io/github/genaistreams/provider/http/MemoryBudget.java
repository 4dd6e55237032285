package io.github.genaistreams.provider.http;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * A limit on bytes in memory, for users that do not know in advance how many they need. A user takes bytes at once if
 * they fit, and otherwise when others have given back enough. The earliest user never waits: otherwise all could wait
 * for each other. So the total is at most the limit plus the size of one user. Thread-safe.
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

    /** Number of waiting users. */
    synchronized long waiting() {
        return shares.stream().filter(share -> share.wanted > 0).count();
    }

    /** One user's share. */
    final class Share {

        private long mine;
        private long wanted;
        private Runnable whenTaken = () -> {};
        private boolean isGivenBack;

        /**
         * Takes more bytes. A share that was given back takes none.
         *
         * @param whenTaken runs when the bytes are taken, on any thread, if this returns false
         * @return false if the user must wait for them
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

        /** Gives back all bytes, for good. May be called twice. */
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
