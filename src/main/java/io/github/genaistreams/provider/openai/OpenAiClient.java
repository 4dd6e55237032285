package io.github.genaistreams.provider.openai;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.provider.ApiClient;
import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.provider.CallOutcome.Failed;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.client.HttpResponse;
import io.vertx.ext.web.client.WebClient;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Calls {@code POST /responses}. Owns its Vert.x with one web client per event loop, each used from its own loop only; a
 * lane stays on one loop, and so on its connections.
 *
 * <p>The time limit of an attempt covers everything: connecting, sending and the whole body. Redirects are not followed:
 * they would carry the key to another host.
 *
 * @see <a href="https://platform.openai.com/docs/api-reference/responses/create">Create a response</a>
 */
public final class OpenAiClient implements ApiClient<ResponsesRequest> {

    private static final Logger LOG = LoggerFactory.getLogger(OpenAiClient.class);
    private static final long CLOSE_SECONDS = 10;

    private final OpenAiSettings settings;
    private final ResponseClassifier classifier;
    private final Redactor redactor;
    private final Vertx vertx;
    private final EventLoops loops;
    private final Set<Exchange> underWay = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    /**
     * Starts the event loops; connects nothing yet.
     *
     * @throws IllegalArgumentException if the trusted certificates cannot be read
     */
    public OpenAiClient(OpenAiSettings settings) {
        this.settings = settings;
        this.classifier = new ResponseClassifier(settings.apiKey(), InstantSource.system());
        this.redactor = new Redactor(settings.apiKey());
        var options = new HttpOptions(settings);
        this.vertx = Vertx.vertx(options.vertx());
        try {
            this.loops = EventLoops.start(vertx, settings.eventLoops(), options);
        } catch (RuntimeException e) {
            vertx.close();
            throw e;
        }
    }

    @Override
    public Optional<CallError> refusal(ResponsesRequest request) {
        return ResponsesCheck.firstProblem(request);
    }

    @Override
    public void call(ResponsesRequest request, int attempt, int lane, Consumer<CallOutcome> whenDone) {
        var exchange = new Exchange(settings.maxResponseBytes(), whenDone);
        underWay.add(exchange);
        // After the add, not before it: close() either sees the exchange there, or is seen here.
        if (closed) {
            finish(exchange, NetworkFailure.clientClosed());
            return;
        }
        try {
            loops.of(lane).run(web -> start(exchange, request, attempt, web));
        } catch (RuntimeException e) {
            // The loop takes nothing any more: closed just now.
            finish(exchange, NetworkFailure.clientClosed());
        }
    }

    private void start(Exchange exchange, ResponsesRequest request, int attempt, WebClient web) {
        try {
            send(exchange, request, attempt, web);
        } catch (Throwable e) {
            finish(exchange, internal("The request could not be sent", e));
        }
    }

    private void send(Exchange exchange, ResponsesRequest request, int attempt, WebClient web)
            throws JsonProcessingException {
        if (exchange.isOver()) {
            return;
        }
        Duration timeout = request.policy().timeout();
        // Started before the body is written: a large prompt's time counts, too.
        long timer = vertx.setTimer(Math.max(1, timeout.toMillis()), id -> {
            finish(exchange, NetworkFailure.timeout(timeout));
            exchange.abort();
        });
        byte[] body = ResponsesBody.bytesOf(request);
        var requestId = ClientRequestId.of(request.batchId(), request.index(), attempt);
        web.post(settings.port(), settings.host(), settings.pathOf("responses"))
                .putHeader("Authorization", "Bearer " + settings.apiKey().reveal())
                .putHeader("Content-Type", "application/json")
                .putHeader("Accept", "application/json")
                .putHeader(ClientRequestId.HEADER, requestId.format())
                // Bounds the wait for a connection, so that a call that is over leaves the pool's queue.
                .connectTimeout(timeout.toMillis())
                .followRedirects(false)
                .as(exchange)
                .sendBuffer(Buffer.buffer(body))
                .onComplete(done -> {
                    vertx.cancelTimer(timer);
                    if (!exchange.isOver()) {
                        finish(exchange, done.succeeded() ? classify(done.result()) : failure(exchange, done.cause()));
                    }
                });
    }

    private CallOutcome classify(HttpResponse<Buffer> response) {
        try {
            byte[] body =
                    response.body() == null ? new byte[0] : response.body().getBytes();
            return classifier.classify(new HttpAnswer(response.statusCode(), response.headers()::get, body));
        } catch (Throwable e) {
            return internal("The response could not be read", e);
        }
    }

    private CallOutcome failure(Exchange exchange, Throwable cause) {
        if (exchange.isTooLarge()) {
            String message = String.format(
                    Locale.ROOT,
                    "The response is larger than %,d bytes, the most accepted",
                    settings.maxResponseBytes());
            return new Failed(new CallError(message, "response_too_large", null, null, false, null), null, null);
        }
        return NetworkFailure.of(cause);
    }

    /** Also for an Error, of a body too large for the heap, say: a call without an outcome would block its lane for ever. */
    private Failed internal(String what, Throwable e) {
        // Not the exception itself: a message of Netty's may quote the header it complains about.
        String why = redactor.clean(what + ": " + e);
        LOG.error(why);
        return new Failed(CallError.internal(why), null, null);
    }

    private void finish(Exchange exchange, CallOutcome outcome) {
        underWay.remove(exchange);
        try {
            exchange.end(outcome);
        } catch (RuntimeException e) {
            LOG.error("The receiver of an outcome has thrown, against its contract", e);
        }
    }

    /** Ends calls under way as a network error to be retried, then closes every connection. */
    @Override
    public void close() {
        closed = true;
        underWay.forEach(exchange -> finish(exchange, NetworkFailure.clientClosed()));
        var closing = vertx.close().toCompletionStage().toCompletableFuture();
        if (Context.isOnVertxThread()) {
            // An event loop cannot wait for its own end.
            return;
        }
        try {
            closing.get(CLOSE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            LOG.warn("Connections did not close in order: {}", redactor.clean(String.valueOf(e)));
        }
    }
}
