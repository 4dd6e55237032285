/**
 * The content of a result: {@link io.github.genaistreams.client.content.ResponseTexts} for the text alone,
 * {@link io.github.genaistreams.client.content.ResponseView} for tool calls, refusals, summaries and JSON,
 * {@link io.github.genaistreams.client.content.DocumentContents} for a document. Independent of Kafka.
 */
@NullMarked
package io.github.genaistreams.client.content;

import org.jspecify.annotations.NullMarked;
