/**
 * The front door: an HTTP server for people and programs that know OpenAI's API or a browser, and no Kafka. Start with
 * {@link io.github.genaistreams.serve.FrontDoor}; {@code serve.http} has the routes, {@code serve.batch} OpenAI's files
 * and batches.
 */
@NullMarked
package io.github.genaistreams.serve;

import org.jspecify.annotations.NullMarked;
