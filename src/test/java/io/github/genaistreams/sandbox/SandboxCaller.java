package io.github.genaistreams.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;

/** A sandbox and a client that calls it; JSON may be written with single quotes. */
final class SandboxCaller implements AutoCloseable {

    static final ObjectMapper JSON = new ObjectMapper();
    static final String BATCH = "b";

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final AtomicInteger index = new AtomicInteger();
    final ApiSandbox sandbox;

    SandboxCaller(SandboxSettings settings) {
        sandbox = ApiSandbox.start(settings);
    }

    static SandboxCaller meeting(Fault fault) {
        return new SandboxCaller(SandboxSettings.DEFAULTS.withFault(fault, 1));
    }

    /** A body whose model and prompt are the usual ones, with more members. */
    static String hello(String members) {
        return "{'model':'gpt-4o-mini','input':'Say hello'" + (members.isEmpty() ? "" : ",") + members + "}";
    }

    /** Each call is another item of the batch, from index 0. */
    HttpResponse<String> post(String body) throws Exception {
        return client.send(request(body), BodyHandlers.ofString());
    }

    HttpResponse<InputStream> open(String body) throws Exception {
        return client.send(request(body), BodyHandlers.ofInputStream());
    }

    /** All bytes that come back until the connection ends, over HTTP/1.1. */
    String raw(String body) throws IOException {
        byte[] json = body.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), sandbox.port())) {
            socket.setSoTimeout(10_000);
            var out = new ByteArrayOutputStream();
            out.writeBytes(("POST /v1/responses HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer k\r\n"
                            + CallId.HEADER + ": " + BATCH + "/" + index.getAndIncrement() + "/1/x\r\nContent-Length: "
                            + json.length + "\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
            out.writeBytes(json);
            socket.getOutputStream().write(out.toByteArray());
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private HttpRequest request(String body) {
        return builder("/responses")
                .header(CallId.HEADER, BATCH + "/" + index.getAndIncrement() + "/1/x")
                .POST(HttpRequest.BodyPublishers.ofString(body.replace('\'', '"')))
                .build();
    }

    /** The response object of a call that must be answered with 200. */
    ObjectNode answer(String body) throws Exception {
        return okay(post(body));
    }

    HttpResponse<String> send(String method, String path, String body) throws Exception {
        var publisher = body.isEmpty()
                ? HttpRequest.BodyPublishers.noBody()
                : HttpRequest.BodyPublishers.ofString(body.replace('\'', '"'));
        return client.send(builder(path).method(method, publisher).build(), BodyHandlers.ofString());
    }

    HttpResponse<String> get(String id) throws Exception {
        return send("GET", "/responses/" + id, "");
    }

    private HttpRequest.Builder builder(String path) {
        return HttpRequest.newBuilder(URI.create(sandbox.baseUrl() + path))
                .header("Authorization", "Bearer sk-test")
                .header("Content-Type", "application/json");
    }

    static ObjectNode okay(HttpResponse<String> response) throws IOException {
        if (response.statusCode() != 200) {
            throw new AssertionError(response.statusCode() + ": " + response.body());
        }
        return json(response);
    }

    static ObjectNode json(HttpResponse<String> response) throws IOException {
        return (ObjectNode) JSON.readTree(response.body());
    }

    static String text(JsonNode response) {
        return response.path("output")
                .valueStream()
                .filter(item -> item.path("type").asText().equals("message"))
                .map(item -> item.at("/content/0/text").asText())
                .findFirst()
                .orElse("");
    }

    @Override
    public void close() {
        sandbox.close();
    }
}
