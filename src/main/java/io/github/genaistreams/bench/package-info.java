/**
 * The measurements of {@code genai bench}: a worker, a bare client, and the ideal schedule. Start at
 * {@link io.github.genaistreams.bench.Bench}. Used by the commands only.
 */
@NullMarked
package io.github.genaistreams.bench;

import org.jspecify.annotations.NullMarked;
