package io.github.genaistreams.provider.openai;

import io.github.genaistreams.provider.CallOutcome;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.ext.web.client.impl.ClientPhase;
import io.vertx.ext.web.client.impl.HttpContext;
import io.vertx.ext.web.codec.BodyCodec;
import io.vertx.ext.web.codec.spi.BodyStream;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/**
 * One call under way: collects its body, and ends once.
 *
 * <p>The Web Client has no public way to break off an exchange after the response's head has come. But breaking off is
 * what a time limit and a size limit are for: a body nobody wants any more would go on holding its connection. So the
 * exchange gets hold of the {@link HttpClientRequest} by an interceptor ({@link #intercept}) and resets it: HTTP/1.1
 * closes the connection, HTTP/2 only the stream.
 *
 * <p>All methods but {@link #end(CallOutcome)} and {@link #isOver} belong to the event loop of the exchange.
 */
final class Exchange implements BodyCodec<Buffer>, BodyStream<Buffer> {

    private static final long HTTP2_CANCEL = 0x8;

    private final int maxBytes;
    private final AtomicReference<Consumer<CallOutcome>> whenDone;
    private final Promise<Buffer> whole = Promise.promise();
    private final Buffer collected = Buffer.buffer();
    private HttpClientRequest request;
    private boolean tooLarge;

    Exchange(int maxBytes, Consumer<CallOutcome> whenDone) {
        this.maxBytes = maxBytes;
        this.whenDone = new AtomicReference<>(whenDone);
    }

    /** To be an interceptor of the web client: tells each exchange its request just before it is sent. */
    static void intercept(HttpContext<?> context) {
        if (context.phase() == ClientPhase.SEND_REQUEST && context.request().bodyCodec() instanceof Exchange exchange) {
            if (exchange.isOver()) {
                // Timed out while it waited for a connection: the connection goes back, nothing is sent or paid.
                context.fail(new IllegalStateException("The call is over"));
                return;
            }
            exchange.request = context.clientRequest();
        }
        context.next();
    }

    boolean isOver() {
        return whenDone.get() == null;
    }

    /** Reports the outcome if none was reported before. Any thread. */
    boolean end(CallOutcome outcome) {
        Consumer<CallOutcome> receiver = whenDone.getAndSet(null);
        if (receiver == null) {
            return false;
        }
        receiver.accept(outcome);
        return true;
    }

    /** Whether it was broken off because more bytes came than are accepted; what the future says then is the reset. */
    boolean isTooLarge() {
        return tooLarge;
    }

    /** Breaks off the HTTP exchange, wherever it is. */
    void abort() {
        if (request != null) {
            request.reset(HTTP2_CANCEL);
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
        if ((long) collected.length() + chunk.length() > maxBytes) {
            tooLarge = true;
            abort();
            return Future.succeededFuture();
        }
        collected.appendBuffer(chunk);
        return Future.succeededFuture();
    }

    @Override
    public Future<Void> end() {
        whole.tryComplete(collected);
        return Future.succeededFuture();
    }

    @Override
    public void handle(Throwable failure) {
        whole.tryFail(failure);
    }

    @Override
    public boolean writeQueueFull() {
        return false;
    }

    @Override
    public Exchange setWriteQueueMaxSize(int maxSize) {
        return this;
    }

    @Override
    public Exchange drainHandler(Handler<Void> handler) {
        return this;
    }

    @Override
    public Exchange exceptionHandler(Handler<Throwable> handler) {
        return this;
    }
}
