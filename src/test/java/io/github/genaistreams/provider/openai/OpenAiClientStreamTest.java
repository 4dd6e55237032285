package io.github.genaistreams.provider.openai;

import static io.github.genaistreams.provider.openai.StreamedPieces.COMPLETED;
import static io.github.genaistreams.provider.openai.StreamedPieces.END;
import static io.github.genaistreams.provider.openai.StreamedPieces.HEAD;
import static io.github.genaistreams.provider.openai.StreamedPieces.RESPONSE;
import static io.github.genaistreams.provider.openai.StreamedPieces.chunk;
import static io.github.genaistreams.provider.openai.StreamedPieces.delta;
import static io.github.genaistreams.provider.openai.StreamedPieces.error;
import static io.github.genaistreams.provider.openai.StreamedPieces.event;
import static io.github.genaistreams.provider.openai.StreamedPieces.streamed;
import static io.github.genaistreams.provider.openai.StreamedPieces.writeChunk;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.provider.CallOutcome.Retry;
import io.github.genaistreams.provider.CallOutcome.Succeeded;
import io.github.genaistreams.provider.DeltaListener;
import io.github.genaistreams.sandbox.ApiSandbox;
import io.github.genaistreams.sandbox.Fault;
import io.github.genaistreams.sandbox.SandboxSettings;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Streamed answers over loopback, from servers that behave and from those that do not. */
@Timeout(60)
class OpenAiClientStreamTest {

    private final ClientCase test = new ClientCase();
    private final List<String> heard = new CopyOnWriteArrayList<>();
    private final DeltaListener listener = (sequence, delta) -> heard.add(sequence + " " + delta);

    @AfterEach
    void close() throws Exception {
        test.close();
    }

    @Test
    void hearsEachDeltaBeforeTheNextIsSent() throws Exception {
        var sent = new CompletableFuture<RawServer.Request>();
        var first = new CountDownLatch(1);
        var client = test.clientOf(c -> {
            sent.complete(c.readRequest());
            c.write(HEAD + chunk(delta(4, "Hel")));
            await(first);
            c.write(chunk(delta(5, "lo €")) + chunk(COMPLETED) + END);
        });

        var outcome = ClientCase.call(client, streamed(), (sequence, delta) -> {
            heard.add(sequence + " " + delta);
            first.countDown();
        });

        assertThat(((Succeeded) outcome).answer().outputText()).isEqualTo("Hi €😀");
        assertThat(((Succeeded) outcome).answer().requestId()).isEqualTo("req_1");
        assertThat(heard).containsExactly("4 Hel", "5 lo €");
        assertThat(sent.get().head().toLowerCase(java.util.Locale.ROOT)).contains("accept: text/event-stream");
        assertThat(sent.get().body()).contains("\"stream\":true");
    }

    @Test
    void readsAStreamThatComesByteByByte() throws Exception {
        var client = test.clientOf(c -> {
            c.read();
            c.socket().setTcpNoDelay(true);
            c.write(HEAD);
            for (byte b : (": hi\r\n\r\n" + delta(1, "€😀") + COMPLETED).getBytes(UTF_8)) {
                c.write("1\r\n");
                c.write(new byte[] {b, '\r', '\n'});
            }
            c.write(END);
        });

        assertThat(call(client, streamed())).isInstanceOf(Succeeded.class);
        assertThat(heard).containsExactly("1 €😀");
    }

    @Test
    void readsAStreamThatIsCompressedAsItComes() throws Exception {
        var first = new CountDownLatch(1);
        var client = test.clientOf(c -> {
            c.read();
            var zipped = new ByteArrayOutputStream();
            var gzip = new GZIPOutputStream(zipped, true);
            gzip.write(delta(1, "€").getBytes(UTF_8));
            gzip.flush();
            c.write(HEAD.replace("\r\n\r\n", "\r\nContent-Encoding: gzip\r\n\r\n"));
            writeChunk(c, zipped.toByteArray());
            await(first);
            zipped.reset();
            gzip.write(COMPLETED.getBytes(UTF_8));
            gzip.close();
            writeChunk(c, zipped.toByteArray());
            c.write(END);
        });

        var outcome = ClientCase.call(client, streamed(), (sequence, delta) -> first.countDown());

        assertThat(outcome).isInstanceOf(Succeeded.class);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'type':'error','code':'server_error','message':'m','param':null} | Retry",
                "{'type':'error','error':{'type':'server_error','code':null,'message':'m'}} | Retry",
                "{'type':'error','code':'insufficient_quota','message':'m','param':null} | Failed",
                "{'type':'error','error':{'type':'insufficient_quota','code':'insufficient_quota'}} | Failed",
            })
    void endsWithAnErrorOfEitherForm(String error, String outcome) throws Exception {
        var client = test.clientOf(c -> {
            c.read();
            c.write(HEAD + chunk(delta(1, "a")) + chunk(event("error", error)) + END);
        });

        assertThat(call(client, streamed()).getClass().getSimpleName()).isEqualTo(outcome);
    }

    @Test
    void retriesAStreamThatEndsTooEarly() throws Exception {
        var client = test.clientOf(c -> {
            c.read();
            c.write(HEAD + chunk(delta(1, "a")) + END);
        });

        var error = error(call(client, streamed()));
        assertThat(error.type()).isEqualTo("stream_interrupted");
        assertThat(error.message()).isEqualTo("The stream ended before the response was complete");
        assertThat(error.isRetriable()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void retriesAStreamThatIsCut(boolean reset) throws Exception {
        var heardIt = new CountDownLatch(1);
        var client = test.clientOf(c -> {
            c.read();
            c.write(HEAD + chunk(delta(1, "a") + COMPLETED.substring(0, 50)));
            await(heardIt);
            if (reset) {
                c.reset();
            }
        });

        var outcome = ClientCase.call(client, streamed(), (sequence, delta) -> heardIt.countDown());

        assertThat(error(outcome).type()).isEqualTo("stream_interrupted");
        assertThat(error(outcome).message())
                .startsWith("The stream was interrupted before the response was complete: the ")
                .doesNotContain("127.0.0.1");
        assertThat(((Retry) outcome).requestId()).isEqualTo("req_1");
    }

    @Test
    void readsPlainJsonThatComesInstead() throws Exception {
        var client = test.clientOf(c -> {
            c.read();
            c.write(json(RESPONSE));
        });

        assertThat(((Succeeded) call(client, streamed())).answer().outputText()).isEqualTo("Hi €😀");
        assertThat(heard).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"application/json", "text/event-stream"})
    void readsAnHttpErrorAsUsual(String type) throws Exception {
        String body = "{\"error\":{\"type\":\"requests\",\"code\":\"rate_limit_exceeded\",\"message\":\"Slow\"}}";
        var client = test.clientOf(c -> {
            c.read();
            c.write("HTTP/1.1 429 Too Many Requests\r\nContent-Type: " + type + "\r\nRetry-After: 7\r\nContent-Length: "
                    + body.length() + "\r\n\r\n" + body);
        });

        var retry = (Retry) call(client, streamed());
        assertThat(retry.error().message()).isEqualTo("HTTP 429 rate_limit_exceeded: Slow");
        assertThat(retry.serverDelay()).hasSeconds(7);
    }

    @Test
    void readsAnUnrequestedStream() throws Exception {
        var client = test.clientOf(c -> {
            c.read();
            c.write(HEAD + chunk(COMPLETED) + END);
        });

        assertThat(call(client, ClientCase.request())).isInstanceOf(Succeeded.class);
    }

    @Test
    void takesALargeResponse() throws Exception {
        String text = "€".repeat(300_000);
        var client = test.clientOf(c -> {
            c.read();
            c.write(HEAD + chunk(COMPLETED.replace("Hi €😀", text)) + END);
        });

        assertThat(((Succeeded) call(client, streamed())).answer().outputText()).isEqualTo(text);
    }

    @Test
    void usesAConnectionAgainAfterAStream() throws Exception {
        var connections = new AtomicInteger();
        var client = test.clientOf(c -> {
            connections.incrementAndGet();
            while (true) {
                c.read();
                c.write(HEAD + chunk(delta(1, "a")) + chunk(COMPLETED) + chunk("data: [DONE]\n\n") + END);
            }
        });

        for (int i = 0; i < 5; i++) {
            assertThat(call(client, streamed())).isInstanceOf(Succeeded.class);
        }
        // A next call may begin before a stream has come to its end.
        assertThat(connections.get()).isLessThan(5);
    }

    @Test
    void doesNotWaitForTheEndOfAStreamAfterItsOutcome() throws Exception {
        var closed = new CompletableFuture<Void>();
        var client = test.clientOf(c -> {
            c.read();
            c.write(HEAD + chunk(COMPLETED));
            c.waitForClose(closed);
        });

        assertThat(call(client, streamed())).isInstanceOf(Succeeded.class);
        closed.get(10, SECONDS);
    }

    @Test
    void reportsOnceWhateverComesAfterTheOutcome() throws Exception {
        var outcomes = new CopyOnWriteArrayList<CallOutcome>();
        var closed = new CompletableFuture<Void>();
        var client = test.clientOf(c -> {
            c.read();
            c.write(HEAD + chunk(COMPLETED) + chunk(event("error", "{'type':'error','code':'server_error'}")));
            c.waitForClose(closed);
        });

        client.call(streamed().build(), 1, 0, listener, outcomes::add);

        closed.get(10, SECONDS);
        client.close();
        assertThat(outcomes).singleElement().isInstanceOf(Succeeded.class);
    }

    @Test
    void endsStreamsUnderWayWhenTheClientIsClosed() throws Exception {
        var heardIt = new CountDownLatch(1);
        var client = test.clientOf(c -> {
            c.read();
            c.write(HEAD + chunk(delta(1, "a")));
            c.waitForClose(new CompletableFuture<>());
        });
        var outcome = ClientCase.start(client, streamed(), (sequence, delta) -> heardIt.countDown());
        await(heardIt);

        client.close();

        assertThat(error(outcome.get(10, SECONDS)).type()).isEqualTo("network_error");
    }

    @ParameterizedTest
    @CsvSource({
        ", false, Succeeded, ",
        ", true, Succeeded, ",
        "SLOW_DRIP, false, Succeeded, ",
        "STREAM_CUT, false, Retry, stream_interrupted",
        "STREAM_CUT, true, Retry, stream_interrupted",
        "STREAM_END, false, Retry, stream_interrupted",
        "STREAM_ERROR, false, Retry, stream_error",
        "STREAM_ERROR_NESTED, false, Retry, server_error",
        "STREAM_FAILED, false, Retry, response_failed",
        "STREAM_STALL, false, Retry, timeout",
        "STREAM_STALL, true, Retry, timeout",
        "BAD_GATEWAY, false, Retry, http_error",
    })
    void readsTheSandboxsStreams(Fault fault, boolean tls, String outcome, String type) throws Exception {
        var sandbox = test.closing(ApiSandbox.start(
                (fault == null ? SandboxSettings.DEFAULTS : SandboxSettings.DEFAULTS.withFault(fault, 1))
                        .withTls(tls)));
        var client = test.client(
                URI.create(sandbox.baseUrl()), sandbox.trustedCertificates().orElse(null));
        var text = new StringBuffer();

        var result =
                ClientCase.call(client, streamed().streamIdleTimeoutSecs(1), (sequence, delta) -> text.append(delta));

        assertThat(result.getClass().getSimpleName()).isEqualTo(outcome);
        if (result instanceof Succeeded succeeded) {
            assertThat(succeeded.answer().outputText())
                    .isEqualTo(text.toString())
                    .isNotEmpty();
            assertThat(succeeded.answer().usage().totalTokens()).isPositive();
        } else {
            assertThat(error(result).type()).isEqualTo(type);
        }
    }

    private CallOutcome call(OpenAiClient client, ResponsesRequest.Builder request) throws Exception {
        return ClientCase.call(client, request, listener);
    }

    private static String json(String body) {
        String text = body.replace('\'', '"');
        return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + text.getBytes(UTF_8).length
                + "\r\n\r\n" + text;
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await(30, SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
