package io.github.genaistreams.serve.http;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * A request is refused, with an error as OpenAI's API writes it: {@code {"error": {message, type, param, code}}}.
 *
 * @see <a href="https://platform.openai.com/docs/guides/error-codes">Error codes</a>
 */
public final class ApiException extends RuntimeException {

    private static final long serialVersionUID = 1;

    private static final String INVALID_REQUEST = "invalid_request_error";

    private final int status;
    private final String type;
    private final transient Optional<String> param;
    private final transient Optional<String> code;
    private final int retrySeconds; // 0: unspecified

    private ApiException(
            int status, String type, Optional<String> param, Optional<String> code, String message, int retrySeconds) {
        super(message, null, false, false);
        this.status = status;
        this.type = type;
        this.param = param;
        this.code = code;
        this.retrySeconds = retrySeconds;
    }

    /** 400 for a parameter that is missing or wrong. */
    public static ApiException invalid(@Nullable String param, @Nullable String code, String message) {
        return new ApiException(
                400, INVALID_REQUEST, Optional.ofNullable(param), Optional.ofNullable(code), message, 0);
    }

    /** 404 for an object that does not exist or belongs to another key. */
    public static ApiException notFound(String what, String id) {
        return new ApiException(
                404, INVALID_REQUEST, Optional.of("id"), Optional.empty(), "No such " + what + " object: " + id, 0);
    }

    /** Any other refusal of the caller's request. */
    public static ApiException refused(int status, String code, String message) {
        return new ApiException(status, INVALID_REQUEST, Optional.empty(), Optional.of(code), message, 0);
    }

    /** The same, without a code. */
    public static ApiException refused(int status, String message) {
        return new ApiException(status, INVALID_REQUEST, Optional.empty(), Optional.empty(), message, 0);
    }

    /** 429: the caller has reached a limit. */
    public static ApiException tooMany(String type, String code, String message) {
        return new ApiException(429, type, Optional.empty(), Optional.of(code), message, 0);
    }

    /** 429: the caller has too many requests at the same time. */
    static ApiException tooManyAtOnce(String message, int retrySeconds) {
        return new ApiException(
                429, "requests", Optional.empty(), Optional.of("rate_limit_exceeded"), message, retrySeconds);
    }

    /** 503: the server has no capacity at the moment. */
    static ApiException busy(String message, int retrySeconds) {
        return new ApiException(503, "server_error", Optional.empty(), Optional.empty(), message, retrySeconds);
    }

    /** 5xx: not the caller's fault. */
    public static ApiException failed(int status, String message) {
        return new ApiException(status, "server_error", Optional.empty(), Optional.empty(), message, 0);
    }

    public int status() {
        return status;
    }

    /** The number of seconds after which the client should try again, if it is known. */
    OptionalInt retrySeconds() {
        return retrySeconds == 0 ? OptionalInt.empty() : OptionalInt.of(retrySeconds);
    }

    /**
     * Whether a client library may repeat the request automatically. It must not after a failure halfway through: the
     * work may be under way, and would be paid for twice.
     */
    boolean isRepeatable() {
        return status < 500 || status == 503;
    }

    /** The body of the answer. */
    public ObjectNode body() {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.putObject("error")
                .put("message", getMessage())
                .put("type", type)
                .put("param", param.orElse(null))
                .put("code", code.orElse(null));
        return body;
    }
}
