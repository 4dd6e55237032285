/**
 * The Kafka Streams topology. {@link io.github.genaistreams.topology.GenAiTopology} is the picture as code: the life of a call is in
 * {@code topology.call}, batches are in {@code topology.batch}, what stands between Kafka and both is in {@code topology.gate} and
 * {@code topology.topic}. None of those knows this package.
 *
 * <p>What Kafka Streams (4.3) decides for us, and what follows from it here:
 *
 * <ul>
 *   <li>Its thread polls, processes, punctuates and commits in one loop. Nothing here blocks, and every turn is bounded
 *       in time, since it holds up all tasks of the thread.
 *   <li>With an idle input an outcome is seen no sooner than the poll returns, so that a poll ends when a call does.
 *   <li>An exception in {@code process()} or a punctuator ends the thread. Whatever a request or an answer can cause is
 *       caught where it arises and becomes that item's failed result; only Kafka's own exceptions get through.
 *   <li>In a punctuator there is no input record: an outgoing record's headers and time stamp are the ones journaled.
 *   <li>{@code close()} comes after the commit; nothing can be sent there. What must be finished before a task goes
 *       away, is finished before Kafka Streams is told of it.
 *   <li>While a rebalance is open, nothing is committed.
 * </ul>
 */
package io.github.genaistreams.topology;
