/**
 * How much may run and be held at once. Pure bookkeeping without Kafka Streams, HTTP or a clock, so that every rule
 * here can be tested on its own. A lane answers one question: which call may start now? A further limit (requests or
 * tokens per minute, an outage hold) belongs here, as another reason for {@link
 * io.github.genaistreams.flow.Lane#startNext} to say "none yet".
 */
package io.github.genaistreams.flow;
