package io.github.genaistreams.e2e;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/**
 * A producer that keeps a batch going until something has happened: however slow the machine is, workers have something to do when
 * it happens, and however fast it is, no longer than that.
 */
final class Feed {

    /** Requests at least that have no result yet. */
    private final int backlog;

    private final TestCluster cluster;
    private final SeenRecords results;
    private final String batchId;
    private int sent;

    Feed(TestCluster cluster, SeenRecords results, String batchId, int backlog) {
        this.cluster = cluster;
        this.results = results;
        this.batchId = batchId;
        this.backlog = backlog;
    }

    /** Requests sent so far. */
    int sent() {
        return sent;
    }

    /** Reads results until the condition holds, and never lets the backlog fall below its size for long. */
    void until(BooleanSupplier condition, Duration patience) {
        results.readUntil(
                () -> {
                    if (condition.getAsBoolean()) {
                        return true;
                    }
                    if (sent - results.items() < backlog) {
                        cluster.submit(batchId, sent, sent + backlog);
                        sent += backlog;
                    }
                    return false;
                },
                patience);
    }
}
