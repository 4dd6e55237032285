/**
 * APIs as the topology sees them: {@link io.github.genaistreams.provider.ApiClient} starts a call, and
 * {@link io.github.genaistreams.provider.CallOutcome} is its outcome. One package below for each API, and one for HTTP.
 * Independent of Kafka.
 */
@NullMarked
package io.github.genaistreams.provider;

import org.jspecify.annotations.NullMarked;
