/**
 * The batch part of the topology: it counts the results of each batch into a status, and puts the results of ordered
 * batches in order. Start at {@link io.github.genaistreams.topology.batch.BatchAssembler} and
 * {@link io.github.genaistreams.topology.batch.Resequencer}.
 */
@NullMarked
package io.github.genaistreams.topology.batch;

import org.jspecify.annotations.NullMarked;
