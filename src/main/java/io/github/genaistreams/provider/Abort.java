package io.github.genaistreams.provider;

/** Aborts a call whose outcome is no longer needed. */
@FunctionalInterface
public interface Abort {

    /** For a call that cannot be aborted. */
    Abort NONE = () -> {};

    /**
     * Aborts the call and returns at once: its connection is closed, and nothing more is sent for it. Its outcome is
     * still reported, once. No effect if it is over. Any thread.
     */
    void now();
}
