/**
 * The life of a call, in reading order:
 *
 * <ol>
 * <li>{@link io.github.genaistreams.topology.call.CallProcessor}: one for each request partition; its turns.
 * <li>{@link io.github.genaistreams.topology.call.Intake}: a request is read, and is open from then on.
 * <li>{@link io.github.genaistreams.topology.call.Item}: the states of an open item, and the transitions between them.
 * <li>{@link io.github.genaistreams.topology.call.Lane}: all open items of a partition, and which is next.
 * <li>{@link io.github.genaistreams.topology.call.OpenItems}: what must survive a crash.
 * <li>{@link io.github.genaistreams.topology.call.OpenOffsets}: how that is stored, as bitmaps of offsets.
 * <li>{@link io.github.genaistreams.topology.call.Calls}: an item is called, at once or after its mark is committed.
 * <li>{@link io.github.genaistreams.topology.call.CallsInFlight} and {@link io.github.genaistreams.topology.call.CallInFlight}:
 * the HTTP side of that, and the way of its outcome back to the stream thread.
 * <li>{@link io.github.genaistreams.topology.call.Outcomes}: what follows from an outcome.
 * <li>{@link io.github.genaistreams.topology.call.RemoteJobs}: jobs at the API, and their polls.
 * <li>{@link io.github.genaistreams.topology.call.Retries}: another attempt, through the retry topic.
 * <li>{@link io.github.genaistreams.topology.call.Endings}: the item gets its result, and is no longer open.
 * <li>{@link io.github.genaistreams.topology.call.Results} and {@link io.github.genaistreams.topology.call.Outbox}: the
 * content of the result, and its record.
 * </ol>
 *
 * Also here: {@link io.github.genaistreams.topology.call.TakeOver} for open items of a previous worker;
 * {@link io.github.genaistreams.topology.call.EarlyIntake} for batches behind a backlog that fills the lane;
 * {@link io.github.genaistreams.topology.call.RetryIntake} for the way back from the retry topic;
 * {@link io.github.genaistreams.topology.call.StoppedBatches} for batches that are cancelled or over their budget;
 * {@link io.github.genaistreams.topology.call.Splitting} for whole batches in one record.
 */
@NullMarked
package io.github.genaistreams.topology.call;

import org.jspecify.annotations.NullMarked;
