/**
 * The life of a call, in reading order:
 *
 * <ol>
 *   <li>{@link io.github.genaistreams.topology.call.CallProcessor}: one for each partition of requests; its turns.
 *   <li>{@link io.github.genaistreams.topology.call.Intake}: a request is read, and is open from then on; a retry comes back.
 *   <li>{@link io.github.genaistreams.topology.call.Item}: the states of an open item, and the ways between them.
 *   <li>{@link io.github.genaistreams.topology.call.Lane}: all open items of a partition, and whose turn it is.
 *   <li>{@link io.github.genaistreams.topology.call.OpenItems}: what a crash must not lose of them.
 *   <li>{@link io.github.genaistreams.topology.call.OpenOffsets}: how that is written: bitmaps of offsets.
 *   <li>{@link io.github.genaistreams.topology.call.Calls}: an item is called, at once or when its mark is committed.
 *   <li>{@link io.github.genaistreams.topology.call.Exchanges} and {@link io.github.genaistreams.topology.call.Exchange}: the HTTP side of
 *       that, and the way of its outcome back to the stream thread.
 *   <li>{@link io.github.genaistreams.topology.call.Outcomes}: what follows from an outcome.
 *   <li>{@link io.github.genaistreams.topology.call.RemoteJobs}: the API goes on by itself, and is asked.
 *   <li>{@link io.github.genaistreams.topology.call.Retries}: another attempt, by way of the retry topic.
 *   <li>{@link io.github.genaistreams.topology.call.Endings}: the item has its result, and is open no more.
 *   <li>{@link io.github.genaistreams.topology.call.Results} and {@link io.github.genaistreams.topology.call.Outbox}: what is in the result, and
 *       in its record.
 * </ol>
 *
 * Beside that: {@link io.github.genaistreams.topology.call.TakeOver}, what a worker before has left open; {@link
 * io.github.genaistreams.topology.call.Stops}, batches that are cancelled or over their budget; {@link
 * io.github.genaistreams.topology.call.Splitting}, whole batches in one record.
 */
package io.github.genaistreams.topology.call;
