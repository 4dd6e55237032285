package io.github.genaistreams.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An HTTP server with a few pages, each at a path of its own, made anew for every request. Answers {@code GET} and {@code HEAD};
 * other methods get 405, other paths 404. Thread-safe.
 */
public final class HttpPort implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(HttpPort.class);

    /** Threads that make pages: one that takes long holds up no other. */
    private static final int PAGES_AT_ONCE = 4;

    private static final int IDLE_SECONDS = 60;
    private static final int WAIT_SECONDS = 10;

    /** How long a page that is being made when the port closes may take. */
    private static final int LAST_SECONDS = 2;

    private final Map<String, Supplier<Page>> pages;
    private final Vertx vertx;
    private final HttpServer server;
    private final AtomicBoolean closed = new AtomicBoolean();

    /**
     * What a request gets.
     *
     * @param status HTTP status
     * @param type   media type of the body
     */
    public record Page(int status, String type, String body) {

        public static Page json(int status, String body) {
            return new Page(status, "application/json", body);
        }
    }

    private HttpPort(String host, int port, Map<String, Supplier<Page>> pages) throws IOException {
        this.pages = new HashMap<>(pages);
        vertx = Vertx.vertx(new VertxOptions()
                .setEventLoopPoolSize(1)
                .setWorkerPoolSize(PAGES_AT_ONCE)
                // No files are served, and the disk may be read-only.
                .setFileSystemOptions(
                        new FileSystemOptions().setFileCachingEnabled(false).setClassPathResolvingEnabled(false)));
        try {
            server = await(vertx.createHttpServer(new HttpServerOptions()
                            .setHttp2ClearTextEnabled(false)
                            .setIdleTimeout(IDLE_SECONDS)
                            .setIdleTimeoutUnit(TimeUnit.SECONDS))
                    .requestHandler(this::answer)
                    .listen(port, host));
        } catch (IOException e) {
            vertx.close();
            throw e;
        }
    }

    /**
     * Opens a port that answers when this returns.
     *
     * @param host  name or address of this machine to listen on
     * @param port  0 for one that is free
     * @param pages by path ({@code /metrics}); each is called on a thread that may wait, and may be called by several at once
     * @throws IOException if it cannot be opened: it is in use, say
     */
    public static HttpPort open(String host, int port, Map<String, Supplier<Page>> pages) throws IOException {
        return new HttpPort(host, port, pages);
    }

    /** The port that it listens on. */
    public int port() {
        return server.actualPort();
    }

    private void answer(HttpServerRequest request) {
        Supplier<Page> page = pages.get(request.path());
        if (page == null) {
            send(request, Page.json(404, "{\"error\":\"there is nothing at this path\"}"));
        } else if (request.method() != HttpMethod.GET && request.method() != HttpMethod.HEAD) {
            request.response().putHeader("Allow", "GET, HEAD");
            send(request, Page.json(405, "{\"error\":\"this path is for GET\"}"));
        } else {
            vertx.executeBlocking(page::get, false).onComplete(made -> send(request, made), failure -> {
                LOG.warn("The page {} could not be made", request.path(), failure);
                send(request, Page.json(500, "{\"error\":\"the page could not be made; the log says why\"}"));
            });
        }
    }

    private static void send(HttpServerRequest request, Page page) {
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

    private static <T> T await(Future<T> future) throws IOException {
        try {
            return future.toCompletionStage()
                    .toCompletableFuture()
                    .orTimeout(WAIT_SECONDS, TimeUnit.SECONDS)
                    .join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof IOException io ? io : new IOException(e.getCause());
        }
    }

    /** Accepts nothing more, and gives requests under way a moment to end; later ones see their connection closed. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            end(server.shutdown(LAST_SECONDS, TimeUnit.SECONDS));
            // Not chained to the first: Vert.x tells its own end to nobody who asks on one of its threads.
            end(vertx.close());
        }
    }

    private static void end(Future<Void> closing) {
        try {
            await(closing);
        } catch (IOException e) {
            LOG.warn("The HTTP port did not close in time", e);
        }
    }
}
