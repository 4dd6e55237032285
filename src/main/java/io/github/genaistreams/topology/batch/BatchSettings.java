package io.github.genaistreams.topology.batch;

import java.time.Duration;

/**
 * How batches are followed.
 *
 * @param statusInterval least time between two statuses of a batch, but for its first and that of its completion
 * @param retention      how long a batch is known after its latest result
 * @param ordered        whether the results of every batch are also published in index order
 * @param dedupRetention how long an answered item is known, so that a repeat of its request is not called again
 */
public record BatchSettings(Duration statusInterval, Duration retention, boolean ordered, Duration dedupRetention) {

    public static final BatchSettings DEFAULTS =
            new BatchSettings(Duration.ofSeconds(1), Duration.ofDays(7), false, Duration.ofDays(1));
}
