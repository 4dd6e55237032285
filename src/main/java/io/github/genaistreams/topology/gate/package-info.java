/**
 * Between Kafka's consumer and Kafka Streams: backpressure
 * ({@link io.github.genaistreams.topology.gate.GatedConsumer}), assignment and hand-over of partitions
 * ({@link io.github.genaistreams.topology.gate.HandOver}), and the time of commits
 * ({@link io.github.genaistreams.topology.gate.PacedProducer}). Start at
 * {@link io.github.genaistreams.topology.gate.IntakeGate}.
 */
package io.github.genaistreams.topology.gate;
