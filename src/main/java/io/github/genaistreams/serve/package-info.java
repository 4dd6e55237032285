/**
 * {@code genai serve}: an HTTP server for people with a browser and for programs that use OpenAI's API instead of Kafka.
 * Start with {@link io.github.genaistreams.serve.GenAiServer}. {@code serve.http} has the routes, {@code serve.batch} has
 * OpenAI's files and batches, {@code serve.page} has the page.
 */
@NullMarked
package io.github.genaistreams.serve;

import org.jspecify.annotations.NullMarked;
