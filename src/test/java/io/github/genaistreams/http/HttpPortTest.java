package io.github.genaistreams.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import io.github.genaistreams.http.HttpPort.PortPage;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.BindException;
import java.net.ConnectException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HttpPortTest {

    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    private final AtomicInteger made = new AtomicInteger();
    private final CountDownLatch asked = new CountDownLatch(1);
    private final CountDownLatch slow = new CountDownLatch(1);
    private final HttpPort port = open(Map.of(
            "/page",
            () -> new PortPage(200, "text/plain; charset=utf-8", "Grüße " + made.incrementAndGet()),
            "/away",
            () -> PortPage.json(503, "{\"why\":\"away\"}"),
            "/broken",
            () -> {
                throw new IllegalStateException("secret");
            },
            "/slow",
            () -> {
                asked.countDown();
                try {
                    slow.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                return PortPage.json(200, "{}");
            }));

    private static HttpPort open(Map<String, Supplier<PortPage>> pages) {
        try {
            return HttpPort.open("127.0.0.1", 0, pages);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @AfterEach
    void close() {
        slow.countDown();
        port.close();
    }

    @Test
    void createsAPageForEachRequest() throws Exception {
        assertThat(send("GET", "/page").body()).isEqualTo("Grüße 1");
        HttpResponse<String> second = send("GET", "/page?name=value");

        assertThat(second.body()).isEqualTo("Grüße 2");
        assertThat(second.statusCode()).isEqualTo(200);
        assertThat(second.headers().firstValue("Content-Type")).contains("text/plain; charset=utf-8");
    }

    @Test
    void answersHeadAsGetWithoutABody() throws Exception {
        HttpResponse<String> head = send("HEAD", "/page");

        assertThat(head.statusCode()).isEqualTo(200);
        assertThat(head.body()).isEmpty();
        assertThat(head.headers().firstValue("Content-Length")).contains("9");
    }

    @Test
    void passesTheStatusOfAPageOn() throws Exception {
        HttpResponse<String> away = send("GET", "/away");

        assertThat(away.statusCode()).isEqualTo(503);
        assertThat(away.body()).isEqualTo("{\"why\":\"away\"}");
        assertThat(away.headers().firstValue("Content-Type")).contains("application/json");
    }

    @Test
    void hasNothingElse() throws Exception {
        for (String path : new String[] {"/", "/page/", "/PAGE", "/page/../page", "//page", "/%70age", "/none"}) {
            assertThat(send("GET", path).statusCode()).as(path).isEqualTo(404);
        }
        for (String method : new String[] {"POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"}) {
            HttpResponse<String> refused = send(method, "/page");
            assertThat(refused.statusCode()).as(method).isEqualTo(405);
            assertThat(refused.headers().firstValue("Allow")).contains("GET, HEAD");
        }
        assertThat(made).hasValue(0);
    }

    @Test
    void answersAnInvalidPathLikeAnyOther() throws IOException {
        assertThat(statusLine("OPTIONS * HTTP/1.1")).contains("404");
        assertThat(statusLine("GET http://elsewhere/none HTTP/1.1")).contains("404");
        assertThat(statusLine("GET none HTTP/1.1")).matches("HTTP/1.1 40[04] .*");
    }

    private String statusLine(String requestLine) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", port.port())) {
            socket.getOutputStream().write((requestLine + "\r\nHost: localhost\r\n\r\n").getBytes());
            return new BufferedReader(new InputStreamReader(socket.getInputStream())).readLine();
        }
    }

    @Test
    void saysOfABrokenPageNoMoreThanThat() throws Exception {
        HttpResponse<String> broken = send("GET", "/broken");

        assertThat(broken.statusCode()).isEqualTo(500);
        assertThat(broken.body()).doesNotContain("secret");
    }

    @Test
    void oneThatTakesLongHoldsUpNoOther() throws Exception {
        var waiting = CLIENT.sendAsync(request("GET", "/slow"), HttpResponse.BodyHandlers.ofString());

        assertThat(send("GET", "/page").statusCode()).isEqualTo(200);

        assertThat(waiting).isNotDone();
        slow.countDown();
        assertThat(waiting.join().statusCode()).isEqualTo(200);
    }

    @Test
    void saysWhenThePortIsInUse() {
        assertThatExceptionOfType(BindException.class)
                .isThrownBy(() -> HttpPort.open("127.0.0.1", port.port(), Map.of()));
    }

    @Test
    void letsRequestsInProgressEndWhenItCloses() throws Exception {
        var waiting = CLIENT.sendAsync(request("GET", "/slow"), HttpResponse.BodyHandlers.ofString());
        asked.await();

        var closing = CompletableFuture.runAsync(port::close);
        await().until(() -> {
            try (var socket = new Socket("127.0.0.1", port.port())) {
                return false;
            } catch (ConnectException refused) {
                return true;
            }
        });
        slow.countDown();

        assertThat(waiting.join().statusCode()).isEqualTo(200);
        closing.join();
    }

    @Test
    void isFreeAgainAfterItWasClosed() throws IOException {
        int number = port.port();
        port.close();

        HttpPort.open("127.0.0.1", number, Map.of()).close();
    }

    private HttpResponse<String> send(String method, String path) throws IOException, InterruptedException {
        return CLIENT.send(request(method, path), HttpResponse.BodyHandlers.ofString());
    }

    private HttpRequest request(String method, String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port.port() + path))
                .method(method, HttpRequest.BodyPublishers.noBody())
                .build();
    }
}
