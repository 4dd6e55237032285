/**
 * HTTP exchanges with the APIs. {@link io.github.genaistreams.provider.http.Transport} sends a message within limits of
 * time, size and connections. A {@link io.github.genaistreams.provider.http.ResponseHandler} of its caller reads the answer.
 * Independent of any API.
 */
@NullMarked
package io.github.genaistreams.provider.http;

import org.jspecify.annotations.NullMarked;
