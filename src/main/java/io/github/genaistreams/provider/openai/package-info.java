/**
 * The OpenAI Responses API as an {@link io.github.genaistreams.provider.ApiClient}: what to send
 * ({@code ResponsesBody}, with {@code Tools}, {@code ResponseFormat} and {@code JsonHint}), what cannot be sent
 * ({@code ResponsesCheck}, with a check for each part that has a shape of its own), how it travels
 * ({@link io.github.genaistreams.provider.openai.OpenAiClient}) and what an answer means
 * ({@link io.github.genaistreams.provider.openai.ResponseClassifier}): whole, as an event stream ({@code StreamedResponse},
 * {@code SseParser}), or about a response that is made in the background ({@code PollReading}).
 *
 * <p>Source of the contract: the API reference, https://platform.openai.com/docs/api-reference/responses, and the
 * OpenAPI document, https://github.com/openai/openai-openapi.
 */
package io.github.genaistreams.provider.openai;
