package io.github.genaistreams.serve.http;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import java.io.IOException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The port of a {@link Router}. Thread-safe. */
public final class HttpListener implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(HttpListener.class);

    /** Of a connection on which nothing moves. The first line of a large output may take minutes to be found. */
    private static final int IDLE_SECONDS = 600;

    private static final int WAIT_SECONDS = 10;

    /** How long a request under way may take when the port closes. */
    private static final int LAST_SECONDS = 2;

    /** Of a part of a form that is no file: it is held in memory. */
    static final int MAX_FIELD_BYTES = 16 << 10;

    private static final int MAX_PARTS = 10_000;

    private final Vertx vertx;
    private final HttpServer server;

    /**
     * Listens when this returns.
     *
     * @param port 0 for one that is free
     * @throws IOException if it cannot be opened: it is in use, say
     */
    public HttpListener(String host, int port, Router router) throws IOException {
        vertx = Vertx.vertx(new VertxOptions()
                .setEventLoopPoolSize(2)
                .setWorkerPoolSize(1)
                // No files are served from it, and the disk may be read-only.
                .setFileSystemOptions(
                        new FileSystemOptions().setFileCachingEnabled(false).setClassPathResolvingEnabled(false)));
        try {
            server = await(vertx.createHttpServer(new HttpServerOptions()
                            .setHttp2ClearTextEnabled(false)
                            .setHandle100ContinueAutomatically(true)
                            .setMaxFormAttributeSize(MAX_FIELD_BYTES)
                            .setMaxFormFields(MAX_PARTS)
                            .setIdleTimeout(IDLE_SECONDS)
                            .setIdleTimeoutUnit(TimeUnit.SECONDS))
                    .requestHandler(request -> router.accept(vertx, request))
                    .listen(port, host));
        } catch (IOException e) {
            vertx.close();
            throw e;
        }
    }

    /** The port that it listens on. */
    public int port() {
        return server.actualPort();
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

    /** Accepts nothing more, and gives requests under way a moment to end. May be called twice. */
    @Override
    public void close() {
        end(server.shutdown(LAST_SECONDS, TimeUnit.SECONDS));
        end(vertx.close());
    }

    private static void end(Future<Void> closing) {
        try {
            await(closing);
        } catch (IOException e) {
            LOG.warn("The HTTP port did not close in time", e);
        }
    }
}
