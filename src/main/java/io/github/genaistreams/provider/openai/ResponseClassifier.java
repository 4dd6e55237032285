package io.github.genaistreams.provider.openai;

import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.io.JsonEOFException;
import com.fasterxml.jackson.databind.JsonNode;
import io.github.genaistreams.model.ApiLimits;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.provider.Answer;
import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.provider.CallOutcome.Accepted;
import io.github.genaistreams.provider.CallOutcome.Failed;
import io.github.genaistreams.provider.CallOutcome.Retry;
import io.github.genaistreams.provider.CallOutcome.Succeeded;
import io.github.genaistreams.provider.RemoteJob;
import io.github.genaistreams.provider.http.HttpAnswer;
import io.github.genaistreams.provider.http.RateLimits;
import io.github.genaistreams.provider.http.Redactor;
import io.github.genaistreams.provider.http.ServerDelay;
import io.github.genaistreams.wire.Json;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What an HTTP response means: success, retry or failure. Nothing else decides that. Only structured fields count: the
 * HTTP status, {@code x-should-retry}, the error's type and code, and the response's status. The first match decides:
 *
 * <pre>
 *   2xx, status completed, or none but an output     Succeeded, even if the output is empty; Failed if it is a refusal (*)
 *   2xx, status incomplete                           Failed (*)
 *   2xx, status failed                               Retry if its error stands for an HTTP status that is retried, else
 *                                                    Failed
 *   2xx, status queued or in_progress                Accepted, or Failed without an ID to poll
 *   2xx, any other status                            Failed
 *   2xx, not JSON or cut off                         Retry, although the lost answer may have been billed
 *   2xx, other JSON                                  as its error says, Failed without one
 *
 *   error, quota used up                             Failed, whatever the status
 *   error, one request above the whole limit         Failed
 *   error, x-should-retry: true / false              Retry / Failed
 *   408, 409, 429, 498, 5xx, out of capacity         Retry
 *   any other status                                 Failed
 *
 *   error event of a stream                          as an error with the status that its code or type stands for; 500
 *                                                    without both
 * </pre>
 *
 * (*) Succeeded if the request sets {@code fail_on_incomplete} to false. In either case, the answer says how it ended.
 *
 * <p>A failure keeps its answer, if there is one: its tokens are billed.
 *
 * @see <a href="https://platform.openai.com/docs/guides/error-codes">Error codes</a>
 */
final class ResponseClassifier {

    private static final Set<String> FINAL = Set.of("completed", "failed", "cancelled", "incomplete");
    private static final Set<String> RUNNING = Set.of("queued", "in_progress");

    private final Redactor redactor;
    private final InstantSource clock;

    /** @param clock for the date in a Retry-After */
    ResponseClassifier(Redactor redactor, InstantSource clock) {
        this.redactor = redactor;
        this.clock = clock;
    }

    /** @param failOnIncomplete whether a truncated answer or a refusal is a failure */
    CallOutcome classify(HttpAnswer answer, boolean failOnIncomplete) {
        return withLimits(answer, answer.is2xx() ? response(answer, failOnIncomplete) : error(answer));
    }

    /** The outcome with what the headers say about limits. Not a copy if they say nothing. */
    CallOutcome withLimits(HttpAnswer answer, CallOutcome outcome) {
        ApiLimits limits = RateLimits.reported(answer.headers(), clock.instant());
        return limits.isEmpty() ? outcome : outcome.withLimits(limits);
    }

    /** The outcome of a stream's error event. Its nested form may contain headers. */
    CallOutcome errorEvent(HttpAnswer head, JsonNode event) {
        ApiError api = ApiError.ofEvent(event);
        var equivalent = new HttpAnswer(api.impliedStatus(), headersOf(event), head.body());
        boolean again = isTransient(equivalent, api);
        String message = "The stream ended with " + named(api.code(), named(api.type(), "an error")) + said(api);
        String type = api.type() == null ? "stream_error" : api.type();
        CallError error = error(head, message, type, api, again);
        return again
                ? withLimits(equivalent, new Retry(error, serverDelay(equivalent), requestId(head)))
                : failed(head, error, null);
    }

    /** The job of a response that is not final. Empty if its ID is unusable. */
    Optional<RemoteJob> job(HttpAnswer http, JsonNode response) {
        return BackgroundResponse.of(response, http.header(PollPace.HEADER), clock.instant());
    }

    /** Whether a body is a response object, and not an error or anything else. */
    boolean isResponse(HttpAnswer http) {
        JsonNode body = bodyOrNull(http);
        return http.is2xx() && body != null && isResponse(body);
    }

    /** A status alone is not enough: {@code {"status": "error", "message": "…"}} is not a response. */
    private static boolean isResponse(JsonNode body) {
        if (!body.isObject()) {
            return false;
        }
        String status = body.path("status").textValue();
        return body.path("output").isArray()
                || "response".equals(body.path("object").textValue())
                || status != null
                        && (isFinal(body)
                                || RUNNING.contains(status)
                                || ApiError.of(body).equals(ApiError.NONE));
    }

    /** Whether a response says that it has ended, however it did. */
    static boolean isFinal(JsonNode response) {
        String status = response.path("status").textValue();
        return status != null && FINAL.contains(status);
    }

    private CallOutcome response(HttpAnswer http, boolean failOnIncomplete) {
        Optional<Answer> completed = AnswerReader.completed(http.body(), requestId(http));
        if (completed.isPresent()) {
            return completed(http, completed.get(), failOnIncomplete);
        }
        JsonNode body;
        try {
            body = Json.read(http.body());
        } catch (StreamConstraintsException beyond) {
            // Valid so far, but beyond the parser's limits, as it would be after a retry.
            String kind = "JSON that is nested too deeply or has a number with too many digits";
            return failed(http, parseError(http, kind, false), null);
        } catch (IOException notJson) {
            // Cut off or damaged on the way. The model's answer is lost, so only a retry is left.
            String kind = notJson instanceof JsonEOFException ? "JSON that is cut off" : "a body that is not JSON";
            return retry(http, parseError(http, kind, true)).possiblyDone();
        }
        if (body.isMissingNode()) {
            return retry(http, parseError(http, "an empty body", true)).possiblyDone();
        }
        return isResponse(body) ? response(http, body, failOnIncomplete) : notAResponse(http, ApiError.of(body));
    }

    /** The outcome of a response object from the last event of a stream. */
    CallOutcome streamed(HttpAnswer http, JsonNode body, boolean failOnIncomplete) {
        return withLimits(http, response(http, body, failOnIncomplete));
    }

    private CallOutcome response(HttpAnswer http, JsonNode body, boolean failOnIncomplete) {
        String told = Json.text(body, "status");
        String status = told == null ? "completed" : told;
        Answer answer = AnswerReader.read(body, requestId(http));
        return switch (status) {
            case "completed" -> completed(http, answer, failOnIncomplete);
            case "failed" -> failedResponse(http, ApiError.of(body), answer);
            case "incomplete" -> failOnIncomplete ? incomplete(http, body, answer) : new Succeeded(answer);
            case "cancelled" -> {
                String message = "The response was cancelled";
                yield failed(http, error(http, message, "cancelled", "cancelled", false), answer);
            }
            case "queued", "in_progress" ->
                job(http, body).<CallOutcome>map(Accepted::new).orElseGet(() -> notFinal(http, status, answer));
            default -> notFinal(http, status, answer);
        };
    }

    private CallOutcome completed(HttpAnswer http, Answer answer, boolean failOnIncomplete) {
        return failOnIncomplete && AnswerReader.REFUSAL.equals(answer.finish())
                ? refused(http, answer)
                : new Succeeded(answer);
    }

    private Failed notFinal(HttpAnswer http, String status, Answer answer) {
        String message = "The response has the status " + status + ", which is not final";
        return failed(http, error(http, message, "unexpected_status", status, false), answer);
    }

    private Failed incomplete(HttpAnswer http, JsonNode body, Answer answer) {
        String reason = Json.text(body.path("incomplete_details"), "reason");
        String message = "The response is incomplete: " + (reason == null ? "no reason given" : reason);
        return failed(http, error(http, message, "incomplete", reason, false), answer);
    }

    private Failed refused(HttpAnswer http, Answer answer) {
        String message = "The model refused to answer; raw_response has its text";
        return failed(http, error(http, message, "refusal", "refusal", false), answer);
    }

    private CallOutcome failedResponse(HttpAnswer http, ApiError api, @Nullable Answer answer) {
        boolean again = api.isTransient() && !api.isQuota() && !api.exceedsWholeLimit();
        String type = api.type() == null ? "response_failed" : api.type();
        String message = "The response failed with " + named(api.code(), "no code") + said(api);
        CallError error = error(http, message, type, api, again);
        return again
                ? new Retry(error, serverDelay(http), requestId(http), answer, false)
                : failed(http, error, answer);
    }

    /** JSON that is not a response object. Some gateways send errors with status 200. */
    private CallOutcome notAResponse(HttpAnswer http, ApiError api) {
        if (api.equals(ApiError.NONE)) {
            return failed(http, parseError(http, "JSON that is not a response object", false), null);
        }
        return failedResponse(http, api, null);
    }

    private CallOutcome error(HttpAnswer http) {
        JsonNode body = bodyOrNull(http);
        ApiError api = body == null ? ApiError.NONE : ApiError.of(body);
        boolean again = isTransient(http, api);
        String message = api.message() == null && api.code() == null && api.type() == null
                ? what(http, bodyKind(http, body))
                : "HTTP " + http.status() + " " + named(api.code(), named(api.type(), "error")) + said(api);
        String type = api.type() == null ? "http_error" : api.type();
        CallError error = error(http, message, type, api, again);
        return again ? retry(http, error) : failed(http, error, null);
    }

    private static boolean isTransient(HttpAnswer http, ApiError api) {
        if (api.isQuota() || http.status() == 429 && api.exceedsWholeLimit()) {
            return false;
        }
        String shouldRetry = http.header("x-should-retry");
        if (shouldRetry != null && shouldRetry.strip().equalsIgnoreCase("true")) {
            return true;
        }
        if (shouldRetry != null && shouldRetry.strip().equalsIgnoreCase("false")) {
            return false;
        }
        return isTransientStatus(http.status()) || api.isOutOfCapacity();
    }

    /** Whether a retry may succeed, by the HTTP status alone. 498 means "capacity exceeded" on some hosts. */
    static boolean isTransientStatus(int status) {
        return status == 408 || status == 409 || status == 429 || status == 498 || status >= 500;
    }

    private static @Nullable JsonNode bodyOrNull(HttpAnswer http) {
        try {
            JsonNode body = Json.read(http.body());
            return body.isMissingNode() ? null : body;
        } catch (IOException notJson) {
            return null;
        }
    }

    private static String bodyKind(HttpAnswer http, @Nullable JsonNode body) {
        String contentType = http.header("content-type");
        if (http.body().length == 0) {
            return "an empty body";
        }
        if (body != null) {
            return "JSON without an error message";
        }
        boolean html =
                contentType != null && contentType.toLowerCase(Locale.ROOT).contains("html");
        boolean json =
                contentType != null && contentType.toLowerCase(Locale.ROOT).contains("json");
        return html ? "an HTML body" : json ? "JSON that cannot be read" : "a body that is not JSON";
    }

    /** {@code HTTP 502 with an HTML body (text/html, 1,234 bytes)}. */
    private static String what(HttpAnswer http, String kind) {
        String contentType = http.header("content-type");
        int length = http.body().length;
        String size = String.format(Locale.ROOT, "%,d bytes", length);
        String detail =
                length == 0 ? "" : contentType == null ? " (" + size + ")" : " (" + contentType + ", " + size + ")";
        return "HTTP " + http.status() + " with " + kind + detail;
    }

    private static String named(@Nullable String name, String otherwise) {
        return name == null || name.isBlank() ? otherwise : name;
    }

    private static String said(ApiError api) {
        return api.message() == null || api.message().isBlank() ? "" : ": " + api.message();
    }

    private CallError parseError(HttpAnswer http, String kind, boolean again) {
        return error(http, what(http, kind), "parse_error", ApiError.NONE, again);
    }

    private CallError error(HttpAnswer http, String message, String type, @Nullable String code, boolean again) {
        return error(http, message, type, new ApiError(null, null, code, null), again);
    }

    /** An error with code and field of the API's own. */
    private CallError error(HttpAnswer http, String message, String type, ApiError api, boolean again) {
        return new CallError(
                redactor.clean(message),
                redactor.clean(type),
                redactor.cleanOrNull(api.code()),
                redactor.cleanOrNull(api.param()),
                again,
                http.status());
    }

    private Retry retry(HttpAnswer http, CallError error) {
        return new Retry(error, serverDelay(http), requestId(http));
    }

    Duration serverDelay(HttpAnswer http) {
        return ServerDelay.of(http.status(), http.headers(), clock.instant());
    }

    private Failed failed(HttpAnswer http, CallError error, @Nullable Answer answer) {
        // A success without an answer: something was done, but nobody knows what.
        return new Failed(error, answer, requestId(http), answer == null && http.is2xx());
    }

    private static HttpAnswer.Headers headersOf(JsonNode event) {
        var headers = new TreeMap<String, String>(String.CASE_INSENSITIVE_ORDER);
        event.path("error")
                .path("headers")
                .properties()
                .forEach(h -> headers.put(h.getKey(), h.getValue().asText()));
        return headers::get;
    }

    @Nullable
    String requestId(HttpAnswer http) {
        return redactor.cleanOrNull(http.header("x-request-id"));
    }
}
