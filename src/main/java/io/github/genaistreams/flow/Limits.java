package io.github.genaistreams.flow;

import java.util.Map;

/**
 * What each credential may do, over all lanes of a worker. Thread-safe as far as its implementation is; the lanes of
 * several threads ask the same one.
 */
public interface Limits {

    /** No bound beside those of the lanes. */
    Limits NONE = new Limits() {
        @Override
        public boolean tryStart(String credential, int pages) {
            return true;
        }

        @Override
        public void started(String credential, int pages) {}

        @Override
        public void ended(String credential, int pages) {}
    };

    /**
     * Whether a call with this credential may start now; it then counts as started.
     *
     * @param pages of its document; 0 for a call without
     */
    boolean tryStart(String credential, int pages);

    /** A call goes on that another process has started. */
    void started(String credential, int pages);

    /** A call has come to its end, whichever. */
    void ended(String credential, int pages);

    /** Those of several credentials; one that is not among them has no bound. */
    static Limits of(Map<String, CallLimits> byCredential) {
        Map<String, CallLimits> all = Map.copyOf(byCredential);
        return new Limits() {
            @Override
            public boolean tryStart(String credential, int pages) {
                CallLimits own = all.get(credential);
                return own == null || own.tryStart(pages);
            }

            @Override
            public void started(String credential, int pages) {
                CallLimits own = all.get(credential);
                if (own != null) {
                    own.started(pages);
                }
            }

            @Override
            public void ended(String credential, int pages) {
                CallLimits own = all.get(credential);
                if (own != null) {
                    own.ended(pages);
                }
            }
        };
    }
}
