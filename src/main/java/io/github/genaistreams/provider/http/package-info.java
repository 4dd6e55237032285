/**
 * HTTP exchanges with the APIs. {@link io.github.genaistreams.provider.http.Transport} sends a message within limits of
 * time, size and connections, and its caller reads the answer ({@link io.github.genaistreams.provider.http.Reading}).
 * Independent of any API.
 */
@NullMarked
package io.github.genaistreams.provider.http;

import org.jspecify.annotations.NullMarked;
