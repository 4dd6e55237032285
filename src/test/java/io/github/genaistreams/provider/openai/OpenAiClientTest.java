package io.github.genaistreams.provider.openai;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.model.UserPrompt;
import io.github.genaistreams.provider.ApiKey;
import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.provider.CallOutcome.Failed;
import io.github.genaistreams.provider.CallOutcome.Retry;
import io.github.genaistreams.provider.CallOutcome.Succeeded;
import io.github.genaistreams.provider.Secret;
import io.github.genaistreams.provider.http.ClientRequestId;
import io.github.genaistreams.provider.http.HttpSettings;
import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.GZIPOutputStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

/** The client against servers that misbehave, over loopback. */
@Timeout(60)
class OpenAiClientTest {

    private static final String KEY = "sk-test-0123456789abcdef";
    private static final String ANSWER =
            "{\"status\":\"completed\",\"output\":[{\"type\":\"message\",\"content\":[{\"type\":\"output_text\",\"text\":\"Hi\"}]}]}";
    private static final String OK =
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nx-request-id: req_1\r\nContent-Length: "
                    + ANSWER.length() + "\r\n\r\n" + ANSWER;

    private final List<AutoCloseable> toClose = new ArrayList<>();
    private final List<String> outcomes = new CopyOnWriteArrayList<>();
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();
    private final Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    private Level level;

    @BeforeEach
    void listenToTheLog() {
        level = root.getLevel();
        root.setLevel(Level.DEBUG);
        root.detachAndStopAllAppenders();
        log.start();
        root.addAppender(log);
    }

    @AfterEach
    void theKeyIsNowhere() throws Exception {
        for (AutoCloseable closeable : toClose) {
            closeable.close();
        }
        root.setLevel(level);
        root.detachAppender(log);
        assertThat(outcomes).allSatisfy(text -> assertThat(text).doesNotContain("0123456789"));
        assertThat(List.copyOf(log.list)).allSatisfy(event -> {
            assertThat(event.getFormattedMessage()).doesNotContain("0123456789");
            if (event.getThrowableProxy() != null) {
                assertThat(String.valueOf(event.getThrowableProxy().getMessage()))
                        .doesNotContain("0123456789");
            }
        });
    }

    @Test
    void sendsTheRequestAndReturnsTheAnswer() throws Exception {
        var head = new CompletableFuture<String>();
        var server = server(c -> {
            head.complete(c.read());
            c.write(OK);
        });

        var outcome = (Succeeded) call(client(server.url()), request(10));

        assertThat(outcome.answer().outputText()).isEqualTo("Hi");
        assertThat(outcome.answer().requestId()).isEqualTo("req_1");
        String sent = head.get(5, SECONDS);
        assertThat(sent).startsWith("POST /v1/responses HTTP/1.1\r\n");
        assertThat(header(sent, "authorization")).isEqualTo("Bearer " + KEY);
        assertThat(header(sent, "content-type")).isEqualTo("application/json");
        assertThat(header(sent, "accept")).isEqualTo("application/json");
        assertThat(header(sent, "user-agent")).startsWith("genai-streams/");
        assertThat(header(sent, "accept-encoding")).contains("gzip");
        assertThat(ClientRequestId.parse(header(sent, "x-client-request-id"))).hasValueSatisfying(id -> {
            assertThat(id.batch()).isEqualTo("batch one");
            assertThat(id.index()).isEqualTo(3);
            assertThat(id.attempt()).isEqualTo(2);
        });
    }

    @Test
    void keepsConnectionsAlive() throws Exception {
        var connections = new AtomicInteger();
        var server = server(c -> {
            connections.incrementAndGet();
            while (true) {
                c.read();
                c.write(OK);
            }
        });
        var client = client(server.url());

        for (int i = 0; i < 5; i++) {
            assertThat(call(client, request(10))).isInstanceOf(Succeeded.class);
        }
        assertThat(connections).hasValue(1);
    }

    @Test
    void aRefusedConnectionIsANetworkError() throws Exception {
        int port;
        try (var unused = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = unused.getLocalPort();
        }
        assertNetworkError(URI.create("http://127.0.0.1:" + port), "the connection was refused", false);
    }

    @Test
    void anUnknownHostIsANetworkErrorThatDoesNotNameIt() throws Exception {
        assertNetworkError(URI.create("http://secret-gateway.invalid/v1"), "the host name was not found", false);
    }

    @Test
    void aResetIsANetworkError() throws Exception {
        assertNetworkError(c -> {
            c.read();
            c.reset();
        });
    }

    @Test
    void aConnectionClosedWithoutAnAnswerIsANetworkError() throws Exception {
        assertNetworkError(c -> c.read());
    }

    @Test
    void aHalfClosedConnectionIsANetworkError() throws Exception {
        var done = new CompletableFuture<Void>();
        assertNetworkError(c -> {
            c.read();
            c.socket().shutdownOutput();
            c.waitForClose(done);
        });
        done.get(5, SECONDS);
    }

    @Test
    void aTruncatedBodyIsANetworkError() throws Exception {
        assertNetworkError(c -> {
            c.read();
            c.write("HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + ANSWER);
        });
    }

    @Test
    void aBodyCutOffBetweenChunksIsANetworkError() throws Exception {
        assertNetworkError(c -> {
            c.read();
            c.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"sta\r\n");
        });
    }

    @Test
    void bytesThatAreNotHttpAreANetworkError() throws Exception {
        assertNetworkError(c -> {
            c.read();
            c.write("SSH-2.0-OpenSSH_9.6\r\n\u0001\u0002\u0003 nonsense\r\n\r\n");
        });
    }

    @Test
    void aServerThatBreaksConnectionsDoesNotFillTheLog() throws Exception {
        bytesThatAreNotHttpAreANetworkError();
        aResetIsANetworkError();

        assertThat(List.copyOf(log.list))
                .noneSatisfy(event -> assertThat(event.getLevel()).isIn(Level.WARN, Level.ERROR));
    }

    @Test
    void aBrokenGzipBodyIsANetworkError() throws Exception {
        assertNetworkError(c -> {
            c.read();
            c.write("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 20\r\n\r\n");
            // Begins like gzip and is none.
            c.write(new byte[] {0x1f, (byte) 0x8b, 8, 0, 0, 0, 0, 0, 0, 0, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7});
        });
    }

    @Test
    void readsAGzipBody() throws Exception {
        var zipped = new ByteArrayOutputStream();
        try (var gzip = new GZIPOutputStream(zipped)) {
            gzip.write(ANSWER.getBytes(StandardCharsets.UTF_8));
        }
        var server = server(c -> {
            c.read();
            c.write("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: " + zipped.size() + "\r\n\r\n");
            c.write(zipped.toByteArray());
        });

        assertThat(((Succeeded) call(client(server.url()), request(10)))
                        .answer()
                        .outputText())
                .isEqualTo("Hi");
    }

    @Test
    void aServerThatHangsTimesOutAndTheConnectionIsClosed() throws Exception {
        assertTimesOut(c -> c.read());
    }

    @Test
    void aServerThatHangsAfterTheHeadTimesOutAndTheConnectionIsClosed() throws Exception {
        assertTimesOut(c -> {
            c.read();
            c.write("HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n{");
        });
    }

    @Test
    void aBodyThatDripsTimesOutAndTheConnectionIsClosed() throws Exception {
        var gone = new CompletableFuture<Void>();
        var server = server(c -> {
            c.read();
            c.write("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
            drip(c, gone);
        });

        assertTimeout((Retry) call(client(server.url()), request(1)), true);
        gone.get(10, SECONDS);
    }

    @Test
    void aTimeOutFreesItsPlaceInThePool() throws Exception {
        var calls = new AtomicInteger();
        var server = server(c -> {
            c.read();
            if (calls.incrementAndGet() == 1) {
                c.waitForClose(new CompletableFuture<>());
            } else {
                c.write(OK);
            }
        });
        var client = client(settings(server.url(), 1, 1, 1_000_000));

        var first = callAsync(client, request(1), 0);
        // Waits in the pool's queue until the first gives up its place.
        var second = callAsync(client, request(30), 0);

        assertTimeout((Retry) first.get(10, SECONDS), true);
        assertThat(second.get(10, SECONDS)).isInstanceOf(Succeeded.class);
    }

    @Test
    void aCallThatTimesOutWhileItWaitsForAConnectionIsNeverSent() throws Exception {
        var calls = new AtomicInteger();
        var release = new CountDownLatch(1);
        var server = server(c -> {
            while (true) {
                c.read();
                calls.incrementAndGet();
                await(release);
                c.write(OK);
            }
        });
        var client = client(settings(server.url(), 1, 1, 1_000_000));

        var first = callAsync(client, request(30), 0);
        var waiting = callAsync(client, request(1), 0);
        assertTimeout((Retry) waiting.get(10, SECONDS), false);
        release.countDown();

        assertThat(first.get(10, SECONDS)).isInstanceOf(Succeeded.class);
        assertThat(call(client, request(30))).isInstanceOf(Succeeded.class);
        assertThat(calls).hasValue(2);
    }

    @Test
    void aResponseThatIsTooLargeIsBrokenOff() throws Exception {
        var gone = new CompletableFuture<Void>();
        var server = server(c -> {
            c.read();
            c.write("HTTP/1.1 200 OK\r\nContent-Length: 2000000000\r\n\r\n");
            try {
                while (true) {
                    c.write(new byte[65_536]);
                }
            } catch (java.io.IOException closed) {
                gone.complete(null);
            }
        });

        var failed = (Failed) call(client(settings(server.url(), 4, 1, 100_000)), request(30));

        assertThat(failed.error().type()).isEqualTo("response_too_large");
        assertThat(failed.error().message()).contains("100,000 bytes");
        assertThat(failed.error().isRetriable()).isFalse();
        gone.get(10, SECONDS);
    }

    @Test
    void doesNotFollowRedirects() throws Exception {
        var calls = new AtomicInteger();
        var server = server(c -> {
            c.read();
            calls.incrementAndGet();
            c.write("HTTP/1.1 307 Temporary Redirect\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n");
        });

        var failed = (Failed) call(client(server.url()), request(10));

        assertThat(failed.error().message()).isEqualTo("HTTP 307 with an empty body");
        assertThat(calls).hasValue(1);
    }

    @Test
    void aKeyThatTheServerEchoesIsRemoved() throws Exception {
        var server = server(c -> {
            String key = header(c.read(), "authorization");
            String body = "{\"error\":{\"message\":\"Incorrect API key provided: " + key
                    + ".\",\"code\":\"invalid_api_key\"}}";
            c.write("HTTP/1.1 401 Unauthorized\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
        });

        var failed = (Failed) call(client(server.url()), request(10));

        assertThat(failed.error().code()).isEqualTo("invalid_api_key");
        assertThat(failed.error().message()).contains("[redacted]");
    }

    @Test
    void aRequestThatCannotBeWrittenIsAnInternalErrorAndTheNextOneWorks() throws Exception {
        var server = server(c -> {
            c.read();
            c.write(OK);
        });
        var client = client(server.url());
        // A check would have refused it.
        var bad = request(10).toBuilder()
                .userPrompt(UserPrompt.items(List.of(JsonNodeFactory.instance.textNode("no item"))))
                .buildUnchecked();

        assertThat(((Failed) call(client, bad)).error().type()).isEqualTo("internal_error");
        assertThat(call(client, request(10))).isInstanceOf(Succeeded.class);
    }

    @Test
    void manyCallsRunAtOnceEvenOnOneLane() throws Exception {
        int calls = 150;
        var all = new CountDownLatch(calls);
        var server = server(c -> {
            c.read();
            all.countDown();
            // Nobody is answered before everybody is there.
            await(all);
            c.write(OK);
        });
        var client = client(settings(server.url(), calls, 2, 1_000_000));

        var results = new ArrayList<CompletableFuture<CallOutcome>>();
        for (int i = 0; i < calls; i++) {
            results.add(callAsync(client, request(30), 0));
        }
        for (var result : results) {
            assertThat(result.get(30, SECONDS)).isInstanceOf(Succeeded.class);
        }
    }

    @Test
    void everyLaneStaysOnOneOfTheLoops() throws Exception {
        var server = server(c -> {
            c.read();
            c.write(OK);
        });
        var client = client(settings(server.url(), 8, 4, 1_000_000));

        var threads = new ArrayList<String>();
        for (int lane = 0; lane < 8; lane++) {
            var thread = new CompletableFuture<String>();
            client.call(
                    request(10),
                    1,
                    lane,
                    outcome -> thread.complete(Thread.currentThread().getName()));
            threads.add(thread.get(10, SECONDS));
        }
        assertThat(threads.subList(0, 4)).doesNotHaveDuplicates();
        assertThat(threads.subList(4, 8)).isEqualTo(threads.subList(0, 4));
    }

    @Test
    void closeEndsEveryCallOnce() throws Exception {
        var reached = new CountDownLatch(20);
        var server = server(c -> {
            c.read();
            reached.countDown();
            c.waitForClose(new CompletableFuture<>());
        });
        var client = client(settings(server.url(), 20, 2, 1_000_000));
        var ends = new AtomicInteger();
        var last = new CountDownLatch(20);
        for (int i = 0; i < 20; i++) {
            client.call(request(30), 1, i, outcome -> {
                outcomes.add(outcome.toString());
                assertThat(((Retry) outcome).error().type()).isEqualTo("network_error");
                ends.incrementAndGet();
                last.countDown();
            });
        }
        assertThat(reached.await(10, SECONDS)).isTrue();

        client.close();

        assertThat(last.await(10, SECONDS)).isTrue();
        assertThat(ends).hasValue(20);
        assertThat(((Retry) call(client, request(10))).error().message()).contains("client was closed");
        client.close();
    }

    @Test
    void aReceiverThatThrowsHarmsNobodyElse() throws Exception {
        var server = server(c -> {
            c.read();
            c.write(OK);
        });
        var client = client(server.url());
        var calls = new AtomicInteger();

        client.call(request(10), 1, 0, outcome -> {
            calls.incrementAndGet();
            throw new IllegalStateException("receiver");
        });

        assertThat(call(client, request(10))).isInstanceOf(Succeeded.class);
        // The two run side by side; the first to start need not be the first to end.
        Awaitility.await().until(() -> calls.get() == 1);
    }

    @Test
    void saysWhichFileCannotBeRead() {
        assertThatThrownBy(() -> new OpenAiClient(new HttpSettings(
                        URI.create("https://localhost/v1"),
                        ApiKey.of(new Secret(KEY)),
                        Map.of(),
                        1,
                        1,
                        10_000,
                        HttpSettings.Route.trusting(Path.of("/no/such.pem")))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("/no/such.pem");
    }

    private void assertNetworkError(RawServer.Script script) throws Exception {
        assertNetworkError(server(script).url(), "Network error: ", true);
    }

    /** @param sent whether the API can have seen the request, and may have done its work */
    private void assertNetworkError(URI url, String words, boolean sent) throws Exception {
        var retry = (Retry) call(client(url), request(20));
        assertThat(retry.error().type()).isEqualTo("network_error");
        assertThat(retry.error().message()).contains(words).doesNotContain(url.getHost());
        assertThat(retry.error().httpStatus()).isNull();
        assertThat(retry.error().isRetriable()).isTrue();
        assertThat(retry.maybeDone()).isEqualTo(sent);
    }

    private void assertTimesOut(RawServer.Script script) throws Exception {
        var closed = new CompletableFuture<Void>();
        var server = server(c -> {
            script.answer(c);
            c.waitForClose(closed);
        });
        assertTimeout((Retry) call(client(server.url()), request(1)), true);
        closed.get(10, SECONDS);
    }

    private static void assertTimeout(Retry retry, boolean sent) {
        assertThat(retry.error().type()).isEqualTo("timeout");
        assertThat(retry.error().message()).isEqualTo("No complete response within 1 s");
        assertThat(retry.error().httpStatus()).isNull();
        assertThat(retry.maybeDone()).isEqualTo(sent);
    }

    /** One byte at a time, each soon after the one before, until the client has gone. */
    private static void drip(RawServer.Connection c, CompletableFuture<Void> gone) throws java.io.IOException {
        c.socket().setSoTimeout(20);
        while (true) {
            try {
                // The read is the pause, and sees the close at once.
                if (c.socket().getInputStream().read() < 0) {
                    gone.complete(null);
                    return;
                }
            } catch (java.net.SocketTimeoutException still) {
                c.write(" ");
            } catch (java.io.IOException reset) {
                gone.complete(null);
                return;
            }
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await(30, SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private RawServer server(RawServer.Script script) throws Exception {
        var server = new RawServer(script);
        toClose.add(server);
        return server;
    }

    private OpenAiClient client(URI url) {
        return client(settings(url, 4, 1, 1_000_000));
    }

    private OpenAiClient client(HttpSettings settings) {
        var client = new OpenAiClient(settings);
        toClose.add(0, client);
        return client;
    }

    private static HttpSettings settings(URI url, int connections, int loops, int bytes) {
        return new HttpSettings(
                url, ApiKey.of(new Secret(KEY)), Map.of(), connections, loops, bytes, HttpSettings.Route.DIRECT);
    }

    private static ResponsesRequest request(int timeoutSecs) {
        return ResponsesRequest.builder()
                .batchId("batch one")
                .index(3)
                .model("gpt-4o-mini")
                .userPrompt("Hello")
                .timeoutSecs(timeoutSecs)
                .build();
    }

    private CallOutcome call(OpenAiClient client, ResponsesRequest request) throws Exception {
        return callAsync(client, request, 0).get(30, SECONDS);
    }

    private CompletableFuture<CallOutcome> callAsync(OpenAiClient client, ResponsesRequest request, int lane) {
        var result = new CompletableFuture<CallOutcome>();
        client.call(request, 2, lane, outcome -> {
            outcomes.add(outcome.toString());
            if (!result.complete(outcome)) {
                outcomes.add("a second outcome: 0123456789");
            }
        });
        return result;
    }

    private static String header(String head, String name) {
        for (String line : head.split("\r\n")) {
            int colon = line.indexOf(':');
            if (colon > 0 && line.substring(0, colon).equalsIgnoreCase(name)) {
                return line.substring(colon + 1).strip();
            }
        }
        return null;
    }
}
