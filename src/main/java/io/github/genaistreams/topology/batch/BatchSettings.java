package io.github.genaistreams.topology.batch;

import java.time.Duration;

/**
 * Settings of batches.
 *
 * @param statusInterval minimum time between two statuses of a batch, except its first one and the one on completion
 * @param retention      how long a batch is remembered after its latest result
 * @param ordered        whether the results of every batch are also published in index order
 * @param dedupRetention how long an answered item is remembered, so that a repeat of its request is not called
 */
public record BatchSettings(Duration statusInterval, Duration retention, boolean ordered, Duration dedupRetention) {

    public static final BatchSettings DEFAULTS =
            new BatchSettings(Duration.ofSeconds(1), Duration.ofDays(7), false, Duration.ofDays(1));
}
