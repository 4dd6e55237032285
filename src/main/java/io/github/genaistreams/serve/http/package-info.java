/**
 * The HTTP side of the front door: routes with blocking handlers, keys, and the checks that every request passes. Knows
 * nothing of batches. Start with {@link io.github.genaistreams.serve.http.Router}.
 */
@NullMarked
package io.github.genaistreams.serve.http;

import org.jspecify.annotations.NullMarked;
