/**
 * The measurements behind {@code genai bench}: a worker, a bare client, and the schedule that would be ideal. Start at
 * {@link io.github.genaistreams.bench.Bench}.
 */
package io.github.genaistreams.bench;
