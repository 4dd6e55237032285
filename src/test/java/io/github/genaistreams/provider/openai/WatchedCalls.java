package io.github.genaistreams.provider.openai;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.provider.ApiKey;
import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.provider.Secret;
import io.github.genaistreams.provider.http.HttpSettings;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.slf4j.LoggerFactory;

/** Calls whose outcomes and log lines are watched: the key is in none of them. */
final class WatchedCalls {

    static final String KEY = "sk-test-0123456789abcdef";
    static final String ANSWER =
            "{\"status\":\"completed\",\"output\":[{\"type\":\"message\",\"content\":[{\"type\":\"output_text\",\"text\":\"Hi\"}]}]}";
    static final String OK =
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nx-request-id: req_1\r\nContent-Length: "
                    + ANSWER.length() + "\r\n\r\n" + ANSWER;

    private final List<AutoCloseable> toClose = new ArrayList<>();
    final List<String> outcomes = new CopyOnWriteArrayList<>();
    final ListAppender<ILoggingEvent> log = new ListAppender<>();
    private final Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    private Level level;

    void listenToTheLog() {
        level = root.getLevel();
        root.setLevel(Level.DEBUG);
        root.detachAndStopAllAppenders();
        log.start();
        root.addAppender(log);
    }

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

    static void await(CountDownLatch latch) {
        try {
            latch.await(30, SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    RawServer server(RawServer.Script script) throws Exception {
        var server = new RawServer(script);
        toClose.add(server);
        return server;
    }

    OpenAiClient client(URI url) {
        return client(settings(url, 4, 1, 1_000_000));
    }

    OpenAiClient client(HttpSettings settings) {
        var client = new OpenAiClient(settings);
        toClose.add(0, client);
        return client;
    }

    static HttpSettings settings(URI url, int connections, int loops, int bytes) {
        return new HttpSettings(
                url, ApiKey.of(new Secret(KEY)), Map.of(), connections, loops, bytes, HttpSettings.Route.DIRECT);
    }

    static ResponsesRequest request(int timeoutSecs) {
        return ResponsesRequest.builder()
                .batchId("batch one")
                .index(3)
                .model("gpt-4o-mini")
                .userPrompt("Hello")
                .timeoutSecs(timeoutSecs)
                .build();
    }

    CallOutcome call(OpenAiClient client, ResponsesRequest request) throws Exception {
        return callAsync(client, request, 0).get(30, SECONDS);
    }

    CompletableFuture<CallOutcome> callAsync(OpenAiClient client, ResponsesRequest request, int lane) {
        var result = new CompletableFuture<CallOutcome>();
        client.call(request, 2, lane, outcome -> {
            outcomes.add(outcome.toString());
            if (!result.complete(outcome)) {
                outcomes.add("a second outcome: 0123456789");
            }
        });
        return result;
    }
}
