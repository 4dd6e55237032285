package io.github.genaistreams.serve.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import java.net.URLDecoder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Passes each request to the handler of its route: checks its origin and its key, reads its body, and runs the handler
 * on a thread that may wait. Add all routes before the first request; it is thread-safe from then on.
 */
public final class Router {

    private static final Logger LOG = LoggerFactory.getLogger(Router.class);

    /** Maximum size of a body that is not an upload, unless the route says otherwise. */
    private static final int MAX_BODY_BYTES = 64 << 10;

    private final Optional<Keys> keys;
    private final Origins origins;
    private final RequestThreads threads;
    private final List<Route> routes = new ArrayList<>();
    private final Bodies bodies = new Bodies();

    /** Answers a request on a thread that may wait. */
    public interface Handler {

        /**
         * @throws ApiException to refuse the request
         * @throws Exception    for everything else; the client gets a 500 without details
         */
        HttpReply handle(Request request) throws Exception;
    }

    private enum Kind {
        /** Needs no key. */
        OPEN,
        /** Needs a key. */
        KEYED,
        /** Needs a key, and takes a form with files. */
        UPLOAD
    }

    private record Route(Kind kind, HttpMethod method, List<String> path, int maxBytes, Handler handler) {

        /** The variables of a path; null if the path does not match this route. */
        @Nullable
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
     * @param keys    empty to serve only this machine, without keys
     * @param hosts   host names that clients may use; empty for the default names
     */
    public Router(Optional<Keys> keys, Set<String> hosts, RequestThreads threads) {
        this.keys = keys;
        this.origins = keys.isEmpty() ? Origins.ofThisMachine(hosts) : new Origins(hosts);
        this.threads = threads;
    }

    /**
     * Adds a route without key, for example for a page. A variable of the path is written as {@code {id}}.
     *
     * @param handler must not wait
     */
    public Router open(String path, Handler handler) {
        return add(Kind.OPEN, "GET", path, 0, handler);
    }

    /** Adds a route that needs a key. Its requests have a small body or none. */
    public Router on(String method, String path, Handler handler) {
        return on(method, path, MAX_BODY_BYTES, handler);
    }

    /** @param maxBytes maximum size of the body, which is held in memory */
    public Router on(String method, String path, int maxBytes, Handler handler) {
        return add(Kind.KEYED, method, path, maxBytes, handler);
    }

    /** Adds a route for forms with files. It needs a key that may write. The handler reads the files as they arrive. */
    public Router upload(String path, Handler handler) {
        return add(Kind.UPLOAD, "POST", path, 0, handler);
    }

    private static String decoded(String segment) {
        try {
            return URLDecoder.decode(segment.replace("+", "%2B"), UTF_8);
        } catch (IllegalArgumentException e) {
            throw ApiException.refused(400, "The path of this request is not percent-encoded correctly.");
        }
    }

    private Router add(Kind kind, String method, String path, int maxBytes, Handler handler) {
        routes.add(new Route(kind, HttpMethod.valueOf(method), segments(path), maxBytes, handler));
        return this;
    }

    private static List<String> segments(String path) {
        return List.of(path.substring(1).split("/", -1));
    }

    /** Takes a request, on the event loop of its connection. */
    void accept(Vertx vertx, HttpServerRequest request) {
        var exchange = new RequestExchange(request, threads);
        try {
            origins.check(request);
            route(vertx.getOrCreateContext(), request, exchange);
        } catch (ApiException e) {
            exchange.refuse(e);
        } catch (RuntimeException e) {
            // Vert.x cannot parse the path or the form.
            LOG.debug("A request could not be read", e);
            exchange.refuse(ApiException.refused(400, "This request cannot be read."));
        }
    }

    private void route(Context context, HttpServerRequest request, RequestExchange exchange) {
        String path = request.path();
        if (path == null || !path.startsWith("/")) {
            throw ApiException.refused(400, "The path of this request must begin with a slash.");
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
                take(context, request, exchange, route, variables);
                return;
            }
            methods.add(route.method().name());
        }
        if (methods.isEmpty()) {
            throw ApiException.refused(
                    404, "Invalid URL (" + request.method().name() + " " + RequestExchange.shown(request.path()) + ")");
        }
        request.response().putHeader("Allow", String.join(", ", methods));
        throw ApiException.refused(
                405, "Not allowed to " + request.method().name() + " on " + RequestExchange.shown(request.path()));
    }

    private void take(
            Context context,
            HttpServerRequest request,
            RequestExchange exchange,
            Route route,
            Map<String, String> variables) {
        if (route.kind() == Kind.OPEN) {
            exchange.answer(
                    route.handler(), new Request(Caller.nobody(), variables, request::getParam, new byte[0], null));
            return;
        }
        Caller caller = caller(request);
        if (route.kind() == Kind.UPLOAD) {
            caller.requireWrite();
            String type = request.getHeader("Content-Type");
            if (type == null || !type.regionMatches(true, 0, "multipart/form-data", 0, 19)) {
                throw ApiException.refused(400, "The body of this request must be multipart/form-data.");
            }
            var form = new Multipart(request, context, new ClientPace(threads.uploads()::isWanted));
            exchange.run(route.handler(), new Request(caller, variables, request::getParam, new byte[0], form), form);
            return;
        }
        var body = new ReceivedBody(exchange, bodies, caller.name(), route.maxBytes());
        body.receive(
                context.owner(),
                request,
                bytes -> exchange.run(
                        route.handler(),
                        new Request(caller, variables, request::getParam, bytes, null),
                        body::release));
    }

    private Caller caller(HttpServerRequest request) {
        return keys.map(known -> known.caller(
                        request.getHeader("Authorization"),
                        request.remoteAddress() == null
                                ? ""
                                : request.remoteAddress().hostAddress()))
                .orElseGet(Caller::local);
    }
}
