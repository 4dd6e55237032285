package io.github.genaistreams.serve.http;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import java.util.function.Consumer;

/** The body of a request that is not an upload, in memory. For its connection's event loop, except {@link #release}. */
final class ReceivedBody {

    /** How long a client may take to send the body. */
    private static final int MAX_SECONDS = 60;

    private final RequestExchange exchange;
    private final Bodies bodies;
    private final String key;
    private final int maxBytes;
    private final Buffer bytes = Buffer.buffer();
    private boolean isOver;

    /** @param key the key whose share of the memory it takes */
    ReceivedBody(RequestExchange exchange, Bodies bodies, String key, int maxBytes) {
        this.exchange = exchange;
        this.bodies = bodies;
        this.key = key;
        this.maxBytes = maxBytes;
    }

    /** @param whole receives the complete body. From then on, the caller has to call {@link #release} at the end */
    void receive(Vertx vertx, HttpServerRequest request, Consumer<byte[]> whole) {
        long timer = vertx.setTimer(
                MAX_SECONDS * 1_000L,
                late -> refuse(ApiException.refused(
                        408, "The body of this request did not arrive within " + MAX_SECONDS + " s.")));
        request.exceptionHandler(gone -> {
            vertx.cancelTimer(timer);
            drop();
        });
        request.handler(this::add);
        request.endHandler(end -> {
            vertx.cancelTimer(timer);
            if (!isOver) {
                isOver = true;
                whole.accept(bytes.getBytes());
            }
        });
    }

    private void add(Buffer more) {
        if (isOver) {
            return;
        }
        try {
            if (bytes.length() + more.length() > maxBytes) {
                throw ApiException.refused(413, "The body is larger than %,d bytes.".formatted(maxBytes));
            }
            bodies.take(key, more.length());
            bytes.appendBuffer(more);
        } catch (ApiException e) {
            refuse(e);
        }
    }

    private void refuse(ApiException why) {
        drop();
        exchange.refuse(why);
    }

    private void drop() {
        if (!isOver) {
            isOver = true;
            release();
        }
    }

    /** Gives the memory back. For any thread. */
    void release() {
        bodies.release(key, bytes.length());
    }
}
