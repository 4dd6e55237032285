/**
 * Everything in one JVM: a broker, a worker, and batches by one call. Start at
 * {@link io.github.genaistreams.embedded.EmbeddedGenAi}.
 */
package io.github.genaistreams.embedded;
