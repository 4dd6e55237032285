/**
 * The records as bytes: JSON and Avro, keys, partitioning, topic and header names, and the journal's own
 * record. Start at {@link io.github.genaistreams.wire.Codecs} for values, at
 * {@link io.github.genaistreams.wire.RequestDecoder} for input that nobody has checked yet.
 */
package io.github.genaistreams.wire;
