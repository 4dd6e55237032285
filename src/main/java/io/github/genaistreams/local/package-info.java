/**
 * What a single machine needs to try, test or benchmark the whole: {@link io.github.genaistreams.local.LocalKafka},
 * a real Kafka broker in this process, and {@link io.github.genaistreams.local.ApiSandbox}, a server that answers
 * like the AI API. The only package that knows a broker's classes; it knows no topology, worker or command line.
 */
package io.github.genaistreams.local;
