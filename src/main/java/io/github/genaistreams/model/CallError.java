package io.github.genaistreams.model;

import org.jspecify.annotations.Nullable;

/**
 * Why a call failed, in the API's words if it gave any.
 *
 * @param message     one sentence for people; never contains a key or a prompt
 * @param type        the API's error type ({@code invalid_request_error}), or one of this program:
 *     {@code timeout}, {@code network_error}, {@code parse_error}, {@code incomplete}, {@code refusal},
 *     {@code invalid_request}, {@code internal_error}
 * @param code        the API's error code, if it has one
 * @param param       the invalid request field, if it is known
 * @param isRetriable whether a later attempt may succeed
 * @param httpStatus  the HTTP status of the answer; null without one
 */
public record CallError(
        String message,
        String type,
        @Nullable String code,
        @Nullable String param,
        boolean isRetriable,
        @Nullable Integer httpStatus) {

    /** The message of a failure without one. */
    public static final String NO_REASON = "No reason given";

    public CallError {
        // Never null, whoever created it: every reader of a failure prints these.
        message = message == null ? NO_REASON : message;
        type = type == null ? "unknown" : type;
    }

    /** An invalid request; {@code field} is the field to correct, if it is known. */
    public static CallError invalidRequest(@Nullable String field, String message) {
        return new CallError(message, "invalid_request", "invalid_request", field, false, null);
    }

    /** A failure of this program, not of the request or the API. */
    public static CallError internal(String message) {
        return new CallError(message, "internal_error", "internal_error", null, false, null);
    }
}
