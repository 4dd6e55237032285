/**
 * The API simulator: a server that answers as OpenAI and Datalab do, with delays, limits and faults on demand. Start at
 * {@link io.github.genaistreams.sandbox.ApiSandbox}. It depends on neither Kafka nor the worker nor the command line.
 */
@NullMarked
package io.github.genaistreams.sandbox;

import org.jspecify.annotations.NullMarked;
