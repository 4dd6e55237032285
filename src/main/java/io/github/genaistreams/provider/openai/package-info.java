/**
 * The OpenAI Responses API as an {@link io.github.genaistreams.provider.ApiClient}. Start at
 * {@link io.github.genaistreams.provider.openai.OpenAiClient}, which makes the calls. {@code ResponsesBody} is what it
 * sends, and {@code ResponseClassifier} decides what an answer means: one that comes whole, one that is streamed
 * ({@code StreamedResponse}, {@code SseParser}), or one about a background response ({@code PollResponseHandler}). Only the
 * worker uses this package.
 *
 * <p>Source of the contract: the API reference, https://platform.openai.com/docs/api-reference/responses, and the
 * OpenAPI document, https://github.com/openai/openai-openapi.
 */
@NullMarked
package io.github.genaistreams.provider.openai;

import org.jspecify.annotations.NullMarked;
