/**
 * What the topology knows of an API: {@link io.github.genaistreams.provider.ApiClient} starts a call and
 * {@link io.github.genaistreams.provider.CallOutcome} says what became of it. One package below for each API, and
 * one for HTTP. Knows nothing of Kafka.
 */
package io.github.genaistreams.provider;
