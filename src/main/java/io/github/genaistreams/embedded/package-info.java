/**
 * Everything in one JVM: a broker, a worker, and batches with one method call. Start at
 * {@link io.github.genaistreams.embedded.EmbeddedGenAi}; {@link io.github.genaistreams.embedded.LocalKafka} is the
 * broker alone. The only package that uses a broker's classes.
 */
@NullMarked
package io.github.genaistreams.embedded;

import org.jspecify.annotations.NullMarked;
