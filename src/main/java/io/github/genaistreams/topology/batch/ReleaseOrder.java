package io.github.genaistreams.topology.batch;

/** How far the results of one batch are published in index order. Not thread-safe. */
final class ReleaseOrder {

    /** Whether the results are published in order at all. */
    boolean isOn;

    /** The lowest index that was not released. */
    int next;

    /** Number of results that wait for a lower index. */
    long held;
}
