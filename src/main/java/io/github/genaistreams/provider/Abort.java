package io.github.genaistreams.provider;

/** A way to break off a call that nobody wants any more. */
@FunctionalInterface
public interface Abort {

    /** For what cannot be broken off. */
    Abort NONE = () -> {};

    /**
     * Breaks the call off, and returns at once: its connection is closed, and nothing more is sent for it. Its outcome is told
     * all the same, once. Does nothing if it is over. Any thread.
     */
    void now();
}
