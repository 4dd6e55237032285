package io.github.genaistreams.provider;

import io.github.genaistreams.model.BatchControl;
import io.github.genaistreams.model.CallError;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The kind of a call's end, for monitoring. Determined by an error's type, code and HTTP status, never by its message.
 * Everything else is {@link #OTHER}: an answer that is cut off, refused, invalid, or against its schema.
 */
public enum CallKind {
    SUCCESS,
    RATE_LIMIT,
    QUOTA,
    AUTH,
    INVALID_REQUEST,
    SERVER_ERROR,
    TIMEOUT,
    NETWORK,
    CANCELLED,
    OTHER;

    /**
     * A lack of money, not a rate limit: no retry helps until somebody pays or raises a limit. The first one, an old
     * type, may come with any of the newer codes (https://platform.openai.com/docs/guides/error-codes).
     */
    private static final Set<String> QUOTAS = Set.of(
            "insufficient_quota",
            "credit_balance_exhausted",
            "organization_spend_limit_exceeded",
            "project_spend_limit_exceeded",
            "organization_usage_limit_exceeded",
            "billing_hard_limit_reached",
            "billing_not_active");

    /**
     * The requested tier has no capacity now; not billed, and no sign of an outage. The second one and its status are
     * Groq's.
     *
     * @see <a href="https://platform.openai.com/docs/guides/flex-processing">OpenAI</a>
     * @see <a href="https://console.groq.com/docs/flex-processing">Groq</a>
     */
    private static final Set<String> OUT_OF_CAPACITY = Set.of("resource_unavailable", "capacity_exceeded");

    private static final int CAPACITY_STATUS = 498;

    private static final Pattern HTTP_ERROR = Pattern.compile("[45]\\d\\d");

    /** Whether this error type or code says that the quota is used up. */
    public static boolean isQuota(@Nullable String name) {
        return name != null && QUOTAS.contains(name);
    }

    /** Whether this error type or code says that the requested tier has no capacity. */
    public static boolean isOutOfCapacity(@Nullable String name) {
        return name != null && OUT_OF_CAPACITY.contains(name);
    }

    /** Whether a call was refused for a lack of capacity: by its HTTP status, in its body, or inside a stream. */
    public static boolean isOutOfCapacity(CallError error) {
        return isOutOfCapacity(error.type()) || isOutOfCapacity(error.code()) || status(error) == CAPACITY_STATUS;
    }

    /** @param error why the call failed; null on success */
    public static CallKind of(@Nullable CallError error) {
        if (error == null) {
            return SUCCESS;
        }
        if (isQuota(error.type()) || isQuota(error.code())) {
            return QUOTA;
        }
        CallKind ours = ofOurs(error.type());
        if (ours != null) {
            return ours;
        }
        if (isOutOfCapacity(error)) {
            return RATE_LIMIT;
        }
        int status = status(error);
        if (status >= 400) {
            return ofStatus(status);
        }
        CallKind byCode = ofName(error.code());
        return byCode == OTHER ? ofName(error.type()) : byCode;
    }

    /** The kind of an error type of our own, whatever the HTTP status. Null for other types. */
    private static @Nullable CallKind ofOurs(String type) {
        return switch (type) {
            case ApiClient.ABORTED, BatchControl.CANCELLED, BatchControl.BUDGET_EXCEEDED -> CANCELLED;
            case "timeout" -> TIMEOUT;
            case "network_error", "stream_interrupted" -> NETWORK;
            case "job_lost" -> OTHER;
            default -> null;
        };
    }

    /** The status of the answer, or the one in the error's code if the answer's status is a success. */
    private static int status(CallError error) {
        int status = error.httpStatus() == null ? 0 : error.httpStatus();
        return status < 400
                        && error.code() != null
                        && HTTP_ERROR.matcher(error.code()).matches()
                ? Integer.parseInt(error.code())
                : status;
    }

    private static CallKind ofStatus(int status) {
        return switch (status) {
            case 401, 403 -> AUTH;
            case 408 -> TIMEOUT;
            case 409 -> OTHER;
            case 429 -> RATE_LIMIT;
            default -> status >= 500 ? SERVER_ERROR : INVALID_REQUEST;
        };
    }

    /** Kind of an error without a status: in a stream, in a failed response, or of our own. */
    private static CallKind ofName(@Nullable String name) {
        return switch (name == null ? "" : name) {
            case "rate_limit_exceeded", "rate_limit_error", "slow_down", "requests", "tokens" -> RATE_LIMIT;
            case "server_error",
                    "vector_store_timeout",
                    "server_is_overloaded",
                    "service_unavailable_error",
                    "overloaded_error" -> SERVER_ERROR;
            case "authentication_error", "permission_error", "invalid_api_key" -> AUTH;
            case "invalid_request", "invalid_request_error", "invalid_prompt" -> INVALID_REQUEST;
            default -> OTHER;
        };
    }

    /** The name in metrics: {@code rate_limit}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
