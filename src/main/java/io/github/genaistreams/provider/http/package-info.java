/**
 * HTTP exchanges with the APIs: each is an {@link io.github.genaistreams.provider.http.Transport.Message}, within its
 * time, its size and a lane's connections, and its caller reads it. Independent of any API.
 */
package io.github.genaistreams.provider.http;
