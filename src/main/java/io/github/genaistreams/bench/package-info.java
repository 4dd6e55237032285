/**
 * The measurements of {@code genai bench}: a worker, a bare client, and the ideal schedule. Start at
 * {@link io.github.genaistreams.bench.Bench}.
 */
package io.github.genaistreams.bench;
