/**
 * How much may run and be held at once: limits, permits and figures that the threads of a worker share. Start at
 * {@link io.github.genaistreams.flow.Lanes} for what is open, and at {@link io.github.genaistreams.flow.Governor}
 * for whether a call may start. Used by the topology, the worker and a few commands. Pure bookkeeping without Kafka
 * Streams, HTTP or a clock, so that every rule can be tested on its own. The lane's task decides which item is called
 * next.
 */
@NullMarked
package io.github.genaistreams.flow;

import org.jspecify.annotations.NullMarked;
