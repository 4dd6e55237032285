package io.github.genaistreams.serve.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** Bodies that break off while they are sent, and clients that do not take them. */
@Timeout(60)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BrokenBodyTest {

    private final ExecutorService executor = Executors.newCachedThreadPool();
    private HttpListener listener;

    @BeforeAll
    void listen() throws IOException {
        var router = new Router(Optional.empty(), Set.of(), RequestThreads.on(executor));
        byte[] noise = new byte[100_000];
        new Random(1).nextBytes(noise);
        router.on(
                "GET",
                "/early",
                request -> body(out -> {
                    out.write(noise, 0, 1_000);
                    throw new IOException("results are no longer on the topic");
                }));
        router.on(
                "GET",
                "/late",
                request -> body(out -> {
                    out.write(noise);
                    throw new IOException("results are no longer on the topic");
                }));
        router.on(
                "GET",
                "/fault",
                request -> body(out -> {
                    out.write(noise);
                    throw new IllegalStateException("on purpose");
                }));
        router.on("GET", "/whole", request -> body(out -> out.write(noise)));
        router.on(
                "GET",
                "/endless",
                request -> body(out -> {
                    while (true) {
                        out.write(noise);
                    }
                }));
        listener = new HttpListener("127.0.0.1", 0, router);
    }

    @AfterAll
    void close() {
        listener.close();
        executor.shutdownNow();
    }

    private static HttpReply body(HttpReply.BodyWriter body) {
        return new HttpReply.Streamed("application/zip", Map.of(), OptionalLong.empty(), false, body);
    }

    private HttpResponse<byte[]> get(String path) throws IOException, InterruptedException {
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + listener.port() + path))
                                .build(),
                        HttpResponse.BodyHandlers.ofByteArray());
    }

    private Socket ask(String request) throws IOException {
        var socket = new Socket("127.0.0.1", listener.port());
        socket.getOutputStream().write((request + "\r\nHost: localhost\r\n\r\n").getBytes(ISO_8859_1));
        return socket;
    }

    @Test
    void anInterruptedBodyIsNotComplete() throws Exception {
        assertThat(get("/whole").body()).hasSize(100_000);
        assertThatThrownBy(() -> get("/late")).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> get("/fault")).isInstanceOf(IOException.class);
        try (Socket socket = ask("GET /late HTTP/1.1")) {
            assertThat(new String(socket.getInputStream().readAllBytes(), ISO_8859_1))
                    .startsWith("HTTP/1.1 200")
                    .doesNotEndWith("0\r\n\r\n");
        }
    }

    @Test
    void aBodyThatCannotBeginIsAnError() throws Exception {
        HttpResponse<byte[]> answer = get("/early");

        assertThat(answer.statusCode()).isEqualTo(500);
        assertThat(new String(answer.body(), UTF_8)).contains("\"server_error\"");
        assertThat(answer.headers().firstValue("Content-Type")).contains("application/json");
    }

    /** Its end is the end of the connection, whole or not. */
    @Test
    void anOldProtocolGetsNoBodyOfUnknownLength() throws Exception {
        try (Socket socket = ask("GET /whole HTTP/1.0")) {
            assertThat(new String(socket.getInputStream().readAllBytes(), ISO_8859_1))
                    .startsWith("HTTP/1.0 505")
                    .contains("HTTP/1.1");
        }
    }

    /** Where all are one caller, some places are held by each client that stands still, and not the last ones. */
    @Test
    void readersThatStandStillAreNotInTheWayOfOtherRequests() throws Exception {
        List<Socket> still = new ArrayList<>();
        try {
            for (int i = 0; i < 20; i++) {
                still.add(ask("GET /endless HTTP/1.1"));
            }

            assertThat(get("/nothing").statusCode()).isEqualTo(404);
        } finally {
            for (Socket socket : still) {
                socket.close();
            }
        }
        assertThat(get("/whole").body()).hasSize(100_000);
    }
}
