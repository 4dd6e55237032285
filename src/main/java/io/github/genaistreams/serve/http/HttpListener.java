package io.github.genaistreams.serve.http;

import io.github.genaistreams.http.ServerPort;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import java.io.IOException;
import java.util.concurrent.TimeUnit;

/** The port of a {@link Router}. Thread-safe. */
public final class HttpListener implements AutoCloseable {

    /** Of a connection on which nothing moves. The first line of a large output may take minutes to be found. */
    private static final int IDLE_SECONDS = 600;

    /** Of a part of a form that is no file: it is held in memory. */
    static final int MAX_FIELD_BYTES = 16 << 10;

    private static final int MAX_PARTS = 10_000;
    private static final long LOOK_MS = 5_000;

    private final Connections<HttpConnection> connections = new Connections<>();
    private final Router router;
    private final ServerPort port;

    /**
     * Listens when this returns.
     *
     * @param port 0 for one that is free
     * @throws IOException if it cannot be opened: it is in use, say
     */
    public HttpListener(String host, int port, Router router) throws IOException {
        this.router = router;
        var options = new HttpServerOptions()
                .setHandle100ContinueAutomatically(true)
                .setMaxFormAttributeSize(MAX_FIELD_BYTES)
                .setMaxFormFields(MAX_PARTS)
                .setIdleTimeout(IDLE_SECONDS)
                .setIdleTimeoutUnit(TimeUnit.SECONDS);
        this.port = new ServerPort(2, 1, options, host, port, this::serve);
    }

    private void serve(Vertx vertx, HttpServer server) {
        server.connectionHandler(this::opened).requestHandler(request -> asked(vertx, request));
        vertx.setPeriodic(LOOK_MS, look -> connections.late(System.nanoTime()).forEach(HttpConnection::close));
    }

    private void opened(HttpConnection connection) {
        connection.closeHandler(closed -> connections.closed(connection));
        connections.opened(connection, System.nanoTime()).ifPresent(HttpConnection::close);
    }

    private void asked(Vertx vertx, HttpServerRequest request) {
        HttpConnection connection = request.connection();
        connections.isAsked(connection);
        request.response().endHandler(answered -> connections.isAnswered(connection, System.nanoTime()));
        router.accept(vertx, request);
    }

    /** The port that it listens on. */
    public int port() {
        return port.port();
    }

    /** Accepts nothing more, and gives requests under way a moment to end. May be called twice. */
    @Override
    public void close() {
        port.close();
    }
}
