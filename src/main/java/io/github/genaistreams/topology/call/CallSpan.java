package io.github.genaistreams.topology.call;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.Usage;
import io.github.genaistreams.provider.Answer;
import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.provider.RemoteJob;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The span of one call, or of one poll of a job. The first thread that ends it decides how it ends. Thread-safe.
 *
 * <p>It never contains a prompt, an answer or an error message. It contains a text of the API only if the text looks like
 * a name.
 */
final class CallSpan {

    /** The span when nothing is traced. */
    static final CallSpan NONE = new CallSpan(Span.getInvalid(), Context.root(), Set.of());

    private static final AttributeKey<String> OUTCOME = AttributeKey.stringKey("genai_streams.outcome");
    private static final AttributeKey<String> REQUEST_ID = AttributeKey.stringKey("genai_streams.request_id");
    private static final AttributeKey<Boolean> ABANDONED = AttributeKey.booleanKey("genai_streams.abandoned");
    private static final AttributeKey<Long> REPAIRS = AttributeKey.longKey("genai_streams.repairs");
    private static final AttributeKey<Long> PAGES = AttributeKey.longKey("genai_streams.pages");
    private static final AttributeKey<String> RESPONSE_MODEL = AttributeKey.stringKey("gen_ai.response.model");
    private static final AttributeKey<List<String>> FINISH_REASONS =
            AttributeKey.stringArrayKey("gen_ai.response.finish_reasons");
    private static final AttributeKey<String> SERVICE_TIER = AttributeKey.stringKey("openai.response.service_tier");
    private static final AttributeKey<Long> INPUT = AttributeKey.longKey("gen_ai.usage.input_tokens");
    private static final AttributeKey<Long> CACHED = AttributeKey.longKey("gen_ai.usage.cache_read.input_tokens");
    private static final AttributeKey<Long> OUTPUT = AttributeKey.longKey("gen_ai.usage.output_tokens");
    private static final AttributeKey<Long> REASONING = AttributeKey.longKey("gen_ai.usage.reasoning.output_tokens");
    private static final AttributeKey<String> ERROR = AttributeKey.stringKey("error.type");
    private static final AttributeKey<Long> STATUS = AttributeKey.longKey("http.response.status_code");

    /** Error types of the conventions, by the error types of results; the others are the same in both. */
    private static final Map<String, String> REASONS = Map.of(
            Answer.COMPLETED,
            "stop",
            Answer.EMPTY,
            "stop",
            "incomplete:max_output_tokens",
            "length",
            "incomplete:content_filter",
            "content_filter",
            "failed",
            "error",
            "cancelled",
            "error");

    private static final Pattern NAME = Pattern.compile("[\\x21-\\x7e]{1,256}");

    private final Span span;
    private final Context context;
    private final Set<CallSpan> open;

    /**
     * @param context the context of this span
     * @param open    holds this span until it has ended
     */
    CallSpan(Span span, Context context, Set<CallSpan> open) {
        this.span = span;
        this.context = context;
        this.open = open;
    }

    /** The text if it can be a name; null otherwise. */
    static @Nullable String name(@Nullable String text) {
        return text != null && NAME.matcher(text).matches() ? text : null;
    }

    /** The API's ID of the job or response; null if it cannot be a name. */
    static @Nullable String name(RemoteJob job) {
        return name(job.requestId() == null ? job.id() : job.requestId());
    }

    /** Makes it the parent of what this thread sends. */
    Scope makeCurrent() {
        return this == NONE ? Scope.noop() : context.makeCurrent();
    }

    /** Nobody will handle its outcome; the call itself continues. */
    void abandon() {
        span.setAttribute(ABANDONED, true);
    }

    /** Its outcome will not be known. */
    void lose() {
        if (isFirstEnd()) {
            failed("lost");
            span.end();
        }
    }

    void end(CallOutcome outcome) {
        if (isFirstEnd()) {
            tell(outcome);
            span.end();
        }
    }

    private boolean isFirstEnd() {
        return span.isRecording() && open.remove(this);
    }

    private void tell(CallOutcome outcome) {
        if (outcome instanceof CallOutcome.Succeeded succeeded) {
            tell("succeeded", succeeded.answer(), null, succeeded.answer().requestId());
        } else if (outcome instanceof CallOutcome.Retry retry) {
            tell("retry", retry.answer(), retry.error(), retry.requestId());
        } else if (outcome instanceof CallOutcome.Failed failed) {
            tell("failed", failed.answer(), failed.error(), failed.requestId());
        } else if (outcome instanceof CallOutcome.Accepted accepted) {
            tell("accepted", null, accepted.unanswered(), null);
            span.setAttribute(CallTraces.RESPONSE_ID, name(accepted.job()));
        }
    }

    private void tell(String outcome, @Nullable Answer answer, @Nullable CallError error, @Nullable String requestId) {
        span.setAttribute(OUTCOME, outcome);
        span.setAttribute(REQUEST_ID, name(requestId));
        if (answer != null) {
            tell(answer);
        }
        if (error != null) {
            String type = name(error.code() == null ? error.type() : error.code());
            failed(type == null ? "_OTHER" : type);
            span.setAttribute(
                    STATUS,
                    error.httpStatus() == null ? null : error.httpStatus().longValue());
        }
    }

    private void failed(String type) {
        span.setAttribute(ERROR, type);
        span.setStatus(StatusCode.ERROR);
    }

    private void tell(Answer answer) {
        Usage usage = Costs.usage(answer);
        if (usage != null) {
            span.setAttribute(INPUT, usage.inputTokens());
            span.setAttribute(CACHED, usage.inputTokensDetails().get("cached_tokens"));
            span.setAttribute(OUTPUT, usage.outputTokens());
            span.setAttribute(REASONING, usage.outputTokensDetails().get("reasoning_tokens"));
        }
        Integer repairs = Results.repairs(answer);
        span.setAttribute(REPAIRS, repairs == null ? null : repairs.longValue());
        if (answer.document() != null) {
            Integer pages = answer.document().pageCount();
            span.setAttribute(PAGES, pages == null ? null : pages.longValue());
            return;
        }
        span.setAttribute(RESPONSE_MODEL, name(answer.model()));
        span.setAttribute(SERVICE_TIER, name(answer.serviceTier()));
        String reason = name(answer.finish());
        span.setAttribute(FINISH_REASONS, reason == null ? null : List.of(REASONS.getOrDefault(reason, reason)));
        JsonNode body = answer.body();
        if (body != null) {
            span.setAttribute(CallTraces.RESPONSE_ID, name(body.path("id").textValue()));
        }
    }
}
