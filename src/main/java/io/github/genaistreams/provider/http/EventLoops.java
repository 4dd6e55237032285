package io.github.genaistreams.provider.http;

import io.netty.channel.ChannelPipeline;
import io.vertx.core.Context;
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
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Event loops, each with its own web clients. With one client for all, each request would search a shared pool for a
 * connection of its own loop. So each loop has its own pool, and makes its requests itself.
 */
final class EventLoops {

    private static final Logger LOG = LoggerFactory.getLogger(EventLoops.class);

    private final List<Loop> loops;

    private EventLoops(List<Loop> loops) {
        this.loops = loops;
    }

    /**
     * Starts the loops and creates their clients. Verticles are the public way to a context on each event loop. Vert.x assigns its loops in turn, and a client also
     * takes one, for the cleaner of its pool. So all verticles start before the first client is created. Otherwise some
     * loops would have two verticles, and others none.
     */
    static EventLoops start(Vertx vertx, int count, HttpOptions options) {
        var contexts = new CopyOnWriteArrayList<Context>();
        vertx.deployVerticle(() -> new ContextCollector(contexts), new DeploymentOptions().setInstances(count))
                .await();
        var loops = new ArrayList<Loop>();
        for (Context context : contexts) {
            loops.add(Loop.create(context, options).await());
        }
        return new EventLoops(List.copyOf(loops));
    }

    Loop of(int lane) {
        return loops.get(Math.floorMod(lane, loops.size()));
    }

    /** A verticle that adds its context to a list. */
    private static final class ContextCollector extends VerticleBase {

        private final List<Context> contexts;

        private ContextCollector(List<Context> contexts) {
            this.contexts = contexts;
        }

        @Override
        public Future<?> start() {
            contexts.add(context);
            return Future.succeededFuture();
        }
    }

    /**
     * One event loop and its clients.
     *
     * @param api    the client for the API
     * @param others the client for other servers
     */
    record Loop(Context context, WebClient api, WebClient others) {

        /** Creates the clients on the loop that will use them. */
        private static Future<Loop> create(Context context, HttpOptions options) {
            Promise<Loop> created = Promise.promise();
            context.runOnContext(nothing -> {
                try {
                    WebClient api = client(context.owner(), options.api(), options.pool());
                    WebClient others =
                            options.hasCertificate() ? client(context.owner(), options.others(), options.pool()) : api;
                    created.complete(new Loop(context, api, others));
                } catch (RuntimeException e) {
                    created.fail(e);
                }
            });
            return created.future();
        }

        private static WebClient client(Vertx vertx, WebClientOptions options, PoolOptions pool) {
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
            // A broken connection is not an error of its own: its call ends as a network error, and the pool opens
            // another
            // connection. Vert.x would log an error that quotes the server.
            connection.exceptionHandler(
                    e -> LOG.debug("A connection ended: {}", e.getClass().getSimpleName()));
            guard(((HttpClientConnection) connection).channelHandlerContext().pipeline());
        }

        /** Vert.x has no public way to see what a connection delivers besides its responses. */
        private static void guard(ChannelPipeline pipeline) {
            var http2 = pipeline.get(VertxHttp2ConnectionHandler.class);
            if (http2 != null) {
                Http2Guard.install(http2.decoder());
            } else {
                Http1Guard.install(pipeline, "codec", "handler", HttpOptions.MAX_HEADER_BYTES);
            }
        }

        /** Runs an action on this loop, with the client for the API. */
        void run(Consumer<WebClient> action) {
            run(true, action);
        }

        /** The same, with the client for other servers if {@code isForTheApi} is false. */
        void run(boolean isForTheApi, Consumer<WebClient> action) {
            context.runOnContext(nothing -> action.accept(isForTheApi ? api : others));
        }
    }
}
