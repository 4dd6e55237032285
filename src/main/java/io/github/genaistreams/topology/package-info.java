/**
 * The Kafka Streams topology. {@link io.github.genaistreams.topology.GenAiTopology} is the picture as code. The life of a call, in
 * reading order:
 *
 * <ol>
 *   <li>{@link io.github.genaistreams.topology.CallProcessor}: one for each partition of requests; its turns.
 *   <li>{@link io.github.genaistreams.topology.Intake}: a request is read, and is open from then on; a retry comes back.
 *   <li>{@link io.github.genaistreams.topology.Item}: the states of an open item, and the ways between them.
 *   <li>{@link io.github.genaistreams.topology.Lane}: all open items of a partition, and whose turn it is.
 *   <li>{@link io.github.genaistreams.topology.OpenItems}: what a crash must not lose of them.
 *   <li>{@link io.github.genaistreams.topology.OpenOffsets}: how that is written: bitmaps of offsets.
 *   <li>{@link io.github.genaistreams.topology.Calls}: an item is called, at once or when its mark is committed.
 *   <li>{@link io.github.genaistreams.topology.Exchanges} and {@link io.github.genaistreams.topology.Exchange}: the HTTP side of
 *       that, and the way of its outcome back to the stream thread.
 *   <li>{@link io.github.genaistreams.topology.Outcomes}: what follows from an outcome.
 *   <li>{@link io.github.genaistreams.topology.RemoteJobs}: the API goes on by itself, and is asked.
 *   <li>{@link io.github.genaistreams.topology.Retries}: another attempt, by way of the retry topic.
 *   <li>{@link io.github.genaistreams.topology.Endings}: the item has its result, and is open no more.
 *   <li>{@link io.github.genaistreams.topology.Results} and {@link io.github.genaistreams.topology.Outbox}: what is in the result, and
 *       in its record.
 * </ol>
 *
 * Beside that: {@link io.github.genaistreams.topology.TakeOver}, what a worker before has left open; {@link
 * io.github.genaistreams.topology.Stops}, batches that are cancelled or over their budget; {@link
 * io.github.genaistreams.topology.Splitting}, whole batches in one record; {@link io.github.genaistreams.topology.GatedConsumer}, the
 * backpressure and the handing over of partitions.
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
