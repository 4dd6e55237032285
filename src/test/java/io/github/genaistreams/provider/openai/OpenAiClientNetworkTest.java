package io.github.genaistreams.provider.openai;

import static io.github.genaistreams.provider.openai.WatchedCalls.ANSWER;
import static io.github.genaistreams.provider.openai.WatchedCalls.OK;
import static io.github.genaistreams.provider.openai.WatchedCalls.await;
import static io.github.genaistreams.provider.openai.WatchedCalls.request;
import static io.github.genaistreams.provider.openai.WatchedCalls.settings;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import io.github.genaistreams.provider.CallOutcome.Retry;
import io.github.genaistreams.provider.CallOutcome.Succeeded;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The client against connections that break and servers that hang, over loopback. */
@Timeout(60)
class OpenAiClientNetworkTest {

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

        assertThat(List.copyOf(test.log.list))
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
        var server = test.server(c -> {
            c.read();
            c.write("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
            drip(c, gone);
        });

        assertTimeout((Retry) test.call(test.client(server.url()), request(1)), true);
        gone.get(10, SECONDS);
    }

    @Test
    void aTimeOutFreesItsPlaceInThePool() throws Exception {
        var calls = new AtomicInteger();
        var server = test.server(c -> {
            c.read();
            if (calls.incrementAndGet() == 1) {
                c.waitForClose(new CompletableFuture<>());
            } else {
                c.write(OK);
            }
        });
        var client = test.client(settings(server.url(), 1, 1, 1_000_000));

        var first = test.callAsync(client, request(1), 0);
        // Waits in the pool's queue until the first gives up its place.
        var second = test.callAsync(client, request(30), 0);

        assertTimeout((Retry) first.get(10, SECONDS), true);
        assertThat(second.get(10, SECONDS)).isInstanceOf(Succeeded.class);
    }

    @Test
    void aCallThatTimesOutWhileItWaitsForAConnectionIsNeverSent() throws Exception {
        var calls = new AtomicInteger();
        var release = new CountDownLatch(1);
        var server = test.server(c -> {
            while (true) {
                c.read();
                calls.incrementAndGet();
                await(release);
                c.write(OK);
            }
        });
        var client = test.client(settings(server.url(), 1, 1, 1_000_000));

        var first = test.callAsync(client, request(30), 0);
        var waiting = test.callAsync(client, request(1), 0);
        assertTimeout((Retry) waiting.get(10, SECONDS), false);
        release.countDown();

        assertThat(first.get(10, SECONDS)).isInstanceOf(Succeeded.class);
        assertThat(test.call(client, request(30))).isInstanceOf(Succeeded.class);
        assertThat(calls).hasValue(2);
    }

    private void assertNetworkError(RawServer.Script script) throws Exception {
        assertNetworkError(test.server(script).url(), "Network error: ", true);
    }

    /** @param sent whether the API can have seen the request, and may have done its work */
    private void assertNetworkError(URI url, String words, boolean sent) throws Exception {
        var retry = (Retry) test.call(test.client(url), request(20));
        assertThat(retry.error().type()).isEqualTo("network_error");
        assertThat(retry.error().message()).contains(words).doesNotContain(url.getHost());
        assertThat(retry.error().httpStatus()).isNull();
        assertThat(retry.error().isRetriable()).isTrue();
        assertThat(retry.maybeDone()).isEqualTo(sent);
    }

    private void assertTimesOut(RawServer.Script script) throws Exception {
        var closed = new CompletableFuture<Void>();
        var server = test.server(c -> {
            script.answer(c);
            c.waitForClose(closed);
        });
        assertTimeout((Retry) test.call(test.client(server.url()), request(1)), true);
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
}
