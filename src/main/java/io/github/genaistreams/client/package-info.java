/**
 * The client's side of a batch: submit it, follow it, read its results in index order. Start at
 * {@link io.github.genaistreams.client.BatchClient}. Independent of the worker and the topology.
 *
 * <p>Subpackages: {@code client.input} for the input of a batch, {@code client.read} for its results and statuses,
 * {@code client.content} for the content of a result, {@code client.deadletter} for records that no worker could read,
 * and {@code client.kafka} for what all of these share.
 */
@NullMarked
package io.github.genaistreams.client;

import org.jspecify.annotations.NullMarked;
