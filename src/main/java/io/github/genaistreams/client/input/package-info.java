/**
 * The input of a batch: files of requests ({@link io.github.genaistreams.client.input.RequestFile}) and documents
 * ({@link io.github.genaistreams.client.input.DocumentSource}). Independent of Kafka.
 */
@NullMarked
package io.github.genaistreams.client.input;

import org.jspecify.annotations.NullMarked;
