package io.github.genaistreams.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An HTTP server with a few pages. Each page has its own path, and is created for every request. Answers {@code GET}
 * and {@code HEAD}; other methods get 405, other paths 404. Thread-safe.
 */
public final class HttpPort implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(HttpPort.class);

    /** Threads that make pages: one that takes long holds up no other. */
    private static final int PAGES_AT_ONCE = 4;

    private static final int IDLE_SECONDS = 60;

    private final Map<String, Supplier<PortPage>> pages;
    private final ServerPort port;

    /**
     * What a request gets.
     *
     * @param status HTTP status
     * @param type   media type of the body
     */
    public record PortPage(int status, String type, String body) {

        public static PortPage json(int status, String body) {
            return new PortPage(status, "application/json", body);
        }
    }

    private HttpPort(String host, int port, Map<String, Supplier<PortPage>> pages) throws IOException {
        this.pages = new HashMap<>(pages);
        var options = new HttpServerOptions().setIdleTimeout(IDLE_SECONDS).setIdleTimeoutUnit(TimeUnit.SECONDS);
        this.port = new ServerPort(
                1,
                PAGES_AT_ONCE,
                options,
                host,
                port,
                (vertx, server) -> server.requestHandler(request -> answer(vertx, request)));
    }

    /**
     * Opens a port that answers when this returns.
     *
     * @param host  name or address of this machine to listen on
     * @param port  0 for one that is free
     * @param pages by path ({@code /metrics}); each is called on a thread that may wait, and may be called by several at once
     * @throws IOException if it cannot be opened, for example because it is in use
     */
    public static HttpPort open(String host, int port, Map<String, Supplier<PortPage>> pages) throws IOException {
        return new HttpPort(host, port, pages);
    }

    /** The port that it listens on. */
    public int port() {
        return port.port();
    }

    private void answer(Vertx vertx, HttpServerRequest request) {
        Supplier<PortPage> page = pages.get(request.path());
        if (page == null) {
            send(request, PortPage.json(404, "{\"error\":\"there is no page at this path\"}"));
        } else if (request.method() != HttpMethod.GET && request.method() != HttpMethod.HEAD) {
            request.response().putHeader("Allow", "GET, HEAD");
            send(request, PortPage.json(405, "{\"error\":\"this path supports only GET\"}"));
        } else {
            vertx.executeBlocking(page::get, false).onComplete(made -> send(request, made), failure -> {
                LOG.warn("The page {} could not be created", request.path(), failure);
                send(request, PortPage.json(500, "{\"error\":\"the page could not be created; the log says why\"}"));
            });
        }
    }

    private static void send(HttpServerRequest request, PortPage page) {
        HttpServerResponse response = request.response();
        if (response.closed()) {
            return;
        }
        byte[] body = page.body().getBytes(UTF_8);
        response.setStatusCode(page.status())
                .putHeader("Content-Type", page.type())
                .putHeader("Content-Length", Integer.toString(body.length))
                .putHeader("Cache-Control", "no-store");
        if (request.method() == HttpMethod.HEAD) {
            response.end();
        } else {
            response.end(Buffer.buffer(body));
        }
    }

    /** Accepts nothing more, gives current requests a moment to end, then closes their connections. */
    @Override
    public void close() {
        port.close();
    }
}
