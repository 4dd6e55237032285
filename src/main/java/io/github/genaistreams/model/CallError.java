package io.github.genaistreams.model;

/**
 * Why a call failed, in the API's words if it gave any.
 *
 * @param message     one sentence for people, not null; never contains a key or a prompt
 * @param type        not null; the API's error type ({@code invalid_request_error}), or one of this program:
 *     {@code timeout}, {@code network_error}, {@code parse_error}, {@code incomplete}, {@code refusal},
 *     {@code invalid_request}, {@code internal_error}
 * @param code        the API's error code, or null
 * @param param       the invalid request field, or null
 * @param isRetriable whether a later attempt may succeed
 * @param httpStatus  the HTTP status of the answer, or null if there was none
 */
public record CallError(
        String message, String type, String code, String param, boolean isRetriable, Integer httpStatus) {

    public CallError {
        // Never null, whoever created it: every reader of a failure prints these.
        message = message == null ? "No reason given" : message;
        type = type == null ? "unknown" : type;
    }

    /** An invalid request; {@code field} is the field to correct. */
    public static CallError invalidRequest(String field, String message) {
        return new CallError(message, "invalid_request", "invalid_request", field, false, null);
    }

    /** A failure of this program, not of the request or the API. */
    public static CallError internal(String message) {
        return new CallError(message, "internal_error", "internal_error", null, false, null);
    }
}
