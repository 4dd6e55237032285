package io.github.genaistreams.serve.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.genaistreams.client.kafka.BatchClientException;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.io.IOException;
import java.net.URLDecoder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.KafkaException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the handler of a request: checks where the request comes from and whose key it shows, reads its body, and runs
 * the handler on a thread that may wait. Routes are added before the first request; from then on it is thread-safe.
 */
public final class Router {

    private static final Logger LOG = LoggerFactory.getLogger(Router.class);

    /** Of a request that is no upload, unless its route says otherwise. */
    private static final int MAX_BODY_BYTES = 64 << 10;

    /** How long a client may go on sending a body that is refused. */
    private static final int DRAIN_SECONDS = 5;

    /** Of all bodies that are being received. */
    private static final long MAX_BODIES_BYTES = 64 << 20;

    private final Optional<Keys> keys;
    private final Origins origins;
    private final ExecutorService threads;
    private final List<Route> routes = new ArrayList<>();
    private final AtomicLong received = new AtomicLong();

    /** Answers a request on a thread that may wait. */
    public interface Handler {

        /**
         * @throws ApiException to refuse the request
         * @throws Exception    for everything else; the client gets a 500 that says nothing of it
         */
        HttpReply handle(Request request) throws Exception;
    }

    private enum Kind {
        /** Anybody may have it, at once. */
        OPEN,
        /** For a caller. */
        KEYED,
        /** For a caller, with a form of files. */
        UPLOAD
    }

    private record Route(Kind kind, HttpMethod method, List<String> path, int maxBytes, Handler handler) {

        /** The variables of a path; null if it is not this route's. */
        Map<String, String> match(List<String> segments) {
            if (segments.size() != path.size()) {
                return null;
            }
            Map<String, String> variables = new HashMap<>();
            for (int i = 0; i < path.size(); i++) {
                String mine = path.get(i);
                if (mine.startsWith("{")) {
                    variables.put(mine.substring(1, mine.length() - 1), decoded(segments.get(i)));
                } else if (!mine.equals(segments.get(i))) {
                    return null;
                }
            }
            return variables;
        }
    }

    /**
     * @param keys    empty to serve this machine only, without keys
     * @param hosts   names by which this server may be called
     * @param threads for handlers; not shut down here
     */
    public Router(Optional<Keys> keys, Set<String> hosts, ExecutorService threads) {
        this.keys = keys;
        this.origins = keys.isEmpty() ? Origins.ofThisMachine(hosts) : new Origins(hosts);
        this.threads = threads;
    }

    /**
     * A path that needs no key, such as that of a page. A variable of the path is written as {@code {id}}.
     *
     * @param handler must not wait
     */
    public Router open(String path, Handler handler) {
        return add(Kind.OPEN, "GET", path, 0, handler);
    }

    /** A path for callers, with a small body or none. */
    public Router on(String method, String path, Handler handler) {
        return on(method, path, MAX_BODY_BYTES, handler);
    }

    /** @param maxBytes of the body, which is held in memory */
    public Router on(String method, String path, int maxBytes, Handler handler) {
        return add(Kind.KEYED, method, path, maxBytes, handler);
    }

    /** A path to which callers that may write send forms with files, which the handler reads as they arrive. */
    public Router upload(String path, Handler handler) {
        return add(Kind.UPLOAD, "POST", path, 0, handler);
    }

    private static String decoded(String segment) {
        try {
            return URLDecoder.decode(segment.replace("+", "%2B"), UTF_8);
        } catch (IllegalArgumentException e) {
            throw ApiException.refused(400, null, "The path of this request is not percent-encoded as it must be.");
        }
    }

    private Router add(Kind kind, String method, String path, int maxBytes, Handler handler) {
        routes.add(new Route(kind, HttpMethod.valueOf(method), segments(path), maxBytes, handler));
        return this;
    }

    private static List<String> segments(String path) {
        return List.of(path.substring(1).split("/", -1));
    }

    /** Takes a request. For the event loop of its connection. */
    void accept(Vertx vertx, HttpServerRequest request) {
        try {
            origins.check(request);
            route(vertx.getOrCreateContext(), request);
        } catch (ApiException e) {
            refuse(request, null, e);
        } catch (RuntimeException e) {
            // A path or a form that Vert.x cannot read.
            LOG.debug("A request could not be read", e);
            refuse(request, null, ApiException.refused(400, null, "This request cannot be read."));
        }
    }

    private void route(Context context, HttpServerRequest request) {
        String path = request.path();
        if (path == null || !path.startsWith("/")) {
            throw ApiException.refused(400, null, "The path of this request does not begin with a slash.");
        }
        List<String> segments = segments(path);
        Set<String> methods = new TreeSet<>();
        for (Route route : routes) {
            Map<String, String> variables = route.match(segments);
            if (variables == null) {
                continue;
            }
            boolean isHead = request.method() == HttpMethod.HEAD && route.method() == HttpMethod.GET;
            if (route.method() == request.method() || isHead) {
                take(context, request, route, variables);
                return;
            }
            methods.add(route.method().name());
        }
        if (methods.isEmpty()) {
            throw ApiException.refused(
                    404, null, "Invalid URL (" + request.method().name() + " " + shown(request.path()) + ")");
        }
        request.response().putHeader("Allow", String.join(", ", methods));
        throw ApiException.refused(
                405, null, "Not allowed to " + request.method().name() + " on " + shown(request.path()));
    }

    private void take(Context context, HttpServerRequest request, Route route, Map<String, String> variables) {
        if (route.kind() == Kind.OPEN) {
            answer(request, null, route, new Request(null, variables, request::getParam, new byte[0], null));
            return;
        }
        Caller caller = caller(request);
        if (route.kind() == Kind.UPLOAD) {
            caller.requireWrite();
            String type = request.getHeader("Content-Type");
            if (type == null || !type.regionMatches(true, 0, "multipart/form-data", 0, 19)) {
                throw ApiException.invalid(null, null, "The body of this request must be multipart/form-data.");
            }
            var parts = new Multipart(request, context);
            run(request, parts, route, new Request(caller, variables, request::getParam, new byte[0], parts));
            return;
        }
        var body = Buffer.buffer();
        receive(request, body, route.maxBytes());
        request.endHandler(end -> {
            received.addAndGet(-body.length());
            if (!request.response().headWritten()) {
                run(request, null, route, new Request(caller, variables, request::getParam, body.getBytes(), null));
            }
        });
    }

    private void receive(HttpServerRequest request, Buffer body, int maxBytes) {
        request.exceptionHandler(gone -> received.addAndGet(-body.length()));
        request.handler(bytes -> {
            boolean isTooLarge = body.length() + bytes.length() > maxBytes;
            if (isTooLarge || received.get() + bytes.length() > MAX_BODIES_BYTES) {
                refuse(
                        request,
                        null,
                        isTooLarge
                                ? ApiException.refused(
                                        413, null, "The body is larger than %,d bytes.".formatted(maxBytes))
                                : ApiException.failed(503, "The server is busy. Try again."));
            } else {
                received.addAndGet(bytes.length());
                body.appendBuffer(bytes);
            }
        });
    }

    private Caller caller(HttpServerRequest request) {
        return keys.map(known -> known.caller(
                        request.getHeader("Authorization"),
                        request.remoteAddress() == null
                                ? ""
                                : request.remoteAddress().hostAddress()))
                .orElseGet(Caller::local);
    }

    /** @param parts of an upload; null for other requests */
    private void run(HttpServerRequest request, Multipart parts, Route route, Request asked) {
        try {
            threads.execute(() -> answer(request, parts, route, asked));
        } catch (RejectedExecutionException e) {
            refuse(request, parts, ApiException.failed(503, "The server is busy or stops. Try again."));
        }
    }

    private void answer(HttpServerRequest request, Multipart parts, Route route, Request asked) {
        try {
            send(request, route.handler().handle(asked));
        } catch (ApiException e) {
            refuse(request, parts, e);
        } catch (IOException e) {
            LOG.debug("{} {} has broken off", request.method(), shown(request.path()), e);
            request.connection().close();
        } catch (BatchClientException | KafkaException e) {
            LOG.warn("{} {} failed: {}", request.method(), shown(request.path()), e.getMessage());
            refuse(
                    request,
                    parts,
                    ApiException.failed(500, "Kafka does not answer as it should; the server's log says more."));
        } catch (Exception e) {
            LOG.error("{} {} failed", request.method(), shown(request.path()), e);
            refuse(request, parts, ApiException.failed(500, "The server has failed; its log says why."));
        }
    }

    private void send(HttpServerRequest request, HttpReply reply) throws IOException {
        HttpServerResponse response = request.response();
        response.setStatusCode(reply.status()).putHeader("Content-Type", reply.type());
        reply.headers().forEach(response::putHeader);
        if (!reply.headers().containsKey("Cache-Control")) {
            response.putHeader("Cache-Control", "no-store");
        }
        response.putHeader("X-Content-Type-Options", "nosniff");
        boolean isHead = request.method() == HttpMethod.HEAD;
        if (reply instanceof HttpReply.Whole whole) {
            response.putHeader("Content-Length", Integer.toString(whole.body().length));
            if (isHead) {
                response.end();
            } else {
                response.end(Buffer.buffer(whole.body()));
            }
            return;
        }
        var streamed = (HttpReply.Streamed) reply;
        if (streamed.length().isPresent()) {
            response.putHeader("Content-Length", Long.toString(streamed.length().getAsLong()));
        } else {
            response.setChunked(true);
        }
        if (isHead) {
            response.end();
            return;
        }
        try {
            var out = new ResponseStream(response);
            streamed.body().write(out);
            out.close();
        } catch (IOException | RuntimeException e) {
            // The head is sent: only a cut connection tells the client that the body is not whole.
            request.connection().close();
            if (e instanceof RuntimeException) {
                LOG.error("{} {} failed", request.method(), shown(request.path()), e);
            }
        }
    }

    /** @param parts of an upload, which nobody reads any more; null for other requests */
    private static void refuse(HttpServerRequest request, Multipart parts, ApiException why) {
        HttpServerResponse response = request.response();
        if (response.ended() || response.closed() || response.headWritten()) {
            return;
        }
        byte[] body = why.body().toString().getBytes(UTF_8);
        response.setStatusCode(why.status())
                .putHeader("Content-Type", HttpReply.JSON)
                .putHeader("Content-Length", Integer.toString(body.length));
        if (why.status() == 401) {
            response.putHeader("WWW-Authenticate", "Bearer");
        }
        if (!why.isRepeatable() && request.method() == HttpMethod.POST) {
            // OpenAI's clients obey it: https://github.com/openai/openai-python, _base_client.py.
            response.putHeader("x-should-retry", "false");
        }
        if (request.isEnded()) {
            response.end(Buffer.buffer(body));
            return;
        }
        // Nobody reads the rest of the body. A client that sends on for long loses its connection.
        response.putHeader("Connection", "close");
        if (parts != null) {
            parts.discard();
        }
        response.end(Buffer.buffer(body))
                .onComplete(sent -> request.connection().shutdown(DRAIN_SECONDS, TimeUnit.SECONDS));
        request.resume();
    }

    /** A path as a log may show it. */
    private static String shown(String path) {
        return path.length() > 200 ? path.substring(0, 200) + "…" : path;
    }
}
