/**
 * The records as bytes: JSON and Avro, keys, partitioning, names of topics and headers, and the format of what the state
 * stores keep. Start at {@link io.github.genaistreams.wire.Codecs} for values, and at
 * {@link io.github.genaistreams.wire.RequestDecoder} for unchecked input. Both the client and the worker use it.
 */
@NullMarked
package io.github.genaistreams.wire;

import org.jspecify.annotations.NullMarked;
