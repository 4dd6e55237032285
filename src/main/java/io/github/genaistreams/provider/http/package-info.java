/**
 * HTTP exchanges with the APIs: one at a time as an {@link io.github.genaistreams.provider.http.Transport.Message}, each
 * within its time, its size and a lane's connections, and read by whoever started it. Knows no API.
 */
package io.github.genaistreams.provider.http;
