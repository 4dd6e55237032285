/**
 * Between Kafka's consumer and Kafka Streams: backpressure
 * ({@link io.github.genaistreams.topology.gate.GatedConsumer}), assignment and hand-over of partitions
 * ({@link io.github.genaistreams.topology.gate.HandOver}, and {@link io.github.genaistreams.topology.gate.RevocationDelay}
 * for what it misses), and the time of commits
 * ({@link io.github.genaistreams.topology.gate.PacedProducer}). Start at
 * {@link io.github.genaistreams.topology.gate.IntakeGate}.
 */
@NullMarked
package io.github.genaistreams.topology.gate;

import org.jspecify.annotations.NullMarked;
