/**
 * The API simulator: a server that answers as OpenAI and Datalab do, with delays, limits and faults on demand. Start at
 * {@link io.github.genaistreams.sandbox.ApiSandbox}. Knows no Kafka, no worker and no command line.
 */
@NullMarked
package io.github.genaistreams.sandbox;

import org.jspecify.annotations.NullMarked;
