/**
 * What becomes a batch: files of requests ({@link io.github.genaistreams.client.input.RequestFile}) and documents
 * ({@link io.github.genaistreams.client.input.DocumentSource}). Knows nothing of Kafka.
 */
package io.github.genaistreams.client.input;
