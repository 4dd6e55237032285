package io.github.genaistreams.provider.openai;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.provider.CallOutcome.Failed;
import io.github.genaistreams.provider.CallOutcome.Retry;
import io.github.genaistreams.provider.CallOutcome.Succeeded;
import io.github.genaistreams.provider.DeltaListener;
import io.github.genaistreams.sandbox.ApiSandbox;
import io.github.genaistreams.sandbox.Fault;
import io.github.genaistreams.sandbox.SandboxSettings;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketTimeoutException;
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

    private static final String HEAD = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n"
            + "x-request-id: req_1\r\nTransfer-Encoding: chunked\r\n\r\n";
    private static final String END = "0\r\n\r\n";
    private static final String RESPONSE =
            "{'status':'completed','output':[{'type':'message','content':[{'type':'output_text','text':'Hi €😀'}]}]}";
    private static final String COMPLETED =
            event("response.completed", "{'type':'response.completed','response':" + RESPONSE + "}");

    private final ClientCase test = new ClientCase();
    private final List<String> heard = new CopyOnWriteArrayList<>();
    private final DeltaListener listener = (sequence, delta) -> heard.add(sequence + " " + delta);

    @AfterEach
    void close() throws Exception {
        test.close();
    }

    @Test
    void shouldHearEachDeltaBeforeTheNextIsSent() throws Exception {
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
    void shouldReadAStreamThatComesByteByByte() throws Exception {
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
    void shouldReadAStreamThatIsCompressedAsItComes() throws Exception {
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
    void shouldEndWithAnErrorOfEitherForm(String error, String outcome) throws Exception {
        var client = test.clientOf(c -> {
            c.read();
            c.write(HEAD + chunk(delta(1, "a")) + chunk(event("error", error)) + END);
        });

        assertThat(call(client, streamed()).getClass().getSimpleName()).isEqualTo(outcome);
    }

    @Test
    void shouldRetryAStreamThatEndsTooEarly() throws Exception {
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
    void shouldRetryAStreamThatIsCut(boolean reset) throws Exception {
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
                .startsWith("The stream broke off before the response was complete: the ")
                .doesNotContain("127.0.0.1");
        assertThat(((Retry) outcome).requestId()).isEqualTo("req_1");
    }

    @Test
    void shouldGiveUpAStreamThatFallsSilentAndCloseIt() throws Exception {
        assertTimesOut(streamed().streamIdleTimeoutSecs(1), "No event of the stream for 1 s", c -> {
            c.read();
            c.write(HEAD + chunk(delta(1, "a")));
        });
    }

    @Test
    void shouldGiveUpAStreamThatNeverBeginsAndCloseIt() throws Exception {
        var request = streamed().timeoutSecs(1).streamIdleTimeoutSecs(20);
        assertTimesOut(request, "No complete response within 1 s", c -> {
            c.read();
            c.write(HEAD + chunk(": patience\n\n"));
        });
    }

    @Test
    void shouldGiveUpAnEventThatDripsAndNeverEnds() throws Exception {
        assertTimesOut(streamed().streamIdleTimeoutSecs(1), "No event of the stream for 1 s", c -> {
            c.read();
            c.write(HEAD + chunk(delta(1, "a")) + chunk("data: {\"delta\":\""));
            byte[] character = "€".getBytes(UTF_8);
            for (int i = 0; pause(c); i++) {
                writeChunk(c, new byte[] {character[i % character.length]});
            }
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {": keep-alive\n\n", "event: ping\n\n"})
    void shouldTakeCommentsForSignsOfLife(String sign) throws Exception {
        var client = test.clientOf(c -> {
            c.read();
            c.write(HEAD + chunk(delta(1, "a")));
            for (long end = System.nanoTime() + SECONDS.toNanos(2); System.nanoTime() < end && pause(c); ) {
                c.write(chunk(sign));
            }
            c.write(chunk(COMPLETED) + END);
        });

        var request = streamed().streamIdleTimeoutSecs(1);
        assertThat(ClientCase.call(client, request, DeltaListener.NONE)).isInstanceOf(Succeeded.class);
    }

    @Test
    void shouldGiveUpAStreamThatNeverEnds() throws Exception {
        assertTimesOut(streamed().totalWaitSecs(1), "No complete response within 1 s", c -> {
            c.read();
            c.write(HEAD);
            while (pause(c)) {
                c.write(chunk(delta(1, "a")));
            }
        });
    }

    @Test
    void shouldNotTakeAStreamsLengthForSilence() throws Exception {
        var client = test.clientOf(c -> {
            c.read();
            c.write(HEAD);
            // 1.5 s in all.
            for (int i = 0; i < 75 && pause(c); i++) {
                c.write(chunk(delta(i, "a")));
            }
            c.write(chunk(COMPLETED) + END);
        });

        assertThat(call(client, streamed().timeoutSecs(1))).isInstanceOf(Succeeded.class);
        assertThat(heard).hasSize(75);
    }

    @Test
    void shouldReadPlainJsonThatComesInstead() throws Exception {
        var client = test.clientOf(c -> {
            c.read();
            c.write(json(RESPONSE));
        });

        assertThat(((Succeeded) call(client, streamed())).answer().outputText()).isEqualTo("Hi €😀");
        assertThat(heard).isEmpty();
    }

    @Test
    void shouldBoundPlainJsonByTheTimeOfAnAttempt() throws Exception {
        var request = streamed().timeoutSecs(1).streamIdleTimeoutSecs(20);
        assertTimesOut(request, "No complete response within 1 s", c -> {
            c.read();
            c.write("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n{");
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"application/json", "text/event-stream"})
    void shouldReadAnHttpErrorAsUsual(String type) throws Exception {
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
    void shouldReadAStreamThatNobodyAskedFor() throws Exception {
        var client = test.clientOf(c -> {
            c.read();
            c.write(HEAD + chunk(COMPLETED) + END);
        });

        assertThat(call(client, ClientCase.request())).isInstanceOf(Succeeded.class);
    }

    @Test
    void shouldTakeALargeResponse() throws Exception {
        String text = "€".repeat(300_000);
        var client = test.clientOf(c -> {
            c.read();
            c.write(HEAD + chunk(COMPLETED.replace("Hi €😀", text)) + END);
        });

        assertThat(((Succeeded) call(client, streamed())).answer().outputText()).isEqualTo(text);
    }

    @Test
    void shouldBreakOffAnEventWithoutEnd() throws Exception {
        var gone = new CompletableFuture<Void>();
        var client = test.clientOf(c -> {
            c.read();
            c.write(HEAD + chunk(delta(1, "a")));
            floodUntilClosed(c, "data: " + "x".repeat(65_536), gone);
        });

        var failed = (Failed) call(client, streamed());

        assertThat(failed.error().type()).isEqualTo("response_too_large");
        assertThat(failed.error().message()).contains("1,000,000 bytes");
        gone.get(10, SECONDS);
    }

    @Test
    void shouldBreakOffAStreamWithoutEnd() throws Exception {
        var gone = new CompletableFuture<Void>();
        var client = test.clientOf(c -> {
            c.read();
            c.write(HEAD);
            floodUntilClosed(c, event("response.new_thing", "x".repeat(60_000)), gone);
        });

        assertThat(error(call(client, streamed())).type()).isEqualTo("response_too_large");
        gone.get(10, SECONDS);
    }

    @Test
    void shouldUseAConnectionAgainAfterAStream() throws Exception {
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
    void shouldNotWaitForTheEndOfAStreamThatHasToldItsOutcome() throws Exception {
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
    void shouldReportOnceWhateverComesAfterTheOutcome() throws Exception {
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
    void shouldEndStreamsUnderWayWhenTheClientIsClosed() throws Exception {
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
    void shouldReadTheSandboxsStreams(Fault fault, boolean tls, String outcome, String type) throws Exception {
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

    private void assertTimesOut(ResponsesRequest.Builder request, String message, RawServer.Script script)
            throws Exception {
        var closed = new CompletableFuture<Void>();
        var client = test.clientOf(c -> {
            try {
                script.answer(c);
                c.waitForClose(closed);
            } catch (IOException gone) {
                closed.complete(null);
            }
        });

        var error = error(call(client, request));

        assertThat(error.type()).isEqualTo("timeout");
        assertThat(error.message()).isEqualTo(message);
        assertThat(error.httpStatus()).isNull();
        closed.get(10, SECONDS);
    }

    private static ResponsesRequest.Builder streamed() {
        return ClientCase.request().stream(true);
    }

    private CallOutcome call(OpenAiClient client, ResponsesRequest.Builder request) throws Exception {
        return ClientCase.call(client, request, listener);
    }

    private static CallError error(CallOutcome outcome) {
        return outcome instanceof Retry retry ? retry.error() : ((Failed) outcome).error();
    }

    private static String event(String name, String data) {
        return "event: " + name + "\ndata: " + data.replace('\'', '"') + "\n\n";
    }

    private static String delta(int sequence, String text) {
        return event(
                "response.output_text.delta",
                "{'type':'response.output_text.delta','sequence_number':%d,'delta':'%s'}".formatted(sequence, text));
    }

    private static String json(String body) {
        String text = body.replace('\'', '"');
        return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + text.getBytes(UTF_8).length
                + "\r\n\r\n" + text;
    }

    private static String chunk(String text) {
        return Integer.toHexString(text.getBytes(UTF_8).length) + "\r\n" + text + "\r\n";
    }

    private static void writeChunk(RawServer.Connection c, byte[] bytes) throws IOException {
        c.write(Integer.toHexString(bytes.length) + "\r\n");
        c.write(bytes);
        c.write("\r\n");
    }

    private static void floodUntilClosed(RawServer.Connection c, String text, CompletableFuture<Void> gone) {
        try {
            while (true) {
                c.write(chunk(text));
            }
        } catch (IOException closed) {
            gone.complete(null);
        }
    }

    /** A short pause; false as soon as the client has gone. */
    private static boolean pause(RawServer.Connection c) throws IOException {
        c.socket().setSoTimeout(20);
        try {
            // The read is the pause, and sees the close at once.
            return c.socket().getInputStream().read() >= 0;
        } catch (SocketTimeoutException still) {
            return true;
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await(30, SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
