package io.github.genaistreams.provider.openai;

import static java.util.Map.entry;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.genaistreams.provider.CallKind;
import io.github.genaistreams.provider.http.ErrorBody;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The content of an error, and what it means. OpenAI's errors have all four fields. Gateways send fewer, in forms of
 * their own ({@link ErrorBody}).
 *
 * @see <a href="https://platform.openai.com/docs/guides/error-codes">Error codes</a>
 */
record ApiError(
        @Nullable String message,
        @Nullable String type,
        @Nullable String code,
        @Nullable String param) {

    static final ApiError NONE = new ApiError(null, null, null, null);

    /** Some servers send the HTTP status as the code. */
    private static final Pattern HTTP_ERROR = Pattern.compile("[45]\\d\\d");

    /** The API has its figures at the beginning. What servers add is not searched. */
    private static final int SEARCHED = 2_000;

    private static final String NUMBER = "\\s*+(?::\\s*+)?(\\d[\\d,]{0,17}(?:\\.\\d{1,6})?)";
    private static final Pattern LIMIT = Pattern.compile("\\blimit" + NUMBER, Pattern.CASE_INSENSITIVE);
    private static final Pattern REQUESTED = Pattern.compile("\\brequested" + NUMBER, Pattern.CASE_INSENSITIVE);

    /**
     * HTTP status codes for errors inside a stream or a response, by code or type. The status of its own HTTP response
     * was sent before the error, and is a success.
     */
    private static final Map<String, Integer> STATUS = Map.ofEntries(
            entry("rate_limit_exceeded", 429),
            entry("rate_limit_error", 429),
            entry("slow_down", 429),
            entry("requests", 429),
            entry("tokens", 429),
            entry("resource_unavailable", 429),
            entry("capacity_exceeded", 498),
            entry("server_error", 500),
            entry("vector_store_timeout", 500),
            entry("server_is_overloaded", 503),
            entry("service_unavailable_error", 503),
            entry("overloaded_error", 529));

    /** Reads an error body of any form. {@link #NONE} if it is not one. */
    static ApiError of(JsonNode body) {
        ErrorBody read = ErrorBody.of(body);
        return new ApiError(read.message(), read.type(), read.code(), read.param());
    }

    /**
     * Reads the {@code error} event of a stream. In the API reference it is flat, {@code {type: "error", code, message,
     * param}}. The API sends it nested, {@code {type: "error", error: {type, code, message, param}}}
     * (https://github.com/openai/openai-node/pull/2021). Gateways send any form of an error body.
     */
    static ApiError ofEvent(JsonNode event) {
        ApiError read = of(event);
        return "error".equals(read.type) || "response.error".equals(read.type)
                ? new ApiError(read.message, null, read.code, read.param)
                : read;
    }

    /**
     * The HTTP status that the error stands for. An error without code and type is the server's fault: the request had
     * passed the API's checks before the stream began.
     */
    int impliedStatus() {
        if (code != null && HTTP_ERROR.matcher(code).matches()) {
            return Integer.parseInt(code);
        }
        if (code == null && type == null) {
            return 500;
        }
        Integer byCode = code == null ? null : STATUS.get(code);
        Integer byType = type == null ? null : STATUS.get(type);
        return byCode != null ? byCode : byType != null ? byType : 400;
    }

    /** Whether the API lacks capacity, whatever the HTTP status. */
    boolean isOutOfCapacity() {
        return CallKind.isOutOfCapacity(code) || CallKind.isOutOfCapacity(type);
    }

    boolean isQuota() {
        return CallKind.isQuota(code) || CallKind.isQuota(type);
    }

    /** Whether a retry may succeed, by code or type. False without both. */
    boolean isTransient() {
        return (code != null || type != null) && ResponseClassifier.isTransientStatus(impliedStatus());
    }

    /**
     * Whether a single request is above the limit per minute, so that no wait helps. The API says this only in the
     * message ("Limit 30000, Requested 45000"). No other method reads numbers from a message. False without both
     * numbers.
     */
    boolean exceedsWholeLimit() {
        if (!"rate_limit_exceeded".equals(code) || message == null) {
            return false;
        }
        double limit = numberAfter(LIMIT, message);
        double requested = numberAfter(REQUESTED, message);
        return limit > 0 && requested > limit;
    }

    private static double numberAfter(Pattern word, String message) {
        Matcher found = word.matcher(message.substring(0, Math.min(message.length(), SEARCHED)));
        return found.find() ? Double.parseDouble(found.group(1).replace(",", "")) : -1;
    }
}
