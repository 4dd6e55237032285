/**
 * The Kafka Streams topology. {@link io.github.genaistreams.topology.GenAiTopology} is the picture as code. The life of
 * a call is in {@code topology.call}, batches are in {@code topology.batch}, and the layer between Kafka and both is in
 * {@code topology.gate} and {@code topology.topic}. None of these imports this package.
 *
 * <p>What Kafka Streams (4.3) prescribes, and what follows from it here:
 *
 * <ul>
 * <li>Its thread polls, processes, punctuates and commits in one loop. Nothing here blocks, and every turn is limited
 * in time, since it holds up all tasks of the thread.
 * <li>Without input, an outcome is handled only when the poll returns. So the end of a call ends the poll.
 * <li>An exception in {@code process()} or a punctuator ends the thread. An error caused by a request or an answer is
 * caught where it arises and becomes that item's failed result. Only Kafka's own exceptions pass through.
 * <li>A punctuator has no input record. So an outgoing record has the journaled headers and time stamp.
 * <li>{@code close()} comes after the commit, so nothing can be sent there. What must be finished before a task goes
 * away is finished before Kafka Streams hears of it.
 * <li>While a rebalance is open, nothing is committed.
 * </ul>
 */
@NullMarked
package io.github.genaistreams.topology;

import org.jspecify.annotations.NullMarked;
