package io.github.genaistreams.provider.openai;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The {@code error} object of a body, each field null if absent. What OpenAI documents has all four; gateways send less,
 * or a plain string.
 *
 * @see <a href="https://platform.openai.com/docs/guides/error-codes">Error codes</a>
 */
record ApiError(String message, String type, String code, String param) {

    static final ApiError NONE = new ApiError(null, null, null, null);

    /**
     * Money, not pace: no later attempt helps before somebody pays or raises a limit. The first, the old type, may stand
     * beside any of the newer codes (https://platform.openai.com/docs/guides/error-codes).
     */
    private static final Set<String> QUOTA = Set.of(
            "insufficient_quota",
            "credit_balance_exhausted",
            "organization_spend_limit_exceeded",
            "project_spend_limit_exceeded",
            "organization_usage_limit_exceeded",
            "billing_hard_limit_reached",
            "billing_not_active");

    /** Codes of a failed response (HTTP 200) that a later attempt may not meet. */
    private static final Set<String> PASSING = Set.of("server_error", "rate_limit_exceeded", "vector_store_timeout");

    private static final String NUMBER = "\\s*:?\\s*(\\d[\\d,]{0,17}(?:\\.\\d{1,6})?)";
    private static final Pattern LIMIT = Pattern.compile("\\blimit" + NUMBER, Pattern.CASE_INSENSITIVE);
    private static final Pattern REQUESTED = Pattern.compile("\\brequested" + NUMBER, Pattern.CASE_INSENSITIVE);

    /** Reads the {@code error} field of a body. */
    static ApiError of(JsonNode body) {
        JsonNode error = body.path("error");
        if (error.isTextual()) {
            return new ApiError(error.asText(), null, null, null);
        }
        if (error.isObject()) {
            return new ApiError(
                    Json.text(error, "message"),
                    Json.text(error, "type"),
                    Json.text(error, "code"),
                    Json.text(error, "param"));
        }
        return NONE;
    }

    boolean isQuota() {
        return has(QUOTA, code) || has(QUOTA, type);
    }

    boolean isPassing() {
        return has(PASSING, code);
    }

    /**
     * A single request above the limit per minute, which no wait can bring below it. The API says so only in the
     * message ("Limit 30000, Requested 45000"), so this is the one place that reads numbers from one; without both
     * numbers the answer is no.
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
        Matcher found = word.matcher(message);
        return found.find() ? Double.parseDouble(found.group(1).replace(",", "")) : -1;
    }

    private static boolean has(Set<String> set, String value) {
        return value != null && set.contains(value);
    }
}
