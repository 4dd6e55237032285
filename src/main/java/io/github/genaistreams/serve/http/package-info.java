/**
 * The HTTP side of {@code genai serve}: routes with blocking handlers, keys, and the checks for every request. It knows
 * nothing about batches. Start with {@link io.github.genaistreams.serve.http.Router}.
 */
@NullMarked
package io.github.genaistreams.serve.http;

import org.jspecify.annotations.NullMarked;
