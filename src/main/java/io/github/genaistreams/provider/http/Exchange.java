package io.github.genaistreams.provider.http;

import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.provider.CallOutcome.Failed;
import io.github.genaistreams.provider.CallOutcome.Retry;
import io.netty.handler.codec.DecoderException;
import io.vertx.core.AsyncResult;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.ext.web.client.HttpResponse;
import io.vertx.ext.web.client.impl.ClientPhase;
import io.vertx.ext.web.client.impl.HttpContext;
import io.vertx.ext.web.codec.BodyCodec;
import io.vertx.ext.web.codec.spi.BodyStream;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One HTTP exchange in progress. It collects the body or reads it as an event stream, within the time limit, and ends
 * once.
 *
 * <p>The web client has no public way to see an answer's headers before its body, nor to abort an exchange after that.
 * Time and size limits need the abort: without it, a body that nobody needs would occupy a connection. So an
 * interceptor ({@link #intercept}) gives the exchange its {@link HttpClientRequest} and the headers of the response. To
 * abort, the exchange resets the request: HTTP/1.1 closes the connection, HTTP/2 only the stream.
 *
 * <p>A large answer is read as memory becomes free ({@link MemoryBudget}). Another thread parses it and reports the
 * outcome.
 *
 * <p>All methods except {@link #end(CallOutcome)}, {@link #unanswered} and {@link #isOver} belong to its event loop.
 */
final class Exchange implements BodyCodec<Buffer>, BodyStream<Buffer> {

    private static final Logger LOG = LoggerFactory.getLogger(Exchange.class);
    private static final long HTTP2_CANCEL = 0x8;

    /**
     * The end of a stream may come a moment after its last event. The exchange waits this long for it, so that the
     * connection can be reused.
     */
    private static final long MILLIS_FOR_END = 500;

    private final Context context;
    private final Vertx vertx;
    private final int maxBytes;
    private final TimeLimits limits;
    private final ResponseHandler handler;
    private final InternalFailure internal;
    private final AtomicReference<@Nullable Consumer<CallOutcome>> whenDone;
    private final Promise<Buffer> whole = Promise.promise();
    private final LargeAnswers large;
    private final Body body;
    private @Nullable HttpClientRequest request;
    private volatile boolean isSent;
    private boolean byProxy;
    private boolean inTunnel;
    private volatile @Nullable EventStream stream;
    private Decompression decompression = Decompression.none();
    private long receivedBytes;
    private boolean tooLarge;
    private long waitingSince;
    private boolean isWaiting;
    private @Nullable Handler<Void> whenDrained;
    private long timer = -1;

    /**
     * @param context  of its event loop
     * @param maxBytes maximum size of a collected body, before and after decompression
     * @param large    shared limits of large answers
     */
    Exchange(
            Context context,
            int maxBytes,
            TimeLimits limits,
            ResponseHandler handler,
            InternalFailure internal,
            LargeAnswers large,
            Consumer<CallOutcome> whenDone) {
        this.context = context;
        this.vertx = context.owner();
        this.maxBytes = maxBytes;
        this.limits = limits;
        this.handler = handler;
        this.internal = internal;
        this.large = large;
        this.body = new Body(large.budget());
        this.whenDone = new AtomicReference<>(whenDone);
    }

    /** Interceptor of the web client. It gives each exchange its request and the headers of its response. */
    static void intercept(HttpContext<?> context) {
        if (context.request().bodyCodec() instanceof Exchange exchange) {
            if (context.phase() == ClientPhase.SEND_REQUEST) {
                if (exchange.isOver()) {
                    // It timed out while it waited for a connection. The connection goes back to the pool, and nothing
                    // is sent or billed.
                    context.fail(new IllegalStateException("The call is over"));
                    return;
                }
                exchange.request = context.clientRequest();
                exchange.isSent = true;
            } else if (context.phase() == ClientPhase.RECEIVE_RESPONSE) {
                exchange.headArrived(context.clientResponse());
            }
        }
        context.next();
    }

    // ---- its end

    boolean isOver() {
        return whenDone.get() == null;
    }

    /** Reports the outcome, unless one was reported before. Any thread. */
    void end(CallOutcome outcome) {
        Consumer<CallOutcome> receiver = whenDone.getAndSet(null);
        if (receiver == null) {
            return;
        }
        try {
            receiver.accept(outcome);
        } catch (RuntimeException e) {
            LOG.error("The receiver of an outcome threw an exception, against its contract", e);
        } finally {
            // Always: bytes that are not given back would be missing from the budget for ever.
            body.giveBack();
        }
    }

    /**
     * Ends it without a complete answer. Before anything is sent, the API has done nothing. After that, nobody knows.
     * Any thread.
     */
    void unanswered(Retry why) {
        Retry retry = isSent ? why.possiblyDone() : why;
        EventStream begun = stream;
        end(begun == null ? handler.unanswered(retry) : begun.brokenOff(retry));
    }

    /**
     * Is called before it is sent, if it goes through a proxy.
     *
     * @param tunnel whether it goes through a tunnel, so that every answer comes from the API and none from the proxy
     */
    void usesProxy(boolean tunnel) {
        byProxy = true;
        inTunnel = tunnel;
    }

    /**
     * Ends it before it is passed to the web client. A call fails, and a poll is repeated later.
     */
    void notSent(Failed why) {
        vertx.cancelTimer(timer);
        CallOutcome outcome = handler.unanswered(new Retry(why.error(), Duration.ZERO, null));
        end(outcome instanceof CallOutcome.Accepted ? outcome : why);
    }

    /** The web client reports the end. */
    void completed(AsyncResult<HttpResponse<Buffer>> result) {
        vertx.cancelTimer(timer);
        decompression.close();
        if (isOver()) {
            return;
        }
        if (tooLarge) {
            end(handler.unreadable(NetworkFailure.tooLarge(maxBytes)));
        } else if (stream != null) {
            unanswered(
                    result.succeeded()
                            ? NetworkFailure.streamInterrupted()
                            : NetworkFailure.streamInterrupted(result.cause()));
        } else if (result.succeeded() && isFromProxy(result.result())) {
            // The proxy's own answer: it has not forwarded the request, so nothing was done.
            end(handler.unanswered(NetworkFailure.proxyAuthenticationRequired()));
        } else if (result.succeeded() && body.isLarge()) {
            large.execute(() -> end(large.parse(() -> answered(result.result()))));
        } else if (result.succeeded()) {
            end(answered(result.result()));
        } else {
            failed(result.cause());
        }
    }

    private boolean isFromProxy(HttpResponse<Buffer> response) {
        return byProxy && !inTunnel && response.statusCode() == NetworkFailure.PROXY_AUTHENTICATION_REQUIRED;
    }

    private void failed(Throwable cause) {
        Retry why = NetworkFailure.of(cause, byProxy && !isSent);
        if (NetworkFailure.isAboutOurCertificate(cause)) {
            // With TLS 1.3, the server reports this after we have begun to send. It has not read the request.
            end(handler.unanswered(why));
        } else {
            unanswered(why);
        }
    }

    private CallOutcome answered(HttpResponse<Buffer> response) {
        try {
            return handler.answered(new HttpAnswer(response.statusCode(), response.headers()::get, body.whole()));
        } catch (Throwable e) {
            return handler.unreadable(
                    internal.of("The response could not be read", e).possiblyDone());
        }
    }

    /** Aborts the HTTP exchange, at any stage. */
    void abort() {
        if (request != null) {
            request.reset(HTTP2_CANCEL);
        }
    }

    // ---- its time

    /** Starts its time limit. */
    void watch() {
        limits.start(System.nanoTime());
        setTimer();
    }

    /**
     * Sets the only timer. When it fires, it checks whether the deadline has moved, so that an event need not set it
     * again.
     */
    private void setTimer() {
        vertx.cancelTimer(timer);
        Duration left = limits.left(System.nanoTime());
        // Rounded up, so that it does not fire too early.
        timer = vertx.setTimer(Math.max(1, left.plusNanos(999_999).toMillis()), id -> {
            if (limits.left(System.nanoTime()).compareTo(Duration.ZERO) > 0) {
                setTimer();
            } else {
                unanswered(limits.expired());
                abort();
            }
        });
    }

    // ---- its body

    private void headArrived(HttpClientResponse response) {
        var head = new HttpAnswer(response.statusCode(), response.headers()::get, new byte[0]);
        String encoding = head.header("content-encoding");
        if (encoding != null) {
            decompress(encoding, head);
        }
        if (!isOver() && EventStream.is(head)) {
            stream = handler.stream(head).orElse(null);
        }
    }

    private void decompress(String encoding, HttpAnswer head) {
        try {
            decompression = Decompression.of(encoding);
        } catch (DecoderException unknown) {
            // The status of an error is enough, without its body.
            if (head.is2xx()) {
                end(handler.unreadable(NetworkFailure.unknownEncoding(encoding)));
                // Not at once: Vert.x is about to read the body.
                context.runOnContext(nothing -> abort());
            }
        }
    }

    @Override
    public BodyStream<Buffer> stream() {
        return this;
    }

    @Override
    public Future<Buffer> result() {
        return whole.future();
    }

    @Override
    public Future<Void> write(Buffer chunk) {
        if (isOver() || tooLarge) {
            return Future.succeededFuture();
        }
        receivedBytes += chunk.length();
        decompression.add(chunk);
        take();
        return Future.succeededFuture();
    }

    /** Reads as much of the received data as there is room for. */
    private void take() {
        EventStream begun = stream;
        try {
            for (Buffer next = nextPiece(); next != null; next = nextPiece()) {
                if (begun == null) {
                    collect(next);
                } else {
                    read(begun, next);
                }
            }
        } catch (DecoderException e) {
            unanswered(NetworkFailure.notDecompressed());
            abort();
        } catch (Throwable e) {
            Failed why = internal.of("The response could not be read", e).possiblyDone();
            breakOff(begun == null ? handler.unreadable(why) : why);
        }
    }

    private @Nullable Buffer nextPiece() {
        return isWaiting || tooLarge || isOver() ? null : decompression.next();
    }

    private void breakOff(CallOutcome why) {
        end(why);
        abort();
    }

    private void collect(Buffer chunk) {
        if (Math.max(receivedBytes, (long) body.length() + chunk.length()) > maxBytes) {
            tooLarge = true;
            abort();
        } else {
            waitUnless(body.add(chunk, this::mayGoOn));
        }
    }

    /** Any thread. */
    private void mayGoOn() {
        context.runOnContext(nothing -> goOn());
    }

    private void waitUnless(boolean hasRoom) {
        if (!hasRoom) {
            // Other answers use the memory. The server is not to blame for this wait, so its time does not run on.
            isWaiting = true;
            waitingSince = System.nanoTime();
            vertx.cancelTimer(timer);
        }
    }

    private void goOn() {
        if (!isWaiting) {
            return;
        }
        isWaiting = false;
        if (!isOver()) {
            limits.waited(System.nanoTime() - waitingSince);
            setTimer();
        }
        take();
        if (!isWaiting && whenDrained != null) {
            whenDrained.handle(null);
        }
    }

    private void read(EventStream stream, Buffer chunk) {
        EventStream.Sign sign = stream.read(chunk.getBytes());
        boolean isFirst = sign == EventStream.Sign.EVENT && limits.event(System.nanoTime());
        if (sign == EventStream.Sign.ALIVE) {
            limits.alive(System.nanoTime());
        }
        if (stream.outcome().isPresent()) {
            end(stream.outcome().get());
            vertx.cancelTimer(timer);
            if (stream.isTooLarge()) {
                abort();
            } else {
                timer = vertx.setTimer(MILLIS_FOR_END, id -> abort());
            }
            return;
        }
        if (isFirst) {
            setTimer();
        }
        waitUnless(body.holds(stream.held(), this::mayGoOn));
    }

    @Override
    public Future<Void> end() {
        // Without a value: the body is read from its field, and a buffer would be another copy.
        whole.tryComplete();
        return Future.succeededFuture();
    }

    @Override
    public void handle(Throwable failure) {
        whole.tryFail(failure);
    }

    @Override
    public boolean writeQueueFull() {
        return isWaiting;
    }

    @Override
    public Exchange setWriteQueueMaxSize(int maxSize) {
        return this;
    }

    @Override
    public Exchange drainHandler(@Nullable Handler<Void> handler) {
        whenDrained = handler;
        return this;
    }

    @Override
    public Exchange exceptionHandler(@Nullable Handler<Throwable> handler) {
        return this;
    }
}
