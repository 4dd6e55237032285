/**
 * The client's side of a batch: submit it, follow it, read its results in index order.
 *
 * <p>{@link io.github.genaistreams.client.BatchClient} is the entry. What is arithmetic only
 * ({@link io.github.genaistreams.client.OrderedResults}, {@link io.github.genaistreams.client.BatchTally})
 * knows nothing of Kafka.
 *
 * <p>What is in a result: {@link io.github.genaistreams.client.ResponseTexts} for the text alone,
 * {@link io.github.genaistreams.client.ResponseView} for tool calls, refusals, summaries and JSON.
 */
package io.github.genaistreams.client;
