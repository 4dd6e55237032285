/**
 * The OpenAI Responses API as an {@link io.github.genaistreams.provider.ApiClient}: what to send
 * ({@code ResponsesBody}), what cannot be sent ({@code ResponsesCheck}), how it travels
 * ({@link io.github.genaistreams.provider.openai.OpenAiClient}, {@code Exchange}) and what an answer means
 * ({@link io.github.genaistreams.provider.openai.ResponseClassifier}).
 *
 * <p>Source of the contract: the API reference, https://platform.openai.com/docs/api-reference/responses, and the
 * OpenAPI document, https://github.com/openai/openai-openapi.
 */
package io.github.genaistreams.provider.openai;
