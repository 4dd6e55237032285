package io.github.genaistreams.provider;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.DocumentRequest;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.provider.CallOutcome.Failed;
import io.github.genaistreams.provider.CallOutcome.Retry;
import io.github.genaistreams.provider.datalab.DatalabClient;
import io.github.genaistreams.provider.http.HttpSettings;
import io.github.genaistreams.provider.http.LargeAnswers;
import io.github.genaistreams.provider.openai.OpenAiClient;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

/** Whatever a server answers, each call ends once, with no other's answer, and the client goes on. */
class HostileAnswersTest {

    private static final Pattern TOKEN = Pattern.compile("answer-[0-9a-f]{16}-end");
    private static final int AT_ONCE = 48;
    private static final int GOOD_AFTERWARDS = 60;

    private final Queue<String> flaws = new ConcurrentLinkedQueue<>();
    private final Queue<String> errors = new ConcurrentLinkedQueue<>();
    private final Map<String, Integer> owners = new ConcurrentHashMap<>();
    private final Map<String, Integer> seen = new ConcurrentHashMap<>();
    private final Semaphore places = new Semaphore(AT_ONCE);
    private final Logger root = (Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME);
    private final AppenderBase<ILoggingEvent> log = new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
            if (event.getLevel().isGreaterOrEqual(Level.ERROR)) {
                errors.add(event.getLoggerName() + ": " + event.getFormattedMessage());
            }
        }
    };

    @BeforeEach
    void listen() {
        log.start();
        root.addAppender(log);
    }

    @AfterEach
    void stopListening() {
        root.detachAppender(log);
    }

    @Test
    @Timeout(120)
    void aThousandCallsEndOnceEachWhateverTheServerAnswers() throws Exception {
        run(1_000, 1);
    }

    @Test
    @Tag("long")
    @Timeout(1_800)
    void aHundredThousandCallsEndOnceEachWhateverTheServerAnswers() throws Exception {
        run(100_000, 2);
    }

    private void run(int calls, long seed) throws Exception {
        for (int i = 0; i < calls; i++) {
            owners.put(token(i), i);
        }
        try (var server = new HostileServer(seed, HostileAnswersTest::token);
                var responses = new OpenAiClient(settings(server.url()));
                var documents = new DatalabClient(settings(server.url()), null, LargeAnswers.ofHeap())) {
            call(responses, documents, HostileServer.GOOD);
            places.acquire(AT_ONCE);
            places.release(AT_ONCE);
            seen.clear();
            Set<String> before = eventLoops();

            for (int i = 0; i < calls; i++) {
                call(responses, documents, i);
            }
            assertThat(places.tryAcquire(AT_ONCE, 60, SECONDS)).isTrue();
            places.release(AT_ONCE);
            var hostile = new TreeMap<>(seen);
            seen.clear();
            // A connection that its server is about to close may take one more call with it, in any client.
            await().until(server::isQuiet);
            for (int i = 1; i <= GOOD_AFTERWARDS; i++) {
                call(responses, documents, HostileServer.GOOD + i);
            }
            assertThat(places.tryAcquire(AT_ONCE, 60, SECONDS)).isTrue();

            assertThat(flaws).isEmpty();
            assertThat(errors).isEmpty();
            assertThat(seen).containsExactly(Map.entry("Succeeded", GOOD_AFTERWARDS));
            assertThat(hostile.values().stream().mapToInt(n -> n).sum()).isEqualTo(calls);
            // It was as hostile as it should be, and not only.
            assertThat(hostile.get("Succeeded")).isBetween(calls / 4, calls * 4 / 5);
            assertThat(hostile.keySet()).contains("network_error", "parse_error");
            assertThat(eventLoops()).containsAll(before);
        }
    }

    /** In one piece, as a stream, and as the result of a document. */
    private void call(OpenAiClient responses, DatalabClient documents, int number) throws InterruptedException {
        places.acquire();
        owners.put(token(number), number);
        if (number % 3 == 2) {
            var job = new RemoteJob("/v1/marker/token-" + number + "-", Instant.now(), Duration.ZERO, "r1");
            var request = DocumentRequest.builder()
                    .batchId("b")
                    .fileUrl("https://example.org/a.pdf")
                    .timeoutSecs(2)
                    .build();
            documents.poll(request, job, 1, number, ended(number));
        } else {
            var request = ResponsesRequest.builder().batchId("b").model("m").userPrompt("token-" + number + "-").stream(
                            number % 3 == 1)
                    .timeoutSecs(2)
                    .streamIdleTimeoutSecs(2)
                    .build();
            responses.call(request, 1, number, ended(number));
        }
    }

    private Consumer<CallOutcome> ended(int number) {
        return new Consumer<>() {
            private boolean hasEnded;

            @Override
            public synchronized void accept(CallOutcome outcome) {
                if (hasEnded) {
                    flaws.add("twice: " + number);
                    return;
                }
                hasEnded = true;
                check(number, outcome);
                places.release();
            }
        };
    }

    private void check(int number, CallOutcome outcome) {
        Matcher tokens = TOKEN.matcher(outcome.toString());
        while (tokens.find()) {
            // Its own with a digit changed on the way is nobody else's.
            if (owners.getOrDefault(tokens.group(), number) != number) {
                flaws.add("crossed: " + number + " " + outcome);
            }
        }
        CallError error = outcome instanceof Failed failed
                ? failed.error()
                : outcome instanceof Retry retry ? retry.error() : null;
        if (error != null && CallError.internal("").type().equals(error.type())) {
            flaws.add("not expected: " + number + " " + error);
        }
        seen.merge(error == null ? outcome.getClass().getSimpleName() : kind(error), 1, Integer::sum);
    }

    private static String kind(CallError error) {
        return Set.of("network_error", "parse_error", "timeout", "stream_interrupted", "response_too_large")
                        .contains(String.valueOf(error.type()))
                ? error.type()
                : "other";
    }

    private static String token(long number) {
        long mixed = (number + 1) * 0x9E3779B97F4A7C15L;
        return "answer-%016x-end".formatted(mixed ^ mixed >>> 29);
    }

    private static Set<String> eventLoops() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(thread -> thread.getName() + thread.getId())
                .filter(name -> name.startsWith("vert.x-eventloop"))
                .collect(Collectors.toSet());
    }

    private static HttpSettings settings(URI url) {
        return new HttpSettings(
                url, ApiKey.of(new Secret("key-of-the-test")), Map.of(), 16, 2, 200_000, HttpSettings.Route.DIRECT);
    }
}
