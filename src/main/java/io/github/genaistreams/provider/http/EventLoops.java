package io.github.genaistreams.provider.http;

import io.netty.channel.ChannelPipeline;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.impl.HttpClientConnection;
import io.vertx.core.http.impl.http2.codec.VertxHttp2ConnectionHandler;
import io.vertx.ext.web.client.WebClient;
import io.vertx.ext.web.client.WebClientOptions;
import io.vertx.ext.web.client.impl.WebClientInternal;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Event loops, each with its own web clients. A client that foreign threads call shares one pool, and each request
 * searches that pool's list for a connection of its own loop. So each loop has its pool, and makes its requests itself.
 */
final class EventLoops {

    private static final Logger LOG = LoggerFactory.getLogger(EventLoops.class);

    private final List<Loop> loops;

    private EventLoops(List<Loop> loops) {
        this.loops = loops;
    }

    /**
     * Verticles are the public way to a context on each event loop. Vert.x assigns its loops in turn, and a client also
     * takes one (for its pool's cleaner). So all verticles are created before the clients; otherwise some loops would
     * have two verticles and others none.
     */
    static EventLoops start(Vertx vertx, int count, HttpOptions options) {
        var loops = new CopyOnWriteArrayList<Loop>();
        vertx.deployVerticle(() -> new Loop(loops), new DeploymentOptions().setInstances(count))
                .await();
        loops.forEach(loop -> loop.createClient(options).await());
        return new EventLoops(List.copyOf(loops));
    }

    Loop of(int lane) {
        return loops.get(Math.floorMod(lane, loops.size()));
    }

    /** One event loop and its clients. */
    static final class Loop extends VerticleBase {

        private final List<Loop> started;
        private WebClient api;
        private WebClient others;

        private Loop(List<Loop> started) {
            this.started = started;
        }

        @Override
        public Future<?> start() {
            started.add(this);
            return Future.succeededFuture();
        }

        private Future<Void> createClient(HttpOptions options) {
            Promise<Void> created = Promise.promise();
            context.runOnContext(nothing -> {
                try {
                    api = client(options.api(), options.pool());
                    others = options.hasCertificate() ? client(options.others(), options.pool()) : api;
                    created.complete();
                } catch (RuntimeException e) {
                    created.fail(e);
                }
            });
            return created.future();
        }

        private WebClient client(WebClientOptions options, PoolOptions pool) {
            HttpClient http = vertx.httpClientBuilder()
                    .with(options)
                    .with(pool)
                    .withConnectHandler(Loop::connected)
                    .build();
            WebClient web = WebClient.wrap(http, options);
            ((WebClientInternal) web).addInterceptor(Exchange::intercept);
            return web;
        }

        private static void connected(HttpConnection connection) {
            // A broken connection needs no log entry: its call ends as a network error, and a pooled connection is
            // replaced. Vert.x would log it as an error, in the server's words.
            connection.exceptionHandler(
                    e -> LOG.debug("A connection ended: {}", e.getClass().getSimpleName()));
            guard(((HttpClientConnection) connection).channelHandlerContext().pipeline());
        }

        /** Vert.x has no public way to see other data on a connection than its responses. */
        private static void guard(ChannelPipeline pipeline) {
            var http2 = pipeline.get(VertxHttp2ConnectionHandler.class);
            if (http2 != null) {
                Http2Guard.install(http2.decoder());
            } else {
                Http1Guard.install(pipeline, "codec", "handler", HttpOptions.MAX_HEADER_BYTES);
            }
        }

        /** Runs the action on this loop, with its client for the API. */
        void run(Consumer<WebClient> action) {
            run(true, action);
        }

        /** The same, with the client for other servers if the request is not for the API. */
        void run(boolean isForTheApi, Consumer<WebClient> action) {
            context.runOnContext(nothing -> action.accept(isForTheApi ? api : others));
        }
    }
}
