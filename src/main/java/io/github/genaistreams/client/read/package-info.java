/**
 * Reads results and statuses of batches. Start at {@link io.github.genaistreams.client.read.ResultReader}, which puts
 * the results of one or more batches in order. A service gets its readers from {@code BatchClient}.
 */
@NullMarked
package io.github.genaistreams.client.read;

import org.jspecify.annotations.NullMarked;
