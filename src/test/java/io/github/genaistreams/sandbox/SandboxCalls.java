package io.github.genaistreams.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** A sandbox and calls to it. */
final class SandboxCalls implements AfterEachCallback {

    static final ObjectMapper JSON = new ObjectMapper();
    static final String HELLO = body("{'model':'gpt-4o-mini','input':'Say hello'}");

    final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    ApiSandbox sandbox;

    @Override
    public void afterEach(ExtensionContext extension) {
        if (sandbox != null) {
            sandbox.close();
        }
    }

    void start(SandboxSettings settings) {
        sandbox = ApiSandbox.start(settings);
    }

    static SandboxSettings always(Fault fault) {
        return SandboxSettings.DEFAULTS.withFault(fault, 1);
    }

    URI responses() {
        return URI.create(sandbox.baseUrl() + "/responses");
    }

    HttpRequest.Builder request(String body, String clientId) {
        var request = HttpRequest.newBuilder(responses())
                .header("Authorization", "Bearer sk-test")
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body));
        return clientId == null ? request : request.header(CallId.HEADER, clientId);
    }

    HttpResponse<String> call(String body, String clientId) throws Exception {
        return client.send(request(body, clientId).build(), BodyHandlers.ofString());
    }

    static void post(Socket socket) throws IOException {
        socket.getOutputStream()
                .write(("POST /v1/responses HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer k\r\n" + CallId.HEADER
                                + ": b/0/1/x\r\nContent-Length: " + HELLO.length() + "\r\n\r\n" + HELLO)
                        .getBytes(StandardCharsets.US_ASCII));
        socket.setSoTimeout(10_000);
    }

    static String body(String text) {
        return text.replace('\'', '"');
    }

    static JsonNode json(HttpResponse<String> response) throws IOException {
        return JSON.readTree(response.body());
    }

    static String text(JsonNode response) {
        return response.at("/output/0/content/0/text").asText();
    }
}
