package io.github.genaistreams.http;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import java.io.IOException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An HTTP server with its own threads. Thread-safe. */
public final class ServerPort implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ServerPort.class);

    private static final int WAIT_SECONDS = 10;

    /** How long a request under way may take when the port closes. */
    private static final int LAST_SECONDS = 2;

    private final Vertx vertx;
    private final HttpServer server;
    private final AtomicBoolean closed = new AtomicBoolean();

    /**
     * Listens when this returns. Speaks HTTP/1 only.
     *
     * @param loops    threads for connections
     * @param workers  threads for {@link Vertx#executeBlocking}
     * @param options  are changed here
     * @param host     name or address of this machine to listen on
     * @param port     0 for one that is free
     * @param handlers adds the server's handlers before it listens
     * @throws IOException if it cannot be opened: it is in use, say
     */
    public ServerPort(
            int loops,
            int workers,
            HttpServerOptions options,
            String host,
            int port,
            BiConsumer<Vertx, HttpServer> handlers)
            throws IOException {
        vertx = Vertx.vertx(new VertxOptions()
                .setEventLoopPoolSize(loops)
                .setWorkerPoolSize(workers)
                // No files are served from it, and the disk may be read-only.
                .setFileSystemOptions(
                        new FileSystemOptions().setFileCachingEnabled(false).setClassPathResolvingEnabled(false)));
        try {
            server = vertx.createHttpServer(options.setHttp2ClearTextEnabled(false));
            handlers.accept(vertx, server);
            await(server.listen(port, host));
        } catch (IOException e) {
            vertx.close();
            throw e;
        }
    }

    /** The port that it listens on. */
    public int port() {
        return server.actualPort();
    }

    private static void await(Future<?> future) throws IOException {
        try {
            future.toCompletionStage()
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
