package io.github.genaistreams.provider.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.github.genaistreams.MostlyWaits;
import io.github.genaistreams.provider.Abort;
import io.github.genaistreams.provider.Answer;
import io.github.genaistreams.provider.ApiKey;
import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.provider.CallOutcome.Retry;
import io.github.genaistreams.provider.CallOutcome.Succeeded;
import io.github.genaistreams.provider.Secret;
import io.vertx.core.Context;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Large answers of a real server, with room for less than all of them. */
@Timeout(60)
class LargeAnswersTest {

    private static final int MIB = 1 << 20;
    private static final int BYTES = 8 * MIB;
    private static final long BUDGET = 12 * MIB;

    private final LargeAnswers large = new LargeAnswers(BUDGET);
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final CountDownLatch isOver = new CountDownLatch(1);
    private final AtomicLong most = new AtomicLong();
    private HttpServer server;
    private Transport transport;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 50);
        server.setExecutor(threads);
        server.createContext("/whole", exchange -> {
            OutputStream body = begin(exchange);
            for (int i = 0; i < BYTES / MIB; i++) {
                body.write(filled());
            }
            exchange.close();
        });
        server.createContext("/broken", exchange -> {
            begin(exchange).write(filled());
            begin(exchange).write(filled());
            throw new IOException("breaks off");
        });
        server.createContext("/hanging", exchange -> {
            OutputStream body = begin(exchange);
            for (int i = 0; i < 4; i++) {
                body.write(filled());
            }
            body.flush();
            await(isOver);
        });
        server.start();
        transport = new Transport(
                new HttpSettings(
                        URI.create("http://127.0.0.1:" + server.getAddress().getPort()),
                        ApiKey.of(new Secret("key-0123456789")),
                        Map.of(),
                        20,
                        2,
                        BYTES + MIB,
                        HttpSettings.Route.DIRECT),
                large);
    }

    @AfterEach
    void stop() {
        isOver.countDown();
        transport.close();
        server.stop(0);
        threads.shutdownNow();
    }

    @Test
    void manyComeOneAfterTheOtherAndOffTheEventLoop() throws Exception {
        List<CompletableFuture<CallOutcome>> all = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            all.add(send("/whole", i, Duration.ofSeconds(30)));
        }

        for (CompletableFuture<CallOutcome> outcome : all) {
            assertThat(((Succeeded) outcome.get(30, SECONDS)).answer().outputText())
                    .isEqualTo(BYTES + " bytes, on genai-large-answers");
        }
        assertThat(most.get()).isBetween((long) BYTES, BUDGET + BYTES + 2 * MIB);
        assertAllIsGivenBack();
    }

    @MostlyWaits
    @Test
    void theTimeThatOneWaitsForMemoryIsNotItsOwn() throws Exception {
        MemoryBudget.Share other = large.budget().new Share();
        other.take(BUDGET, () -> {});
        Duration limit = Duration.ofSeconds(4);
        CompletableFuture<CallOutcome> waiting = send("/whole", 0, limit);

        Awaitility.await().atMost(limit).until(() -> large.budget().waiting() == 1);
        Awaitility.await().during(limit).atMost(limit.multipliedBy(2)).until(() -> !waiting.isDone());
        other.giveBack();

        assertThat(waiting.get(20, SECONDS)).isInstanceOf(Succeeded.class);
        assertAllIsGivenBack();
    }

    @Test
    void memoryComesBackFromWhatBreaksOffHangsOrIsTooLarge() throws Exception {
        List<CompletableFuture<CallOutcome>> all = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            all.add(send("/hanging", i, Duration.ofSeconds(1)));
            all.add(send("/broken", i, Duration.ofSeconds(10)));
        }

        for (CompletableFuture<CallOutcome> outcome : all) {
            assertThat(outcome.get(30, SECONDS)).isInstanceOf(Retry.class);
        }
        assertAllIsGivenBack();
        assertThat(send("/whole", 0, Duration.ofSeconds(20)).get(20, SECONDS)).isInstanceOf(Succeeded.class);
    }

    @Test
    void memoryComesBackFromWhatIsBrokenOffWhileItWaitsAndAtTheEnd() throws Exception {
        MemoryBudget.Share other = large.budget().new Share();
        other.take(BUDGET, () -> {});
        var aborted = new CompletableFuture<CallOutcome>();
        Abort abort = send("/whole", 0, Duration.ofSeconds(20), aborted);
        var closed = new CompletableFuture<CallOutcome>();
        send("/whole", 1, Duration.ofSeconds(20), closed);
        Awaitility.await().until(() -> large.budget().waiting() == 2);

        abort.now();
        assertThat(aborted.get(10, SECONDS)).isInstanceOf(Retry.class);
        transport.close();
        assertThat(closed.get(10, SECONDS)).isInstanceOf(Retry.class);

        other.giveBack();
        assertAllIsGivenBack();
    }

    private void assertAllIsGivenBack() {
        Awaitility.await()
                .atMost(Duration.ofSeconds(10))
                .until(() -> large.budget().held() == 0);
    }

    private CompletableFuture<CallOutcome> send(String path, int lane, Duration most) {
        var outcome = new CompletableFuture<CallOutcome>();
        send(path, lane, most, outcome);
        return outcome;
    }

    private Abort send(String path, int lane, Duration most, CompletableFuture<CallOutcome> outcome) {
        return transport.send(
                web -> web.get(server.getAddress().getPort(), "127.0.0.1", path),
                lane,
                TimeLimits.of(most),
                new Counting(),
                told -> {
                    this.most.accumulateAndGet(large.budget().held(), Math::max);
                    outcome.complete(told);
                });
    }

    /** Says how long an answer is, and where it was read. */
    private static final class Counting implements ResponseHandler {

        @Override
        public CallOutcome answered(HttpAnswer answer) {
            String where = Context.isOnEventLoopThread()
                    ? "an event loop"
                    : Thread.currentThread().getName();
            String text = answer.body().length + " bytes, on " + where;
            return new Succeeded(new Answer(null, text, null, null, null, null, null));
        }

        @Override
        public CallOutcome unanswered(Retry why) {
            return why;
        }

        @Override
        public Optional<EventStream> stream(HttpAnswer head) {
            return Optional.empty();
        }
    }

    private static OutputStream begin(HttpExchange exchange) throws IOException {
        if (exchange.getResponseCode() < 0) {
            exchange.sendResponseHeaders(200, 0);
        }
        return exchange.getResponseBody();
    }

    private static byte[] filled() {
        byte[] bytes = "x".repeat(1_024).getBytes(UTF_8);
        byte[] all = new byte[MIB];
        for (int at = 0; at < MIB; at += bytes.length) {
            System.arraycopy(bytes, 0, all, at, bytes.length);
        }
        return all;
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
