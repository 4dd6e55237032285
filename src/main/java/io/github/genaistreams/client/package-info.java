/**
 * The client's side of a batch: submit it, follow it, read its results in index order.
 *
 * <p>{@link io.github.genaistreams.client.BatchClient} is the entry. What is arithmetic only
 * ({@link io.github.genaistreams.client.read.OrderedResults}, {@link io.github.genaistreams.client.read.BatchTally})
 * knows nothing of Kafka.
 *
 * <p>Below: {@code client.input} for what becomes a batch, {@code client.content} for what is in a result, {@code client.deadletter}
 * for records that no worker could read.
 */
package io.github.genaistreams.client;
