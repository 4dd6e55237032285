/** The client's connections to Kafka: settings, producers, scans of topics, and what must be closed. */
@NullMarked
package io.github.genaistreams.client.kafka;

import org.jspecify.annotations.NullMarked;
