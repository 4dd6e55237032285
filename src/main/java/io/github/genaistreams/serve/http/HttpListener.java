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

    /** Time-out of a connection without traffic. It may take minutes to find the first line of a large output. */
    private static final int IDLE_SECONDS = 600;

    /** Maximum size of a form field that is not a file. It is held in memory. */
    static final int MAX_FIELD_BYTES = 16 << 10;

    private static final int MAX_PARTS = 10_000;
    private static final long LOOK_MS = 5_000;

    private final Connections<HttpConnection> connections = new Connections<>();
    private final Router router;
    private final ServerPort port;

    /**
     * Opens the port. It listens when this returns.
     *
     * @param port 0 for any free port
     * @throws IOException if the port cannot be opened, for example because it is in use
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

    public int port() {
        return port.port();
    }

    /** Accepts no more requests, and gives those under way a moment to end. May be called twice. */
    @Override
    public void close() {
        port.close();
    }
}
