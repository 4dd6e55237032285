/**
 * The client's side of a batch: submit it, follow it, read its results in index order.
 *
 * <p>Start at {@link io.github.genaistreams.client.BatchClient}. Pure computation
 * ({@link io.github.genaistreams.client.read.OrderedResults}, {@link io.github.genaistreams.client.read.BatchTally}) is
 * independent of Kafka.
 *
 * <p>Subpackages: {@code client.input} for the input of a batch, {@code client.content} for the content of a result,
 * {@code client.deadletter} for records that no worker could read.
 */
@NullMarked
package io.github.genaistreams.client;

import org.jspecify.annotations.NullMarked;
