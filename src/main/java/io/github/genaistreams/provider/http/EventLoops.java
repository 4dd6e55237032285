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
 * Event loops, each with web clients of its own. A client that is called from foreign threads shares one pool among them
 * all, and each request searches that pool's list for a connection of its own loop; so each loop has its pool, and its
 * requests are made on it.
 */
final class EventLoops {

    private static final Logger LOG = LoggerFactory.getLogger(EventLoops.class);

    private final List<Loop> loops;

    private EventLoops(List<Loop> loops) {
        this.loops = loops;
    }

    /**
     * Verticles, because they are the public way to a context on each event loop. Vert.x hands out its loops in turn, to
     * whoever asks, and a client asks for one, too (for its pool's cleaner): so all the verticles come first and the
     * clients after them, or some loops would get two verticles and others none.
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
            // A connection that ends badly is no event of its own: a call on it ends as a network error, and one in the
            // pool is replaced. Vert.x would log it as an error, in the words of the server.
            connection.exceptionHandler(
                    e -> LOG.debug("A connection has ended: {}", e.getClass().getSimpleName()));
            guard(((HttpClientConnection) connection).channelHandlerContext().pipeline());
        }

        /** Vert.x has no public way to see what a connection brings beside its responses. */
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

        /** Likewise, with the client for other servers if it is not the API that is asked. */
        void run(boolean isForTheApi, Consumer<WebClient> action) {
            context.runOnContext(nothing -> action.accept(isForTheApi ? api : others));
        }
    }
}
