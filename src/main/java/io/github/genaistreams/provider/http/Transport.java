package io.github.genaistreams.provider.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.github.genaistreams.provider.Abort;
import io.github.genaistreams.provider.CallOutcome;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.client.HttpRequest;
import io.vertx.ext.web.client.HttpResponse;
import io.vertx.ext.web.client.WebClient;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes HTTP exchanges. Owns a Vert.x instance with web clients for each event loop, which only that loop uses. A lane
 * stays on one loop, and so on its connections. Redirects are not followed: they would send the key to another host.
 */
public final class Transport implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Transport.class);
    private static final long CLOSE_SECONDS = 10;

    private final HttpSettings settings;
    private final Redactor redactor;
    private final InternalFailure internal;
    private final LargeAnswers large;
    private final Vertx vertx;
    private final EventLoops loops;
    private final Set<Exchange> underWay = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    /** What is sent. It is created on the event loop, within the exchange's time limit. */
    public interface Message {

        /** The request, with its own headers. */
        HttpRequest<Buffer> request(WebClient web);

        /** Whether it goes to the API itself. Only then does it get the headers of the credential. */
        default boolean isForTheApi() {
            return true;
        }

        /** Sends the request, whose headers are complete. By default, it has no body. */
        default Future<HttpResponse<Buffer>> send(HttpRequest<Buffer> request) throws JsonProcessingException {
            return request.send();
        }
    }

    /**
     * Starts the event loops. Does not connect yet.
     *
     * @param large shared limits of large answers, for all clients
     * @throws IllegalArgumentException if a certificate cannot be used
     */
    public Transport(HttpSettings settings, LargeAnswers large) {
        this.large = large;
        this.settings = settings;
        this.redactor = new Redactor(settings);
        this.internal = new InternalFailure(redactor);
        var options = new HttpOptions(settings);
        this.vertx = Vertx.vertx(options.vertx());
        try {
            this.loops = EventLoops.start(vertx, settings.eventLoops(), options);
        } catch (RuntimeException e) {
            vertx.close();
            throw e;
        }
    }

    /**
     * Sends one message and returns at once. {@code whenDone} receives the outcome exactly once, even after an abort.
     */
    public Abort send(
            Message message, int lane, TimeLimits limits, ResponseHandler handler, Consumer<CallOutcome> whenDone) {
        EventLoops.Loop loop = loops.of(lane);
        var exchange =
                new Exchange(loop.context(), settings.maxResponseBytes(), limits, handler, internal, large, whenDone);
        underWay.add(exchange);
        // Checked after the add: either close() sees the exchange, or this sees that the transport is closed.
        if (closed) {
            endForClose(exchange);
            return Abort.NONE;
        }
        try {
            loop.run(message.isForTheApi(), web -> start(exchange, message, limits, web));
            return () -> abort(exchange, loop);
        } catch (RuntimeException e) {
            // The loop was closed just now, and accepts nothing more.
            endForClose(exchange);
            return Abort.NONE;
        }
    }

    private void abort(Exchange exchange, EventLoops.Loop loop) {
        try {
            loop.run(web -> {
                exchange.unanswered(NetworkFailure.aborted());
                exchange.abort();
            });
        } catch (RuntimeException closed) {
            endForClose(exchange);
        }
    }

    private void start(Exchange exchange, Message message, TimeLimits limits, WebClient web) {
        try {
            if (!exchange.isOver()) {
                // The time begins before the body is written, since writing a large prompt counts too.
                exchange.watch();
                request(exchange, message, limits, web);
            }
        } catch (Throwable e) {
            underWay.remove(exchange);
            exchange.notSent(internal.of("The request could not be sent", e));
        }
    }

    private void request(Exchange exchange, Message message, TimeLimits limits, WebClient web)
            throws JsonProcessingException {
        HttpRequest<Buffer> request = message.request(web)
                // Also limits the wait in the pool's queue, so that a call that is over leaves it.
                .connectTimeout(limits.connect().toMillis())
                .followRedirects(false)
                .as(exchange);
        request.putHeader("Accept-Encoding", Decompression.ACCEPTED);
        if (message.isForTheApi()) {
            settings.headers().forEach(request::putHeader);
        }
        boolean tls = request.ssl() == null ? settings.tls() : request.ssl();
        settings.route().proxy(tls, request.host(), request.port()).ifPresent(proxy -> {
            request.proxy(proxy);
            exchange.usesProxy(tls);
        });
        message.send(request).onComplete(result -> {
            underWay.remove(exchange);
            exchange.completed(result);
        });
    }

    /**
     * Runs long work on another thread, and reports its result on the calling event loop. Work that takes longer than
     * {@code max} fails with a {@link TimeoutException}, but keeps its thread.
     *
     * @throws RuntimeException if this transport is closed
     */
    public <T> Future<T> offLoop(Callable<T> work, Duration max) {
        return offLoop(work, max, late -> {});
    }

    /** @param tooLate receives a result that comes after that time, to release its resources */
    public <T> Future<T> offLoop(Callable<T> work, Duration max, Consumer<T> tooLate) {
        Promise<T> told = Promise.promise();
        long timer = vertx.setTimer(
                max.toMillis(), id -> told.tryFail(new TimeoutException("not done within " + max.toSeconds() + " s")));
        vertx.executeBlocking(work, false).onComplete(done -> {
            vertx.cancelTimer(timer);
            if (done.failed()) {
                told.tryFail(done.cause());
            } else if (!told.tryComplete(done.result())) {
                tooLate.accept(done.result());
            }
        });
        return told.future();
    }

    /**
     * Runs {@code work} on an event loop after {@code wait}, or {@code instead} if it is aborted before. Runs neither
     * if this transport is closed meanwhile.
     */
    public Abort later(Duration wait, Runnable work, Runnable instead) {
        if (closed) {
            instead.run();
            return Abort.NONE;
        }
        long timer = vertx.setTimer(Math.max(1, wait.toMillis()), id -> work.run());
        return () -> {
            if (vertx.cancelTimer(timer)) {
                instead.run();
            }
        };
    }

    private void endForClose(Exchange exchange) {
        underWay.remove(exchange);
        exchange.unanswered(NetworkFailure.clientClosed());
    }

    /** Ends exchanges in progress as network errors. Then closes every connection. */
    @Override
    public void close() {
        closed = true;
        underWay.forEach(this::endForClose);
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
            LOG.warn("Connections did not close cleanly: {}", redactor.clean(String.valueOf(e)));
        }
    }
}
