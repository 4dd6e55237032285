package io.github.genaistreams.provider.openai;

import static java.util.Map.entry;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.genaistreams.provider.CallKind;
import io.github.genaistreams.provider.http.ErrorBody;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The content of an error, with null for missing fields, and its meaning. OpenAI's errors have all four fields;
 * gateways send fewer, in their own forms ({@link ErrorBody}).
 *
 * @see <a href="https://platform.openai.com/docs/guides/error-codes">Error codes</a>
 */
record ApiError(String message, String type, String code, String param) {

    static final ApiError NONE = new ApiError(null, null, null, null);

    /** Some servers put the status here. */
    private static final Pattern HTTP_ERROR = Pattern.compile("[45]\\d\\d");

    /** The API says it at the beginning; a server's additions are not searched. */
    private static final int SEARCHED = 2_000;

    private static final String NUMBER = "\\s*+(?::\\s*+)?(\\d[\\d,]{0,17}(?:\\.\\d{1,6})?)";
    private static final Pattern LIMIT = Pattern.compile("\\blimit" + NUMBER, Pattern.CASE_INSENSITIVE);
    private static final Pattern REQUESTED = Pattern.compile("\\brequested" + NUMBER, Pattern.CASE_INSENSITIVE);

    /**
     * HTTP status codes for errors inside a stream or a response, by code or type. Its own HTTP status was sent before
     * the error, or says nothing.
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

    /** Reads an error body in any form; {@link #NONE} if it is not one. */
    static ApiError of(JsonNode body) {
        ErrorBody read = ErrorBody.of(body);
        return new ApiError(read.message(), read.type(), read.code(), read.param());
    }

    /**
     * Reads the {@code error} event of a stream. The API reference has it flat, {@code {type: "error", code, message,
     * param}}; what is sent is nested, {@code {type: "error", error: {type, code, message, param}}}
     * (https://github.com/openai/openai-node/pull/2021). Gateways send any of the forms of a body.
     */
    static ApiError ofEvent(JsonNode event) {
        ApiError read = of(event);
        return "error".equals(read.type) || "response.error".equals(read.type)
                ? new ApiError(read.message, null, read.code, read.param)
                : read;
    }

    /**
     * The equivalent HTTP status. An error without code and type does not blame the request, which had passed the API's
     * checks before the stream began: it is the server's fault.
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

    /** Whether it is a lack of capacity, whatever the HTTP status. */
    boolean isOutOfCapacity() {
        return CallKind.isOutOfCapacity(code) || CallKind.isOutOfCapacity(type);
    }

    boolean isQuota() {
        return CallKind.isQuota(code) || CallKind.isQuota(type);
    }

    /** Whether a retry may succeed, by code or type; without both, no. */
    boolean isPassing() {
        return (code != null || type != null) && ResponseClassifier.isPassing(impliedStatus());
    }

    /**
     * A single request above the limit per minute, which no wait can fix. The API says so only in the message ("Limit
     * 30000, Requested 45000"), so only this method reads numbers from a message. Without both numbers, the answer is
     * no.
     */
    boolean exceedsWholeLimit() {
        if (!"rate_limit_exceeded".equals(code) || message == null) {
            return false;
        }
        double limit = numberAfter(LIMIT);
        double requested = numberAfter(REQUESTED);
        return limit > 0 && requested > limit;
    }

    private double numberAfter(Pattern word) {
        Matcher found = word.matcher(message.substring(0, Math.min(message.length(), SEARCHED)));
        return found.find() ? Double.parseDouble(found.group(1).replace(",", "")) : -1;
    }
}
