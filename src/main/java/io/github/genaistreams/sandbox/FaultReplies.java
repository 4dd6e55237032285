package io.github.genaistreams.sandbox;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** The API's words when it refuses or fails. */
final class FaultReplies {

    static final String SERVER_ERROR_TEXT = "The server had an error while processing your request.";

    private static final byte[] BAD_GATEWAY =
            ("<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n"
                            + "<hr><center>sandbox</center>\r\n</body>\r\n</html>\r\n")
                    .getBytes(StandardCharsets.UTF_8);

    private FaultReplies() {}

    /** Makes an answer a failed one, which costs nothing. */
    static void fail(ObjectNode response) {
        response.put("status", "failed")
                .putNull("completed_at")
                .putNull("incomplete_details")
                .putNull("usage");
        response.putArray("output");
        response.putObject("error").put("code", "server_error").put("message", SERVER_ERROR_TEXT);
    }

    /** Whether the fault comes instead of any answer. */
    static boolean replacesAnswer(Fault fault) {
        return switch (fault) {
            case RATE_LIMIT, QUOTA, BAD_REQUEST, SERVER_ERROR, OVERLOADED, NO_CAPACITY, BAD_GATEWAY, RESET, HANG ->
                true;
            default -> false;
        };
    }

    /** Replies with a fault that {@link #replacesAnswer}. */
    static void send(SandboxExchange exchange, Fault fault, SandboxSettings settings, String model) {
        switch (fault) {
            case RATE_LIMIT -> {
                settings.retryAfter().ifPresent(wait -> retryAfter(exchange, wait));
                exchange.refuse(new ErrorReply(
                        429,
                        "requests",
                        "rate_limit_exceeded",
                        null,
                        "Rate limit reached for %s on requests per min (RPM). Please try again later."
                                .formatted(model)));
            }
            case QUOTA ->
                exchange.refuse(new ErrorReply(
                        429,
                        "insufficient_quota",
                        "insufficient_quota",
                        null,
                        "You exceeded your current quota, please check your plan and billing details."));
            case BAD_REQUEST ->
                exchange.refuse(new ErrorReply(
                        400,
                        "invalid_request_error",
                        "invalid_prompt",
                        null,
                        "The prompt was refused. Please try again with a different prompt."));
            case SERVER_ERROR ->
                exchange.refuse(new ErrorReply(500, "server_error", "server_error", null, SERVER_ERROR_TEXT));
            case OVERLOADED ->
                exchange.refuse(new ErrorReply(
                        503,
                        "service_unavailable_error",
                        "server_is_overloaded",
                        null,
                        "Our servers are currently overloaded. Please try again later."));
            case NO_CAPACITY ->
                exchange.refuse(new ErrorReply(
                        429,
                        "resource_unavailable",
                        "resource_unavailable",
                        null,
                        "Flex has no capacity for %s now. Please try again later.".formatted(model)));
            case BAD_GATEWAY -> exchange.send(502, "text/html", BAD_GATEWAY);
            case RESET -> exchange.reset();
            case HANG -> {
                // The client gives up, or the sandbox closes.
            }
            default -> throw new IllegalArgumentException(fault + " comes with an answer");
        }
    }

    static void refuse(SandboxExchange exchange, MinuteLimits.Refusal limited, String model) {
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
        exchange.refuse(new ErrorReply(429, limited.kind(), "rate_limit_exceeded", null, text));
    }

    /** {@code Retry-After} has whole seconds, rounded up. The exact figure is in a header of its own. */
    private static void retryAfter(SandboxExchange exchange, Duration wait) {
        long millis = wait.toMillis();
        exchange.header("retry-after", Long.toString((millis + 999) / 1_000));
        if (millis % 1_000 != 0) {
            exchange.header("retry-after-ms", Long.toString(millis));
        }
    }

    /** Replies to a submission as Datalab does. False if the fault lets the document pass. */
    static boolean sendForDocument(SandboxExchange exchange, Fault fault, SandboxSettings settings) {
        switch (fault) {
            case RATE_LIMIT -> {
                settings.retryAfter().ifPresent(wait -> exchange.header("Retry-After", "" + wait.toSeconds()));
                refuseDocument(exchange, 429, "You can make 200 requests every 60 seconds");
            }
            case QUOTA -> refuseDocument(exchange, 403, "Your credit balance is used up");
            case BAD_REQUEST -> refuseDocument(exchange, 400, "The document was refused");
            case SERVER_ERROR -> refuseDocument(exchange, 500, "Internal Server Error");
            case OVERLOADED -> refuseDocument(exchange, 529, "overloaded_error");
            case BAD_GATEWAY -> exchange.send(502, "text/html", BAD_GATEWAY);
            default -> {
                return false;
            }
        }
        return true;
    }

    /** Replies with an error in Datalab's form. */
    static void refuseDocument(SandboxExchange exchange, int status, String detail) {
        var body = JsonNodeFactory.instance.objectNode().put("detail", detail);
        exchange.send(status, "application/json", SandboxExchange.bytes(body));
    }
}
