package io.github.genaistreams.provider.openai;

import static io.github.genaistreams.provider.openai.StreamedPieces.COMPLETED;
import static io.github.genaistreams.provider.openai.StreamedPieces.END;
import static io.github.genaistreams.provider.openai.StreamedPieces.HEAD;
import static io.github.genaistreams.provider.openai.StreamedPieces.chunk;
import static io.github.genaistreams.provider.openai.StreamedPieces.delta;
import static io.github.genaistreams.provider.openai.StreamedPieces.error;
import static io.github.genaistreams.provider.openai.StreamedPieces.event;
import static io.github.genaistreams.provider.openai.StreamedPieces.streamed;
import static io.github.genaistreams.provider.openai.StreamedPieces.writeChunk;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.MostlyWaits;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.provider.CallOutcome.Failed;
import io.github.genaistreams.provider.CallOutcome.Succeeded;
import io.github.genaistreams.provider.DeltaListener;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Streams that fall silent, drip, or never end, over loopback. */
@Timeout(60)
class OpenAiClientSilentStreamTest {

    private final ClientCase test = new ClientCase();
    private final List<String> heard = new CopyOnWriteArrayList<>();
    private final DeltaListener listener = (sequence, delta) -> heard.add(sequence + " " + delta);

    @AfterEach
    void close() throws Exception {
        test.close();
    }

    @MostlyWaits
    @Test
    void givesUpAStreamThatFallsSilentAndClosesIt() throws Exception {
        assertTimesOut(streamed().streamIdleTimeoutSecs(1), "No event of the stream for 1 s", c -> {
            c.read();
            c.write(HEAD + chunk(delta(1, "a")));
        });
    }

    @MostlyWaits
    @Test
    void givesUpAStreamThatNeverBeginsAndClosesIt() throws Exception {
        var request = streamed().timeoutSecs(1).streamIdleTimeoutSecs(20);
        assertTimesOut(request, "No complete response within 1 s", c -> {
            c.read();
            c.write(HEAD + chunk(": patience\n\n"));
        });
    }

    @MostlyWaits
    @Test
    void givesUpAnEventThatDripsAndNeverEnds() throws Exception {
        assertTimesOut(streamed().streamIdleTimeoutSecs(1), "No event of the stream for 1 s", c -> {
            c.read();
            c.write(HEAD + chunk(delta(1, "a")) + chunk("data: {\"delta\":\""));
            byte[] character = "€".getBytes(UTF_8);
            for (int i = 0; pause(c); i++) {
                writeChunk(c, new byte[] {character[i % character.length]});
            }
        });
    }

    @MostlyWaits
    @ParameterizedTest
    @ValueSource(strings = {": keep-alive\n\n", "event: ping\n\n"})
    void takesCommentsForSignsOfLife(String sign) throws Exception {
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

    @MostlyWaits
    @Test
    void givesUpAStreamThatNeverEnds() throws Exception {
        assertTimesOut(streamed().totalWaitSecs(1), "No complete response within 1 s", c -> {
            c.read();
            c.write(HEAD);
            while (pause(c)) {
                c.write(chunk(delta(1, "a")));
            }
        });
    }

    @MostlyWaits
    @Test
    void doesNotTakeAStreamsLengthForSilence() throws Exception {
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

    @MostlyWaits
    @Test
    void boundsPlainJsonByTheTimeOfAnAttempt() throws Exception {
        var request = streamed().timeoutSecs(1).streamIdleTimeoutSecs(20);
        assertTimesOut(request, "No complete response within 1 s", c -> {
            c.read();
            c.write("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n{");
        });
    }

    @Test
    void breaksOffAnEventWithoutEnd() throws Exception {
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
    void breaksOffAStreamWithoutEnd() throws Exception {
        var gone = new CompletableFuture<Void>();
        var client = test.clientOf(c -> {
            c.read();
            c.write(HEAD);
            floodUntilClosed(c, event("response.new_thing", "x".repeat(60_000)), gone);
        });

        assertThat(error(call(client, streamed())).type()).isEqualTo("response_too_large");
        gone.get(10, SECONDS);
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

    private CallOutcome call(OpenAiClient client, ResponsesRequest.Builder request) throws Exception {
        return ClientCase.call(client, request, listener);
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
}
