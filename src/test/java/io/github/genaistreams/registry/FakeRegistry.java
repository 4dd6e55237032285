package io.github.genaistreams.registry;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;

/** The calls of Confluent's REST API that this software makes, from memory, and whatever else a server may answer. */
public final class FakeRegistry implements AutoCloseable {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final AtomicInteger lastId = new AtomicInteger(100);
    private final Map<Integer, ObjectNode> schemas = new ConcurrentHashMap<>();
    private final Map<String, Integer> ids = new ConcurrentHashMap<>();
    private final Map<String, List<Integer>> subjects = new ConcurrentHashMap<>();
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private final Map<String, List<String>> headers = new ConcurrentHashMap<>();
    private volatile Behaviour behaviour = exchange -> false;

    /** What the server does before, or instead of, answering. */
    @FunctionalInterface
    public interface Behaviour {
        /** Whether that was all. */
        boolean answers(HttpExchange exchange) throws IOException;
    }

    private FakeRegistry(HttpServer server) {
        this.server = server;
        server.setExecutor(threads);
        server.createContext("/", this::handle);
        server.start();
    }

    public static FakeRegistry start() {
        return start(null);
    }

    /** With TLS, unless that is null. */
    public static FakeRegistry start(SSLContext tls) {
        try {
            var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
            if (tls == null) {
                return new FakeRegistry(HttpServer.create(address, 0));
            }
            HttpsServer server = HttpsServer.create(address, 0);
            server.setHttpsConfigurator(new HttpsConfigurator(tls));
            return new FakeRegistry(server);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public String url() {
        String scheme = server instanceof HttpsServer ? "https" : "http";
        return scheme + "://127.0.0.1:" + server.getAddress().getPort();
    }

    /** Adds a schema as another program's serializer would. */
    public int add(String schema) {
        return add(schema, Map.of());
    }

    /** With further fields of what {@code GET /schemas/ids/} answers. */
    public int add(String schema, Map<String, JsonNode> fields) {
        int id = lastId.incrementAndGet();
        ObjectNode answer = JSON.createObjectNode().put("schema", schema);
        answer.setAll(fields);
        schemas.put(id, answer);
        return id;
    }

    /** The schema with this ID, as text. */
    public String schema(int id) {
        return schemas.get(id).path("schema").textValue();
    }

    public Map<String, List<Integer>> subjects() {
        return new HashMap<>(subjects);
    }

    public void behave(Behaviour other) {
        behaviour = other;
    }

    /** Answers all with this status and body from now on. */
    public void answerWith(int status, String body) {
        behave(exchange -> {
            send(exchange, status, body.getBytes(UTF_8));
            return true;
        });
    }

    public void beWell() {
        behave(exchange -> false);
    }

    /** Methods and paths of all requests, in order. */
    public List<String> requests() {
        return requests;
    }

    /** The values of a header in all requests that had it. */
    public List<String> header(String name) {
        return headers.getOrDefault(name, List.of());
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            String path = exchange.getRequestURI().toString();
            byte[] body = exchange.getRequestBody().readAllBytes();
            requests.add(exchange.getRequestMethod() + " " + path);
            exchange.getRequestHeaders()
                    .forEach((name, values) -> headers.computeIfAbsent(name, n -> new CopyOnWriteArrayList<>())
                            .addAll(values));
            if (behaviour.answers(exchange)) {
                return;
            }
            if (path.startsWith("/schemas/ids/")) {
                get(exchange, path);
            } else if (path.startsWith("/subjects/")) {
                post(exchange, path, body);
            } else {
                send(exchange, 404, "{\"error_code\":404,\"message\":\"HTTP 404 Not Found\"}".getBytes(UTF_8));
            }
        }
    }

    private void get(HttpExchange exchange, String path) throws IOException {
        String id = path.substring(path.lastIndexOf('/') + 1).replaceAll("\\?.*", "");
        ObjectNode answer = schemas.get(Integer.parseInt(id));
        if (answer == null) {
            send(exchange, 404, "{\"error_code\":40403,\"message\":\"Schema not found\"}".getBytes(UTF_8));
            return;
        }
        boolean isResolved = path.endsWith("format=resolved") && answer.has("resolved");
        send(
                exchange,
                200,
                JSON.writeValueAsBytes(
                        isResolved ? JSON.createObjectNode().set("schema", answer.get("resolved")) : answer));
    }

    private void post(HttpExchange exchange, String path, byte[] body) throws IOException {
        String schema = JSON.readTree(body).path("schema").textValue();
        String subject = path.split("/")[2];
        Integer known = ids.get(schema);
        boolean isThere =
                known != null && subjects.getOrDefault(subject, List.of()).contains(known);
        if (!path.endsWith("/versions") && !isThere) {
            send(exchange, 404, "{\"error_code\":40403,\"message\":\"Schema not found\"}".getBytes(UTF_8));
            return;
        }
        int id = ids.computeIfAbsent(schema, this::add);
        subjects.computeIfAbsent(subject, s -> new CopyOnWriteArrayList<>()).add(id);
        send(
                exchange,
                200,
                JsonNodeFactory.instance.objectNode().put("id", id).toString().getBytes(UTF_8));
    }

    private static void send(HttpExchange exchange, int status, byte[] body) throws IOException {
        exchange.getResponseHeaders().add("Content-Type", "application/vnd.schemaregistry.v1+json");
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        if (body.length > 0) {
            exchange.getResponseBody().write(body);
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
