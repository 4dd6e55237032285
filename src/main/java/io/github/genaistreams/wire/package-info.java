/**
 * The records as bytes: JSON and Avro, keys, partitioning, topic and header names, and the journal's own record. Start
 * at {@link io.github.genaistreams.wire.Codecs} for values, and at {@link io.github.genaistreams.wire.RequestDecoder}
 * for unchecked input.
 */
@NullMarked
package io.github.genaistreams.wire;

import org.jspecify.annotations.NullMarked;
