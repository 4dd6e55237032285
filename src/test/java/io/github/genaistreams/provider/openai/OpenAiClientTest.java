package io.github.genaistreams.provider.openai;

import static io.github.genaistreams.provider.openai.WatchedCalls.ANSWER;
import static io.github.genaistreams.provider.openai.WatchedCalls.KEY;
import static io.github.genaistreams.provider.openai.WatchedCalls.OK;
import static io.github.genaistreams.provider.openai.WatchedCalls.await;
import static io.github.genaistreams.provider.openai.WatchedCalls.request;
import static io.github.genaistreams.provider.openai.WatchedCalls.settings;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
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
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.GZIPOutputStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The client against servers that misbehave, over loopback. */
@Timeout(60)
class OpenAiClientTest {

    private final WatchedCalls test = new WatchedCalls();

    @BeforeEach
    void listenToTheLog() {
        test.listenToTheLog();
    }

    @AfterEach
    void theKeyIsNowhere() throws Exception {
        test.theKeyIsNowhere();
    }

    @Test
    void sendsTheRequestAndReturnsTheAnswer() throws Exception {
        var head = new CompletableFuture<String>();
        var server = test.server(c -> {
            head.complete(c.read());
            c.write(OK);
        });

        var outcome = (Succeeded) test.call(test.client(server.url()), request(10));

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
        var server = test.server(c -> {
            connections.incrementAndGet();
            while (true) {
                c.read();
                c.write(OK);
            }
        });
        var client = test.client(server.url());

        for (int i = 0; i < 5; i++) {
            assertThat(test.call(client, request(10))).isInstanceOf(Succeeded.class);
        }
        assertThat(connections).hasValue(1);
    }

    @Test
    void readsAGzipBody() throws Exception {
        var zipped = new ByteArrayOutputStream();
        try (var gzip = new GZIPOutputStream(zipped)) {
            gzip.write(ANSWER.getBytes(StandardCharsets.UTF_8));
        }
        var server = test.server(c -> {
            c.read();
            c.write("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: " + zipped.size() + "\r\n\r\n");
            c.write(zipped.toByteArray());
        });

        assertThat(((Succeeded) test.call(test.client(server.url()), request(10)))
                        .answer()
                        .outputText())
                .isEqualTo("Hi");
    }

    @Test
    void aResponseThatIsTooLargeIsBrokenOff() throws Exception {
        var gone = new CompletableFuture<Void>();
        var server = test.server(c -> {
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

        var failed = (Failed) test.call(test.client(settings(server.url(), 4, 1, 100_000)), request(30));

        assertThat(failed.error().type()).isEqualTo("response_too_large");
        assertThat(failed.error().message()).contains("100,000 bytes");
        assertThat(failed.error().isRetriable()).isFalse();
        gone.get(10, SECONDS);
    }

    @Test
    void doesNotFollowRedirects() throws Exception {
        var calls = new AtomicInteger();
        var server = test.server(c -> {
            c.read();
            calls.incrementAndGet();
            c.write("HTTP/1.1 307 Temporary Redirect\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n");
        });

        var failed = (Failed) test.call(test.client(server.url()), request(10));

        assertThat(failed.error().message()).isEqualTo("HTTP 307 with an empty body");
        assertThat(calls).hasValue(1);
    }

    @Test
    void aKeyThatTheServerEchoesIsRemoved() throws Exception {
        var server = test.server(c -> {
            String key = header(c.read(), "authorization");
            String body = "{\"error\":{\"message\":\"Incorrect API key provided: " + key
                    + ".\",\"code\":\"invalid_api_key\"}}";
            c.write("HTTP/1.1 401 Unauthorized\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
        });

        var failed = (Failed) test.call(test.client(server.url()), request(10));

        assertThat(failed.error().code()).isEqualTo("invalid_api_key");
        assertThat(failed.error().message()).contains("[redacted]");
    }

    @Test
    void aRequestThatCannotBeWrittenIsAnInternalErrorAndTheNextOneWorks() throws Exception {
        var server = test.server(c -> {
            c.read();
            c.write(OK);
        });
        var client = test.client(server.url());
        // A check would have refused it.
        var bad = request(10).toBuilder()
                .userPrompt(UserPrompt.items(List.of(JsonNodeFactory.instance.textNode("no item"))))
                .buildUnchecked();

        assertThat(((Failed) test.call(client, bad)).error().type()).isEqualTo("internal_error");
        assertThat(test.call(client, request(10))).isInstanceOf(Succeeded.class);
    }

    @Test
    void manyCallsRunAtOnceEvenOnOneLane() throws Exception {
        int calls = 150;
        var all = new CountDownLatch(calls);
        var server = test.server(c -> {
            c.read();
            all.countDown();
            // Nobody is answered before everybody is there.
            await(all);
            c.write(OK);
        });
        var client = test.client(settings(server.url(), calls, 2, 1_000_000));

        var results = new ArrayList<CompletableFuture<CallOutcome>>();
        for (int i = 0; i < calls; i++) {
            results.add(test.callAsync(client, request(30), 0));
        }
        for (var result : results) {
            assertThat(result.get(30, SECONDS)).isInstanceOf(Succeeded.class);
        }
    }

    @Test
    void everyLaneStaysOnOneOfTheLoops() throws Exception {
        var server = test.server(c -> {
            c.read();
            c.write(OK);
        });
        var client = test.client(settings(server.url(), 8, 4, 1_000_000));

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
        var server = test.server(c -> {
            c.read();
            reached.countDown();
            c.waitForClose(new CompletableFuture<>());
        });
        var client = test.client(settings(server.url(), 20, 2, 1_000_000));
        var ends = new AtomicInteger();
        var last = new CountDownLatch(20);
        for (int i = 0; i < 20; i++) {
            client.call(request(30), 1, i, outcome -> {
                test.outcomes.add(outcome.toString());
                assertThat(((Retry) outcome).error().type()).isEqualTo("network_error");
                ends.incrementAndGet();
                last.countDown();
            });
        }
        assertThat(reached.await(10, SECONDS)).isTrue();

        client.close();

        assertThat(last.await(10, SECONDS)).isTrue();
        assertThat(ends).hasValue(20);
        assertThat(((Retry) test.call(client, request(10))).error().message()).contains("client was closed");
        client.close();
    }

    @Test
    void aReceiverThatThrowsHarmsNobodyElse() throws Exception {
        var server = test.server(c -> {
            c.read();
            c.write(OK);
        });
        var client = test.client(server.url());
        var calls = new AtomicInteger();

        client.call(request(10), 1, 0, outcome -> {
            calls.incrementAndGet();
            throw new IllegalStateException("receiver");
        });

        assertThat(test.call(client, request(10))).isInstanceOf(Succeeded.class);
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
