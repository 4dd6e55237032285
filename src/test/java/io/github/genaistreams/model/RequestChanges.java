package io.github.genaistreams.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Changes of a good request: mistakes, one for each rule at least, and values at the very ends of what is allowed. */
final class RequestChanges {

    private static final String LONG = "x".repeat(257);
    private static final String REFERENCE = "sha256/" + "0".repeat(64);

    private RequestChanges() {}

    /** How the sentence begins that refuses it, and the change. */
    record Change<B>(String refusal, UnaryOperator<B> change) {
        @Override
        public String toString() {
            return refusal;
        }
    }

    static Stream<Change<ResponsesRequest.Builder>> mistakesInResponses() {
        return Stream.of(
                response("`batch_id` is blank", b -> b.batchId(" ")),
                response("`batch_id` is longer than 256", b -> b.batchId(LONG)),
                response("`batch_id` contains an unpaired surrogate", b -> b.batchId("\ud83d")),
                response("`index` is negative", b -> b.index(-1)),
                response("`batch_size` must be at least 1", b -> b.batchSize(0)),
                response("`index` must be less than batch_size", b -> b.index(3).batchSize(3)),
                response("model is missing", b -> b.model(null)),
                response("model is missing", b -> b.model(" ")),
                response("model has an unpaired surrogate", b -> b.model("\ude00")),
                response("user_prompt is missing or empty", b -> b.userPrompt((String) null)),
                response("user_prompt is missing or empty", b -> b.userPrompt("")),
                response("user_prompt is blank", b -> b.userPrompt(" \n")),
                response("user_prompt is an empty list", b -> b.userPrompt(UserPrompt.items(List.of()))),
                response("user_prompt[0].content[0].type is text", b -> b.userPrompt(chatItem())),
                response("user_prompt has an unpaired surrogate", b -> b.userPrompt("p\ud83d")),
                response("system_prompt has an unpaired surrogate", b -> b.systemPrompt("\ude00")),
                response("max_output_tokens is 15", b -> b.maxOutputTokens(15)),
                response("temperature is 5.0", b -> b.temperature(5.0)),
                response("temperature is -0.1", b -> b.temperature(-0.1)),
                response("temperature is NaN", b -> b.temperature(Double.NaN)),
                response("temperature is Infinity", b -> b.temperature(Double.POSITIVE_INFINITY)),
                response("top_p is 1.1", b -> b.topP(1.1)),
                response("top_logprobs is 21", b -> b.topLogprobs(21)),
                response("reasoning_effort is blank", b -> b.reasoningEffort("")),
                response("reasoning_summary is blank", b -> b.reasoningSummary(" ")),
                response("verbosity is blank", b -> b.verbosity("")),
                response("truncation is blank", b -> b.truncation("")),
                response("service_tier is blank", b -> b.serviceTier("")),
                response("flex_fallback is true, but service_tier is not flex", b -> b.flexFallback(true)),
                response("flex_fallback is true, but service_tier is not flex", b -> b.serviceTier("default")
                        .flexFallback(true)),
                response(
                        "extra_body.service_tier and flex_fallback cannot be used together",
                        b -> b.serviceTier("flex").flexFallback(true).extraBody(object().put("service_tier", "flex"))),
                response("prompt_cache_key is blank", b -> b.promptCacheKey("")),
                response("prompt_cache_retention is blank", b -> b.promptCacheRetention("")),
                response("max_tool_calls is 0", b -> b.maxToolCalls(0)),
                response("previous_response_id is blank", b -> b.previousResponseId("")),
                response("previous_response_id and conversation cannot be used together", b -> b.previousResponseId("r")
                        .conversation(text("c"))),
                response("conversation is not an ID or", b -> b.conversation(object())),
                response("prompt is not an object with an id", b -> b.prompt(text("p"))),
                response("store is false, but", b -> b.background(true).store(false)),
                response("store is false, but", b -> b.background(true).extraBody(object().put("store", false))),
                response("include[1] is null", b -> b.include(Arrays.asList("a", null))),
                response("include[0] is blank", b -> b.include(List.of(""))),
                response("metadata has 17 entries", b -> b.metadata(entries(17))),
                response("metadata.xxx", b -> b.metadata(Map.of("x".repeat(65), "v"))),
                response("metadata.k is null", b -> b.metadata(Collections.singletonMap("k", null))),
                response("metadata.k is too long", b -> b.metadata(Map.of("k", "v".repeat(513)))),
                response("safety_identifier is too long", b -> b.safetyIdentifier("x".repeat(65))),
                response("timeout_secs is 0", b -> b.timeoutSecs(0)),
                response("total_wait_secs is 86401", b -> b.totalWaitSecs(86_401)),
                response("stream_idle_timeout_secs is -1", b -> b.streamIdleTimeoutSecs(-1)),
                response("max_retries is -1", b -> b.maxRetries(-1)),
                response("max_retries is 101", b -> b.maxRetries(101)),
                response("retry_delay_min_ms is -1", b -> b.retryDelayMinMs(-1)),
                response("retry_delay_min_ms is 70000, more than", b -> b.retryDelayMinMs(70_000)),
                response("retry_delay_max_ms is 500, less than", b -> b.retryDelayMaxMs(500)),
                response("repair_attempts is 11", b -> b.repairAttempts(11)),
                response("repair_attempts is set, but validate_output is not", b -> b.repairAttempts(1)),
                response("max_concurrent_requests is 0", b -> b.maxConcurrentRequests(0)),
                response("priority is 0", b -> b.priority(0)),
                response("priority is 101", b -> b.priority(101)),
                response("credential is not an alias", b -> b.credential("a key")),
                response("credential is not an alias", b -> b.credential("x".repeat(65))));
    }

    static Stream<Change<ResponsesRequest.Builder>> goodResponses() {
        return Stream.of(
                response("nothing", b -> b),
                response("longest batch ID", b -> b.batchId("x".repeat(256))),
                response("last of a batch", b -> b.index(2).batchSize(3)),
                response("a template that says it all", b -> b.userPrompt((UserPrompt) null)
                        .prompt(object().put("id", "p"))),
                response("least tokens", b -> b.maxOutputTokens(16).topLogprobs(0)),
                response("coldest", b -> b.temperature(0.0).topP(0.0)),
                response("hottest", b -> b.temperature(2.0).topP(1.0).topLogprobs(20)),
                response("most metadata", b -> b.metadata(entries(16))),
                response("longest metadata", b -> b.metadata(Map.of("x".repeat(64), "v".repeat(512)))),
                response(
                        "longest names", b -> b.safetyIdentifier("x".repeat(64)).credential("x".repeat(64))),
                response(
                        "shortest waits", b -> b.timeoutSecs(1).totalWaitSecs(1).streamIdleTimeoutSecs(1)),
                response("longest waits", b -> b.timeoutSecs(86_400).totalWaitSecs(86_400)),
                response("one call at once", b -> b.maxConcurrentRequests(1)),
                response("least urgent", b -> b.priority(1)),
                response("most urgent", b -> b.priority(100)),
                response("no retry", b -> b.maxRetries(0).retryDelayMinMs(0).retryDelayMaxMs(0)),
                response("most retries", b -> b.maxRetries(100).retryDelayMaxMs(Integer.MAX_VALUE)),
                response("flex, and the default tier after it", b -> b.serviceTier("flex")
                        .flexFallback(true)),
                response("no fallback", b -> b.flexFallback(false)),
                response("no repair", b -> b.repairAttempts(0)),
                response("in the background", b -> b.background(true).store(true)),
                response("a conversation", b -> b.conversation(text("c"))));
    }

    static final List<BiFunction<ResponsesRequest.Builder, Integer, ResponsesRequest.Builder>> NUMBERS_OF_RESPONSES =
            List.of(
                    ResponsesRequest.Builder::index,
                    ResponsesRequest.Builder::batchSize,
                    ResponsesRequest.Builder::maxOutputTokens,
                    (b, n) -> b.temperature(n / 50.0),
                    (b, n) -> b.topP(n / 100.0),
                    ResponsesRequest.Builder::topLogprobs,
                    ResponsesRequest.Builder::maxToolCalls,
                    ResponsesRequest.Builder::timeoutSecs,
                    ResponsesRequest.Builder::totalWaitSecs,
                    ResponsesRequest.Builder::streamIdleTimeoutSecs,
                    ResponsesRequest.Builder::maxRetries,
                    ResponsesRequest.Builder::retryDelayMinMs,
                    ResponsesRequest.Builder::retryDelayMaxMs,
                    ResponsesRequest.Builder::repairAttempts,
                    ResponsesRequest.Builder::maxConcurrentRequests,
                    ResponsesRequest.Builder::priority);

    static Stream<Change<DocumentRequest.Builder>> mistakesInDocuments() {
        return Stream.of(
                document("`batch_id` is longer than 256", b -> b.batchId(LONG)),
                document("`index` is negative", b -> b.index(Integer.MIN_VALUE)),
                document("`batch_size` must be at least 1", b -> b.batchSize(-1)),
                document("`document` is missing", b -> b.document((byte[]) null)),
                document("`document` is empty", b -> b.document(new byte[0])),
                document("`document` is not the only source", b -> b.fileUrl("https://example.org/a.pdf")),
                document("`document` is not the only source", b -> b.checkpointId("c")),
                document("`file_url` is not an http or https address", b -> url(b, "ftp://example.org/a.pdf")),
                document("`file_url` is not an http or https address", b -> url(b, "https://example.org/a b")),
                document("`content_type` is not a media type", b -> b.contentType("pdf")),
                document("`content_type` is not a media type", b -> b.contentType("a/b\r\nX-Evil: 1")),
                document("`mode` is not a valid mode", b -> b.mode("very fast!")),
                document("`schema_version` is given without schema_id", b -> b.schemaVersion(1)),
                document("`page_schema` and schema_id cannot be used together", b -> b.pageSchema("{\"properties\":{}}")
                        .schemaId("s")),
                document("`segmentation_schema` and schema_id cannot be used together", b -> b.segmentationSchema("{}")
                        .schemaId("s")),
                document("`page_range` is not a list of pages", b -> b.pageRange("first")),
                document("`page_range` has a range that ends before", b -> b.pageRange("1,9-3")),
                document("`max_pages` is 0", b -> b.maxPages(0)),
                document("`max_pages` is 7001", b -> b.maxPages(7_001)),
                document("`webhook_url` is not an http or https address", b -> b.webhookUrl("javascript:alert(1)")),
                document("`poll_interval_secs` is 0", b -> b.pollIntervalSecs(0)),
                document("`max_poll_attempts` is 100001", b -> b.maxPollAttempts(100_001)),
                document("`timeout_secs` is 86401", b -> b.timeoutSecs(86_401)),
                document("`max_retries` is -1", b -> b.maxRetries(-1)),
                document("`base_retry_delay_secs` is -1", b -> b.baseRetryDelaySecs(-1)),
                document("`jitter_percent` is 1001", b -> b.jitterPercent(1_001)),
                document("`max_concurrent_requests` is 0", b -> b.maxConcurrentRequests(0)),
                document("`priority` is 0", b -> b.priority(0)),
                document("`priority` is 101", b -> b.priority(101)));
    }

    static Stream<Change<DocumentRequest.Builder>> goodDocuments() {
        return Stream.of(
                document("nothing", b -> b),
                document("an address", b -> url(b, "https://example.org/a%20b.pdf")),
                document("a reference", b -> b.document((byte[]) null).documentRef(REFERENCE)),
                document("a checkpoint", b -> b.document((byte[]) null).checkpointId("c")),
                document("a stored schema", b -> b.schemaId("s").schemaVersion(1)),
                document("pages", b -> b.pageRange("0, 5-10,20").maxPages(7_000)),
                document("pages that cannot be, which are a guess", b -> b.expectedPages(-1)),
                document("shortest waits", b -> b.pollIntervalSecs(1).maxPollAttempts(1)),
                document("longest waits", b -> b.pollIntervalSecs(3_600).maxPollAttempts(100_000)),
                document("no retry", b -> b.maxRetries(0).baseRetryDelaySecs(0).jitterPercent(0)),
                document(
                        "most retries",
                        b -> b.maxRetries(100).baseRetryDelaySecs(86_400).jitterPercent(1_000)));
    }

    static final List<BiFunction<DocumentRequest.Builder, Integer, DocumentRequest.Builder>> NUMBERS_OF_DOCUMENTS =
            List.of(
                    DocumentRequest.Builder::index,
                    DocumentRequest.Builder::batchSize,
                    DocumentRequest.Builder::maxPages,
                    DocumentRequest.Builder::expectedPages,
                    DocumentRequest.Builder::schemaVersion,
                    DocumentRequest.Builder::evalRubricId,
                    DocumentRequest.Builder::pollIntervalSecs,
                    DocumentRequest.Builder::maxPollAttempts,
                    DocumentRequest.Builder::timeoutSecs,
                    DocumentRequest.Builder::maxRetries,
                    DocumentRequest.Builder::baseRetryDelaySecs,
                    DocumentRequest.Builder::jitterPercent,
                    DocumentRequest.Builder::maxConcurrentRequests,
                    DocumentRequest.Builder::priority);

    private static Change<ResponsesRequest.Builder> response(
            String refusal, UnaryOperator<ResponsesRequest.Builder> change) {
        return new Change<>(refusal, change);
    }

    private static Change<DocumentRequest.Builder> document(
            String refusal, UnaryOperator<DocumentRequest.Builder> change) {
        return new Change<>(refusal, change);
    }

    private static DocumentRequest.Builder url(DocumentRequest.Builder request, String url) {
        return request.document((byte[]) null).fileUrl(url);
    }

    private static UserPrompt chatItem() {
        ObjectNode item = object().put("role", "user");
        item.putArray("content").addObject().put("type", "text").put("text", "Hello");
        return UserPrompt.items(List.of(item));
    }

    private static Map<String, String> entries(int count) {
        return IntStream.range(0, count).boxed().collect(Collectors.toMap(i -> "k" + i, i -> "v"));
    }

    private static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    private static JsonNode text(String text) {
        return TextNode.valueOf(text);
    }
}
