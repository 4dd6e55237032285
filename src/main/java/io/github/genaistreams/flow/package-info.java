/**
 * How much may run and be held at once: bounds, permits and figures that the threads of a worker share. Pure bookkeeping without Kafka
 * Streams, HTTP or a clock, so that every rule here can be tested on its own. Which item is called next is a matter of its task.
 */
package io.github.genaistreams.flow;
