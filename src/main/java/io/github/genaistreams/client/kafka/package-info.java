/**
 * The client's connections to Kafka: settings, producers, scans of topics, and what must be closed. Start at
 * {@link io.github.genaistreams.client.kafka.KafkaSettings} and
 * {@link io.github.genaistreams.client.kafka.TopicScan}. Shared by {@code client}, its subpackages and {@code serve}. Others need only
 * {@link io.github.genaistreams.client.kafka.BatchClientException}.
 */
@NullMarked
package io.github.genaistreams.client.kafka;

import org.jspecify.annotations.NullMarked;
