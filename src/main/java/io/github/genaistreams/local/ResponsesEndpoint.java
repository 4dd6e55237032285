package io.github.genaistreams.local;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.github.genaistreams.provider.Secret;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;

/**
 * {@code POST /v1/responses}. A request passes, in this order: the key, the request's own validity, the rate limits,
 * the drawn fault, the drawn latency, the answer.
 */
final class ResponsesEndpoint {

    private static final int LONGEST_CLIENT_ID = 512;
    private static final byte[] BAD_GATEWAY =
            ("<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n"
                            + "<hr><center>sandbox</center>\r\n</body>\r\n</html>\r\n")
                    .getBytes(StandardCharsets.UTF_8);

    private record Behaviour(SandboxSettings settings, MinuteLimits limits) {}

    private final StatsCounter stats;
    private volatile Behaviour behaviour;

    ResponsesEndpoint(StatsCounter stats, SandboxSettings settings) {
        this.stats = stats;
        this.behaviour = new Behaviour(settings, limits(settings));
    }

    SandboxSettings settings() {
        return behaviour.settings();
    }

    /** Limits start anew if, and only if, they change. */
    void apply(SandboxSettings settings) {
        Behaviour before = behaviour;
        boolean sameLimits =
                before.settings().rpm() == settings.rpm() && before.settings().tpm() == settings.tpm();
        behaviour = new Behaviour(settings, sameLimits ? before.limits() : limits(settings));
    }

    private static MinuteLimits limits(SandboxSettings settings) {
        return new MinuteLimits(settings.rpm(), settings.tpm(), System.nanoTime());
    }

    void handle(Exchange exchange, Buffer bytes) {
        Behaviour now = behaviour;
        String clientId = exchange.request().getHeader(CallId.HEADER);
        JsonNode body = parse(bytes);
        CallId named = CallId.parse(clientId).orElseGet(() -> new CallId(CallId.UNKNOWN, hash(bytes), 0));
        var item = stats.item(named.batch(), named.index());
        int arrived = stats.arrived(item);
        // Without a number from the client, the order of arrival numbers the attempts.
        CallId call = named.attempt() > 0 ? named : new CallId(named.batch(), named.index(), arrived);

        Optional<ApiError> refusal = unauthorized(exchange, now.settings())
                .or(() -> badClientId(clientId))
                .or(() -> body.isMissingNode() ? Optional.of(notJson()) : RequestCheck.refusal(body));
        if (refusal.isPresent()) {
            limitHeaders(exchange, now);
            exchange.refuse(refusal.get());
            return;
        }
        Optional<MinuteLimits.Refusal> limited =
                now.limits().take(ResponsesAnswers.tokenCharge(body), System.nanoTime());
        limitHeaders(exchange, now);
        if (limited.isPresent()) {
            stats.limited();
            refuse(exchange, limited.get(), body.get("model").asText());
            return;
        }
        Duration latency = now.settings().latencyFor(call.batch(), call.index(), call.attempt());
        var fault = now.settings().faultFor(call.batch(), call.index(), call.attempt());
        if (fault.isEmpty()) {
            exchange.after(latency, () -> exchange.succeed(item, answer(body, call)));
            return;
        }
        stats.met(fault.get());
        exchange.after(
                fault.get().atOnce() ? Duration.ZERO : latency,
                () -> fail(exchange, fault.get(), now.settings(), body, call));
    }

    private static void fail(Exchange exchange, Fault fault, SandboxSettings settings, JsonNode body, CallId call) {
        switch (fault) {
            case RATE_LIMIT -> {
                settings.retryAfter().ifPresent(wait -> retryAfter(exchange, wait));
                exchange.refuse(new ApiError(
                        429,
                        "requests",
                        "rate_limit_exceeded",
                        null,
                        "Rate limit reached for %s on requests per min (RPM). Please try again later."
                                .formatted(body.get("model").asText())));
            }
            case QUOTA ->
                exchange.refuse(new ApiError(
                        429,
                        "insufficient_quota",
                        "insufficient_quota",
                        null,
                        "You exceeded your current quota, please check your plan and billing details."));
            case SERVER_ERROR ->
                exchange.refuse(new ApiError(
                        500,
                        "server_error",
                        "server_error",
                        null,
                        "The server had an error while processing your request."));
            case OVERLOADED ->
                exchange.refuse(new ApiError(
                        503,
                        "service_unavailable_error",
                        "server_is_overloaded",
                        null,
                        "Our servers are currently overloaded. Please try again later."));
            case BAD_GATEWAY -> exchange.send(502, "text/html", BAD_GATEWAY);
            case RESET -> exchange.reset();
            case TRUNCATED -> exchange.truncate(answer(body, call));
            case HANG -> {
                // The client's patience ends this exchange, or the sandbox's close.
            }
        }
    }

    private static void refuse(Exchange exchange, MinuteLimits.Refusal limited, String model) {
        String unit = limited.kind().equals("requests") ? "requests per min (RPM)" : "tokens per min (TPM)";
        String text;
        if (limited.isForGood()) {
            text = "Request too large for %s on %s: Limit %d, Requested %d. The input or output tokens must be reduced."
                    .formatted(model, unit, limited.limit(), limited.requested());
        } else {
            retryAfter(exchange, limited.retryAfter());
            text = "Rate limit reached for %s on %s: Limit %d, Used %d, Requested %d. Please try again in %s."
                    .formatted(
                            model,
                            unit,
                            limited.limit(),
                            limited.used(),
                            limited.requested(),
                            MinuteLimits.goDuration(limited.retryAfter()));
        }
        exchange.refuse(new ApiError(429, limited.kind(), "rate_limit_exceeded", null, text));
    }

    /** {@code Retry-After} has whole seconds, rounded up; the exact figure goes beside it. */
    private static void retryAfter(Exchange exchange, Duration wait) {
        long millis = wait.toMillis();
        exchange.header("retry-after", Long.toString((millis + 999) / 1_000));
        if (millis % 1_000 != 0) {
            exchange.header("retry-after-ms", Long.toString(millis));
        }
    }

    private static void limitHeaders(Exchange exchange, Behaviour now) {
        now.limits().headers(System.nanoTime()).forEach(exchange::header);
    }

    private static JsonNode answer(JsonNode body, CallId call) {
        var random =
                Draw.of(Draw.hash(body.path("input").toString()), call.batch(), call.index(), call.attempt(), "id");
        String id = "%016x%016x".formatted(random.nextLong(), random.nextLong());
        return ResponsesAnswers.answer(body, id, Instant.now().getEpochSecond());
    }

    private static Optional<ApiError> unauthorized(Exchange exchange, SandboxSettings settings) {
        String authorization = exchange.request().getHeader("Authorization");
        String key = authorization != null && authorization.regionMatches(true, 0, "Bearer ", 0, 7)
                ? authorization.substring(7).strip()
                : "";
        if (key.isEmpty()) {
            return Optional.of(new ApiError(
                    401,
                    "invalid_request_error",
                    null,
                    null,
                    "You didn't provide an API key. Send it in an Authorization header with Bearer authentication."));
        }
        return settings.requiredKey()
                .map(Secret::reveal)
                .filter(required -> !required.equals(key))
                .map(other -> new ApiError(
                        401, "invalid_request_error", "invalid_api_key", null, "Incorrect API key provided."));
    }

    private static Optional<ApiError> badClientId(String id) {
        boolean fine =
                id == null || id.length() <= LONGEST_CLIENT_ID && id.chars().allMatch(c -> c > 31 && c < 127);
        return fine
                ? Optional.empty()
                : Optional.of(ApiError.invalid(
                        null, null, "X-Client-Request-Id must be ASCII and of at most 512 characters."));
    }

    private static ApiError notJson() {
        return ApiError.invalid(null, null, "We could not parse the JSON body of your request.");
    }

    private static JsonNode parse(Buffer bytes) {
        try {
            return Exchange.JSON.readTree(bytes.getBytes());
        } catch (IOException e) {
            return MissingNode.getInstance();
        }
    }

    private static int hash(Buffer bytes) {
        return Arrays.hashCode(bytes.getBytes()) & Integer.MAX_VALUE;
    }
}
