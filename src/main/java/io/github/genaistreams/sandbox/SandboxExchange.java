package io.github.genaistreams.sandbox;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.netty.channel.ChannelOption;
import io.netty.handler.codec.DecoderException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.impl.HttpServerConnection;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One request, and the ways to answer it or not. For the event loop of its connection only. */
final class SandboxExchange {

    static final ObjectMapper JSON = new ObjectMapper();

    private static final Logger log = LoggerFactory.getLogger(SandboxExchange.class);
    private static final String JSON_TYPE = "application/json";
    private static final long HTTP2_INTERNAL_ERROR = 2;
    private static final long NO_TIMER = -1;

    private final Vertx vertx;
    private final StatsCounter stats;
    private final HttpServerRequest request;
    private final HttpServerResponse response;
    private final long startedAt = System.nanoTime();
    private long timer = NO_TIMER;
    private final boolean isCall;
    private boolean ended;
    private @Nullable Fault fault;

    /** @param isCall whether the statistics count it as a call */
    SandboxExchange(Vertx vertx, StatsCounter stats, HttpServerRequest request, String requestId, boolean isCall) {
        this.vertx = vertx;
        this.stats = stats;
        this.isCall = isCall;
        this.request = request;
        this.response = request.response();
        if (isCall) {
            stats.requestStarted();
        }
        response.putHeader("x-request-id", requestId);
        // A client that goes away causes one of these, or both.
        response.closeHandler(closed -> end());
        response.exceptionHandler(failed -> {
            // A form that cannot be parsed is reported here too. Its client still waits for an answer.
            if (!(failed instanceof DecoderException)) {
                end();
            }
        });
    }

    /**
     * Runs the handler of the request and answers an exception with an error. A client without an answer would try
     * again and again.
     *
     * @param refusal sends a message as an error of the API
     */
    void guarded(Runnable handler, Consumer<String> refusal) {
        try {
            handler.run();
        } catch (RuntimeException | StackOverflowError e) {
            log.error("The sandbox has failed to answer a request", e);
            refusal.accept("A bug in the sandbox: " + e);
        }
    }

    HttpServerRequest request() {
        return request;
    }

    /** Sets the fault of this call. If it is a fault of HTTP, the methods that send the answer produce it. */
    void meets(Fault fault) {
        this.fault = fault;
        if (fault == Fault.INTERIM) {
            WireFaults.interim(request);
        }
    }

    void header(String name, String value) {
        response.putHeader(name, value);
    }

    /** Runs the action after the delay, unless the client is gone by then. */
    void after(Duration delay, Runnable action) {
        if (ended) {
            return;
        }
        if (delay.isZero()) {
            action.run();
            return;
        }
        timer = vertx.setTimer(Math.max(1, delay.toMillis()), fired -> {
            timer = NO_TIMER;
            action.run();
        });
    }

    void refuse(ErrorReply error) {
        send(error.status(), JSON_TYPE, bytes(error.toJson()));
    }

    void sendJson(JsonNode body) {
        send(200, JSON_TYPE, bytes(body));
    }

    /** Sends a 200. It counts as the item's answer when it is written. */
    void succeed(StatsCounter.ItemCounts item, JsonNode body) {
        if (ended) {
            return;
        }
        var used = used(body);
        byte[] bytes = bytes(body);
        stats.succeeds(item, used);
        head(200, JSON_TYPE);
        WireFaults.length(fault, request, bytes.length);
        end(bytes).onComplete(written -> delivered(item, used, written.succeeded()));
    }

    /** Sends the headers of a 200. Its body follows in pieces. */
    void open(String contentType) {
        if (!ended) {
            head(200, contentType);
            response.setChunked(true);
        }
    }

    /** Sends a piece of the body. */
    void write(byte[] piece) {
        if (!ended) {
            response.write(Buffer.buffer(piece));
        }
    }

    /** Sends the last piece of a body. The body counts as the item's answer when it is written. */
    void succeed(StatsCounter.ItemCounts item, JsonNode answer, byte[] lastPiece) {
        if (ended) {
            return;
        }
        var used = used(answer);
        stats.succeeds(item, used);
        end(lastPiece).onComplete(written -> delivered(item, used, written.succeeded()));
    }

    /** Ends a body in pieces that is not a good answer. */
    void finish() {
        if (!ended) {
            answered(200);
            end(new byte[0]).onComplete(written -> end());
        }
    }

    /** Sends a last piece. Then closes the connection. */
    void cut(byte[] lastPiece) {
        if (!ended) {
            response.write(Buffer.buffer(lastPiece)).onComplete(written -> disconnect());
        }
    }

    private void delivered(StatsCounter.ItemCounts item, StatsCounter.TokenCounts used, boolean written) {
        if (written) {
            answered(200);
        } else {
            stats.notWritten(item, used);
        }
        end();
    }

    private void answered(int status) {
        if (isCall) {
            stats.answered(status);
        }
    }

    private static StatsCounter.TokenCounts used(JsonNode answer) {
        JsonNode usage = answer.path("usage");
        return new StatsCounter.TokenCounts(
                usage.path("input_tokens").asLong(), usage.path("output_tokens").asLong());
    }

    void send(int status, String contentType, byte[] body) {
        if (ended) {
            return;
        }
        head(status, contentType);
        answered(status);
        WireFaults.length(fault, request, body.length);
        end(body).onComplete(written -> end());
    }

    private Future<Void> end(byte[] last) {
        return WireFaults.end(fault, request, () -> response.end(Buffer.buffer(last)));
    }

    /** Sends half of the body that {@code Content-Length} announces. Then closes the connection. */
    void truncate(JsonNode body) {
        if (ended) {
            return;
        }
        byte[] whole = bytes(body);
        head(200, JSON_TYPE);
        response.putHeader("content-length", Integer.toString(whole.length));
        cut(Arrays.copyOf(whole, whole.length / 2));
    }

    private void disconnect() {
        if (request.version() == HttpVersion.HTTP_2) {
            response.reset(HTTP2_INTERNAL_ERROR);
        } else {
            request.connection().close();
        }
        end();
    }

    /** Resets the connection on HTTP/1. On HTTP/2, resets the stream, since others share the connection. */
    void reset() {
        if (ended) {
            return;
        }
        if (request.version() == HttpVersion.HTTP_2) {
            response.reset(HTTP2_INTERNAL_ERROR);
        } else if (request.connection() instanceof HttpServerConnection connection) {
            // A close without lingering is a reset.
            var channel = connection.channelHandlerContext().channel();
            channel.config().setOption(ChannelOption.SO_LINGER, 0);
            channel.close();
        } else {
            request.connection().close();
        }
        end();
    }

    private void head(int status, String contentType) {
        response.setStatusCode(status)
                .putHeader("content-type", contentType)
                .putHeader(
                        "openai-processing-ms",
                        Long.toString(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startedAt)));
    }

    private void end() {
        if (!ended) {
            ended = true;
            if (isCall) {
                stats.requestEnded();
            }
            if (timer != NO_TIMER) {
                vertx.cancelTimer(timer);
            }
        }
    }

    static byte[] bytes(JsonNode json) {
        try {
            return JSON.writeValueAsBytes(json);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("A JSON tree can always be written", e);
        }
    }
}
