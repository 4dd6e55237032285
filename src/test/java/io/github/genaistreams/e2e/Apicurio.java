package io.github.genaistreams.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** An Apicurio registry in a process of its own, with nothing in it. The profile {@code long} unpacks it. */
final class Apicurio implements AutoCloseable {

    private static final Path JAR = Path.of("target", "apicurio-registry", "quarkus-run.jar");
    private static final int JAVA = 21;
    private static final Duration START = Duration.ofMinutes(3);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Process process;
    private final String url;
    private final HttpClient client = HttpClient.newHttpClient();

    private Apicurio(Process process, int port) {
        this.process = process;
        this.url = "http://127.0.0.1:" + port + "/apis/ccompat/v7";
    }

    /** Why there can be none here; empty if there can. */
    static Optional<String> hindrance() {
        if (!Files.exists(JAR)) {
            return Optional.of("there is no " + JAR + ": run with -Plong");
        }
        return java().isPresent()
                ? Optional.empty()
                : Optional.of(
                        "Apicurio needs Java " + JAVA + " or later: set JAVA25_HOME, or install one beside this JVM");
    }

    /** This JVM, the one that JAVA25_HOME names, or one that is installed beside this one. */
    private static Optional<Path> java() {
        Path own = Path.of(System.getProperty("java.home"));
        String given = System.getenv("JAVA25_HOME");
        try (Stream<Path> beside = Files.list(own.toRealPath().getParent())) {
            return Stream.concat(given == null ? Stream.of(own) : Stream.of(Path.of(given), own), beside.sorted())
                    .filter(home -> version(home) >= JAVA)
                    .map(home -> home.resolve("bin").resolve("java"))
                    .filter(Files::isExecutable)
                    .findFirst();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** As its file "release" says; 0 without one. */
    private static int version(Path home) {
        try {
            return Files.readAllLines(home.resolve("release")).stream()
                    .filter(line -> line.startsWith("JAVA_VERSION="))
                    .map(line -> line.replaceAll("\\D+", " ").strip().split(" ")[0])
                    .mapToInt(Integer::parseInt)
                    .findFirst()
                    .orElse(0);
        } catch (IOException e) {
            return 0;
        }
    }

    static Apicurio start(Path log) throws IOException {
        int port;
        try (var socket = new ServerSocket(0)) {
            port = socket.getLocalPort();
        }
        Process process = new ProcessBuilder(
                        java().orElseThrow().toString(),
                        "-Xmx512m",
                        "-Dquarkus.http.host=127.0.0.1",
                        "-Dquarkus.http.port=" + port,
                        "-jar",
                        JAR.toString())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        var apicurio = new Apicurio(process, port);
        try {
            await().atMost(START)
                    .pollInterval(Duration.ofMillis(500))
                    .ignoreExceptions()
                    .until(() -> {
                        assertThat(process.isAlive()).isTrue();
                        return apicurio.send("GET", "/subjects", null).isArray();
                    });
            return apicurio;
        } catch (RuntimeException e) {
            apicurio.close();
            throw e;
        }
    }

    String url() {
        return url;
    }

    /** The ID that a program gets for a schema that it registers. */
    int register(String subject, String schema) {
        return send(
                        "POST",
                        "/subjects/" + subject + "/versions",
                        JsonNodeFactory.instance.objectNode().put("schema", schema))
                .path("id")
                .intValue();
    }

    String schema(int id) {
        return send("GET", "/schemas/ids/" + id, null).path("schema").textValue();
    }

    List<Integer> versions(String subject) {
        return JSON.convertValue(
                send("GET", "/subjects/" + subject + "/versions", null),
                JSON.getTypeFactory().constructCollectionType(List.class, Integer.class));
    }

    /** What new versions of all subjects have to keep to. */
    void setCompatibility(String compatibility) {
        send("PUT", "/config", JsonNodeFactory.instance.objectNode().put("compatibility", compatibility));
    }

    private JsonNode send(String method, String path, JsonNode body) {
        try {
            HttpResponse<String> response = client.send(
                    HttpRequest.newBuilder(URI.create(url + path))
                            .timeout(Duration.ofSeconds(30))
                            .header("Content-Type", "application/vnd.schemaregistry.v1+json")
                            .method(
                                    method,
                                    body == null
                                            ? BodyPublishers.noBody()
                                            : BodyPublishers.ofString(body.toString(), UTF_8))
                            .build(),
                    BodyHandlers.ofString());
            assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
            return JSON.readTree(response.body());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Has the process stand still, with connections that are taken and never answered; or go on. */
    void standStill(boolean still) throws Exception {
        assertThat(new ProcessBuilder("kill", still ? "-STOP" : "-CONT", Long.toString(process.pid()))
                        .start()
                        .waitFor())
                .isZero();
    }

    @Override
    public void close() {
        process.destroyForcibly();
        try {
            process.waitFor(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
