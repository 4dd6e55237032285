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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One HTTP exchange under way: collects its body, or reads it as an event stream, within its time, and ends once.
 *
 * <p>The Web Client has no public way to see an answer's head before its body, nor to break off an exchange after the head
 * has come. But breaking off is what a time limit and a size limit are for: a body nobody wants any more would go on
 * holding its connection. So the exchange gets hold of the {@link HttpClientRequest} and of the response's head by an
 * interceptor ({@link #intercept}), and resets the former: HTTP/1.1 closes the connection, HTTP/2 only the stream.
 *
 * <p>A large answer is read as memory becomes free ({@link MemoryBudget}), and parsed on a thread of its own, where its outcome is
 * told, too.
 *
 * <p>All methods but {@link #end(CallOutcome)}, {@link #unanswered} and {@link #isOver} belong to its event loop.
 */
final class Exchange implements BodyCodec<Buffer>, BodyStream<Buffer> {

    private static final Logger LOG = LoggerFactory.getLogger(Exchange.class);
    private static final long HTTP2_CANCEL = 0x8;

    /**
     * A stream's end may follow its last event by a moment: this long is waited for it, so that the connection can be used
     * again.
     */
    private static final long MILLIS_FOR_END = 500;

    private final int maxBytes;
    private final TimeLimits limits;
    private final Reading reading;
    private final InternalFailure internal;
    private final AtomicReference<Consumer<CallOutcome>> whenDone;
    private final Promise<Buffer> whole = Promise.promise();
    private final LargeAnswers large;
    private final Body body;
    private HttpClientRequest request;
    private volatile boolean isSent;
    private boolean byProxy;
    private boolean inTunnel;
    private volatile EventStream stream;
    private Decompression decompression = Decompression.none();
    private long come;
    private boolean tooLarge;
    private Vertx vertx;
    private Context context;
    private long waitingSince;
    private boolean isWaiting;
    private Handler<Void> whenDrained;
    private long timer = -1;

    /**
     * @param maxBytes longest body that is collected, before and after decompression
     * @param large    what it shares with others if its answer is large
     */
    Exchange(
            int maxBytes,
            TimeLimits limits,
            Reading reading,
            InternalFailure internal,
            LargeAnswers large,
            Consumer<CallOutcome> whenDone) {
        this.maxBytes = maxBytes;
        this.limits = limits;
        this.reading = reading;
        this.internal = internal;
        this.large = large;
        this.body = new Body(large.budget());
        this.whenDone = new AtomicReference<>(whenDone);
    }

    /** To be an interceptor of the web client: shows each exchange its request and the head of its response. */
    static void intercept(HttpContext<?> context) {
        if (context.request().bodyCodec() instanceof Exchange exchange) {
            if (context.phase() == ClientPhase.SEND_REQUEST) {
                if (exchange.isOver()) {
                    // Timed out while it waited for a connection: the connection goes back, nothing is sent or paid.
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

    /** Reports the outcome if none was reported before. Any thread. */
    void end(CallOutcome outcome) {
        Consumer<CallOutcome> receiver = whenDone.getAndSet(null);
        if (receiver == null) {
            return;
        }
        try {
            receiver.accept(outcome);
        } catch (RuntimeException e) {
            LOG.error("The receiver of an outcome has thrown, against its contract", e);
        } finally {
            // However it has ended: what is not given back is missing for ever.
            body.giveBack();
        }
    }

    /**
     * Ends it, since no whole answer has come or will be waited for. Where there was no connection to send it on, the API
     * has done nothing; from the first byte on nobody knows. Any thread.
     */
    void unanswered(Retry why) {
        Retry told = isSent ? why.possiblyDone() : why;
        EventStream begun = stream;
        end(begun == null ? reading.unanswered(told) : begun.brokenOff(told));
    }

    /**
     * To be told, before it is sent, that there is a proxy on its way.
     *
     * @param tunnel whether the proxy sees nothing of the exchange, so that all answers are the API's
     */
    void goesByProxy(boolean tunnel) {
        byProxy = true;
        inTunnel = tunnel;
    }

    /** Ends it before it was handed to the web client. A question can be asked again; a call could not be sent again either. */
    void notSent(Failed why) {
        vertx.cancelTimer(timer);
        CallOutcome asked = reading.unanswered(new Retry(why.error(), Duration.ZERO, null));
        end(asked instanceof CallOutcome.Accepted ? asked : why);
    }

    /** To be told how the web client sees its end. */
    void completed(AsyncResult<HttpResponse<Buffer>> result) {
        vertx.cancelTimer(timer);
        decompression.close();
        if (isOver()) {
            return;
        }
        if (tooLarge) {
            end(reading.unreadable(NetworkFailure.tooLarge(maxBytes)));
        } else if (stream != null) {
            unanswered(
                    result.succeeded()
                            ? NetworkFailure.streamInterrupted()
                            : NetworkFailure.streamInterrupted(result.cause()));
        } else if (result.succeeded() && isOfProxy(result.result())) {
            // A proxy's word: it has passed nothing on, so nothing was done.
            end(reading.unanswered(NetworkFailure.proxyLogin()));
        } else if (result.succeeded() && body.isLarge()) {
            large.execute(() -> end(large.parse(() -> answered(result.result()))));
        } else if (result.succeeded()) {
            end(answered(result.result()));
        } else {
            failed(result.cause());
        }
    }

    private boolean isOfProxy(HttpResponse<Buffer> response) {
        return byProxy && !inTunnel && response.statusCode() == NetworkFailure.PROXY_LOGIN_WANTED;
    }

    private void failed(Throwable cause) {
        Retry why = NetworkFailure.of(cause, byProxy && !isSent);
        if (NetworkFailure.isOfOurCertificate(cause)) {
            // With TLS 1.3 the server says so after we have begun to send, which it has not taken in.
            end(reading.unanswered(why));
        } else {
            unanswered(why);
        }
    }

    private CallOutcome answered(HttpResponse<Buffer> response) {
        try {
            return reading.answered(new HttpAnswer(response.statusCode(), response.headers()::get, body.whole()));
        } catch (Throwable e) {
            return reading.unreadable(
                    internal.of("The response could not be read", e).possiblyDone());
        }
    }

    /** Breaks off the HTTP exchange, wherever it is. */
    void abort() {
        if (request != null) {
            request.reset(HTTP2_CANCEL);
        }
    }

    // ---- its time

    /** Starts its time. */
    void watch(Vertx vertx) {
        this.vertx = vertx;
        this.context = vertx.getOrCreateContext();
        limits.start(System.nanoTime());
        setTimer();
    }

    /** One timer that looks, when it goes off, whether the end has moved: an event costs no timer of its own. */
    private void setTimer() {
        vertx.cancelTimer(timer);
        Duration left = limits.left(System.nanoTime());
        // Rounded up, or it would go off before its time.
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
        try {
            decompression = Decompression.of(encoding);
        } catch (DecoderException unknown) {
            if (head.is2xx()) {
                end(reading.unreadable(NetworkFailure.unknownEncoding(encoding)));
                // Not at once: Vert.x is about to read the body.
                context.runOnContext(nothing -> abort());
            }
            // Else its status says enough.
        }
        if (!isOver() && EventStream.is(head)) {
            stream = reading.stream(head).orElse(null);
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
        come += chunk.length();
        decompression.add(chunk);
        take();
        return Future.succeededFuture();
    }

    /** Takes of what has come as much as there is room for. */
    private void take() {
        try {
            for (Buffer next = nextPiece(); next != null; next = nextPiece()) {
                if (stream == null) {
                    collect(next);
                } else {
                    read(next);
                }
            }
        } catch (DecoderException e) {
            unanswered(NetworkFailure.notDecompressed());
            abort();
        } catch (Throwable e) {
            Failed why = internal.of("The response could not be read", e).possiblyDone();
            breakOff(stream == null ? reading.unreadable(why) : why);
        }
    }

    private Buffer nextPiece() {
        return isWaiting || tooLarge || isOver() ? null : decompression.next();
    }

    private void breakOff(CallOutcome why) {
        end(why);
        abort();
    }

    private void collect(Buffer chunk) {
        if (Math.max(come, (long) body.length() + chunk.length()) > maxBytes) {
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
            // Others have the memory. The server is not to blame for that wait, and the answer may be paid: no time
            // passes.
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

    private void read(Buffer chunk) {
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
        // The body is told by itself: a buffer of it would be another copy.
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
    public Exchange drainHandler(Handler<Void> handler) {
        whenDrained = handler;
        return this;
    }

    @Override
    public Exchange exceptionHandler(Handler<Throwable> handler) {
        return this;
    }
}
