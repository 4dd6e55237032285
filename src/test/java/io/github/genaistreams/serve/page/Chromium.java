package io.github.genaistreams.serve.page;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * One page in a headless Chromium, driven by its DevTools protocol.
 *
 * @see <a href="https://chromedevtools.github.io/devtools-protocol/">The protocol</a>
 */
final class Chromium implements AutoCloseable {

    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final String LISTENING = "DevTools listening on ";

    private final Process process;
    private final WebSocket socket;
    private final String session;
    private final List<String> complaints = new CopyOnWriteArrayList<>();
    private final Map<Integer, CompletableFuture<JsonNode>> asked = new ConcurrentHashMap<>();
    private int calls;

    /** The browser on the PATH, if there is one. */
    static Optional<Path> find() {
        return Stream.of(System.getenv("PATH").split(File.pathSeparator))
                .flatMap(directory -> Stream.of("chromium", "chromium-browser", "google-chrome")
                        .map(name -> Path.of(directory, name)))
                .filter(file -> file.toFile().canExecute())
                .findFirst();
    }

    /** @param profile an empty directory */
    Chromium(Path program, Path profile, int width, int height) throws Exception {
        process = new ProcessBuilder(
                        program.toString(),
                        "--headless=new",
                        // In a container it is root, and has no other protection.
                        "--no-sandbox",
                        "--disable-gpu",
                        "--disable-dev-shm-usage",
                        "--no-first-run",
                        "--disable-background-networking",
                        "--remote-debugging-port=0",
                        "--user-data-dir=" + profile,
                        "about:blank")
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        socket = HttpClient.newHttpClient()
                .newWebSocketBuilder()
                .buildAsync(address(), new Listener())
                .get(20, TimeUnit.SECONDS);
        String target = call("Target.createTarget", Map.of("url", "about:blank"), null)
                .get("targetId")
                .asText();
        session = call("Target.attachToTarget", Map.of("targetId", target, "flatten", true), null)
                .get("sessionId")
                .asText();
        for (String domain : List.of("Page", "Runtime", "Log")) {
            call(domain + ".enable", Map.of());
        }
        call(
                "Emulation.setDeviceMetricsOverride",
                Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", width < 500));
    }

    private URI address() throws IOException {
        var lines = new BufferedReader(new InputStreamReader(process.getErrorStream(), UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.startsWith(LISTENING)) {
                var rest = new Thread(() -> lines.lines().forEach(more -> {}), "chromium-stderr");
                rest.setDaemon(true);
                rest.start();
                return URI.create(line.substring(LISTENING.length()));
            }
        }
        throw new IOException("Chromium did not start");
    }

    private final class Listener implements WebSocket.Listener {

        private final StringBuilder text = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
            text.append(data);
            if (last) {
                take(text.toString());
                text.setLength(0);
            }
            from.request(1);
            return null;
        }
    }

    private void take(String message) {
        try {
            JsonNode json = MAPPER.readTree(message);
            CompletableFuture<JsonNode> answer = asked.remove(json.path("id").asInt());
            if (answer != null && json.has("error")) {
                answer.completeExceptionally(
                        new AssertionError(json.get("error").toString()));
            } else if (answer != null) {
                answer.complete(json.get("result"));
            } else if (List.of("Log.entryAdded", "Runtime.exceptionThrown")
                    .contains(json.path("method").asText())) {
                complaints.add(json.get("params").toString());
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private JsonNode call(String method, Map<String, ?> params) throws Exception {
        return call(method, params, session);
    }

    private JsonNode call(String method, Map<String, ?> params, String of) throws Exception {
        var answer = new CompletableFuture<JsonNode>();
        ObjectNode json = MAPPER.createObjectNode().put("id", ++calls).put("method", method);
        json.set("params", MAPPER.valueToTree(params));
        if (of != null) {
            json.put("sessionId", of);
        }
        asked.put(calls, answer);
        socket.sendText(json.toString(), true).get(10, TimeUnit.SECONDS);
        return answer.get(30, TimeUnit.SECONDS);
    }

    void open(URI address) throws Exception {
        call("Page.navigate", Map.of("url", address.toString()));
    }

    /** @param scheme {@code light} or {@code dark} */
    void prefer(String scheme) throws Exception {
        call(
                "Emulation.setEmulatedMedia",
                Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", scheme))));
    }

    /** The value of an expression in the page, which may be a promise. */
    JsonNode evaluate(String expression) throws Exception {
        JsonNode result =
                call("Runtime.evaluate", Map.of("expression", expression, "awaitPromise", true, "returnByValue", true));
        if (result.has("exceptionDetails")) {
            throw new AssertionError(expression + ": " + result.get("exceptionDetails"));
        }
        return result.get("result").path("value");
    }

    /** Waits until an expression in the page is true. */
    void until(String expression) {
        await(expression)
                .pollInterval(Duration.ofMillis(50))
                .atMost(Duration.ofSeconds(20))
                .until(() -> evaluate(expression).asBoolean());
    }

    /** Types a text where the focus is. */
    void type(String text) throws Exception {
        call("Input.insertText", Map.of("text", text));
    }

    /** Presses a key, such as {@code Enter} or {@code Tab}. */
    void press(String key, int code) throws Exception {
        for (String type : List.of("keyDown", "keyUp")) {
            var event = new java.util.HashMap<String, Object>(
                    Map.of("type", type, "key", key, "code", key, "windowsVirtualKeyCode", code));
            if (key.equals("Enter") && type.equals("keyDown")) {
                event.put("text", "\r");
            }
            call("Input.dispatchKeyEvent", event);
        }
    }

    /** Errors that the browser has logged: refused by the page's policy, not found, or thrown by a script. */
    List<String> complaints() {
        return new ArrayList<>(complaints);
    }

    @Override
    public void close() throws Exception {
        socket.abort();
        process.destroy();
        if (!process.waitFor(5, TimeUnit.SECONDS)) {
            process.destroyForcibly().waitFor();
        }
    }
}
