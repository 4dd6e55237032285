package io.github.genaistreams.provider.openai;

import static java.util.concurrent.TimeUnit.SECONDS;

import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.provider.ApiKey;
import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.provider.DeltaListener;
import io.github.genaistreams.provider.RemoteJob;
import io.github.genaistreams.provider.Secret;
import io.github.genaistreams.provider.http.HttpSettings;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** A client, what it talks to, and its calls as a test wants to make them. */
final class ClientCase {

    static final String KEY = "sk-test-0123456789abcdef";
    static final int MAX_BYTES = 1_000_000;

    private final Deque<AutoCloseable> toClose = new ArrayDeque<>();

    RawServer server(RawServer.Script script) throws Exception {
        return closing(new RawServer(script));
    }

    /** A client of a server that answers every connection by this script. */
    OpenAiClient clientOf(RawServer.Script script) throws Exception {
        return client(server(script).url(), null);
    }

    OpenAiClient client(URI url, Path trusted) {
        return closing(new OpenAiClient(new HttpSettings(
                url, ApiKey.of(new Secret(KEY)), Map.of(), 4, 1, MAX_BYTES, HttpSettings.Route.trusting(trusted))));
    }

    /** Closes it after the test, before whatever came earlier. */
    <T extends AutoCloseable> T closing(T closeable) {
        toClose.push(closeable);
        return closeable;
    }

    static ResponsesRequest.Builder request() {
        return ResponsesRequest.builder()
                .batchId("batch one")
                .index(3)
                .model("gpt-4o-mini")
                .userPrompt("Hello")
                .timeoutSecs(20);
    }

    static CallOutcome call(OpenAiClient client, ResponsesRequest.Builder request, DeltaListener deltas)
            throws Exception {
        return start(client, request, deltas).get(30, SECONDS);
    }

    static CompletableFuture<CallOutcome> start(
            OpenAiClient client, ResponsesRequest.Builder request, DeltaListener deltas) {
        var outcome = new CompletableFuture<CallOutcome>();
        client.call(request.build(), 2, 0, deltas, outcome::complete);
        return outcome;
    }

    static CompletableFuture<CallOutcome> poll(OpenAiClient client, RemoteJob job, ResponsesRequest.Builder request) {
        var outcome = new CompletableFuture<CallOutcome>();
        client.poll(request.build(), job, 2, 0, outcome::complete);
        return outcome;
    }

    public void close() throws Exception {
        while (!toClose.isEmpty()) {
            toClose.pop().close();
        }
    }
}
