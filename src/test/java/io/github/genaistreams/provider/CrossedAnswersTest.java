package io.github.genaistreams.provider;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.model.DocumentRequest;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.provider.CallOutcome.Accepted;
import io.github.genaistreams.provider.CallOutcome.Retry;
import io.github.genaistreams.provider.CallOutcome.Succeeded;
import io.github.genaistreams.provider.datalab.DatalabClient;
import io.github.genaistreams.provider.http.HttpSettings;
import io.github.genaistreams.provider.http.LargeAnswers;
import io.github.genaistreams.provider.openai.OpenAiClient;
import io.github.genaistreams.sandbox.ApiSandbox;
import io.github.genaistreams.sandbox.Fault;
import io.github.genaistreams.sandbox.SandboxSettings;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * No answer is another call's, whatever goes wrong: each call has a token of its own, which its answer repeats. The tokens have no
 * part in common.
 */
@Timeout(120)
class CrossedAnswersTest {

    private static final int CALLS = 12;
    private static final int MAX_ATTEMPTS = 8;

    /** Each takes a call its whole time. */
    private static final Set<Fault> SLOW =
            EnumSet.of(Fault.HANG, Fault.LONG_LENGTH, Fault.STREAM_STALL, Fault.POLL_HANG);

    /** No document meets one of these. */
    private static final EnumSet<Fault> OF_RESPONSES = EnumSet.of(
            Fault.NO_CAPACITY,
            Fault.FAILED,
            Fault.STILL_RUNNING,
            Fault.STREAM_CUT,
            Fault.STREAM_END,
            Fault.STREAM_ERROR,
            Fault.STREAM_ERROR_NESTED,
            Fault.STREAM_FAILED,
            Fault.STREAM_STALL,
            Fault.SLOW_DRIP);

    /** Faults of HTTP that cost no attempt. */
    private static final Set<Fault> HARMLESS = EnumSet.of(Fault.INTERIM, Fault.EXTRA_RESPONSE, Fault.TRAILING_BYTES);

    /** One of each for all tests: making a certificate takes seconds. */
    private static ApiSandbox http1;

    private static ApiSandbox http2;

    private AutoCloseable client;

    @BeforeAll
    static void start() {
        http1 = ApiSandbox.start(SandboxSettings.DEFAULTS);
        http2 = ApiSandbox.start(SandboxSettings.DEFAULTS.withTls(true));
    }

    @AfterAll
    static void stop() {
        http1.close();
        http2.close();
    }

    @AfterEach
    void close() throws Exception {
        client.close();
    }

    static Stream<Arguments> faults() {
        return faults(EnumSet.allOf(Fault.class));
    }

    static Stream<Arguments> faultsOfDocuments() {
        return faults(EnumSet.complementOf(OF_RESPONSES));
    }

    private static Stream<Arguments> faults(Set<Fault> faults) {
        return faults.stream()
                .flatMap(fault -> Stream.of(
                        Arguments.of(fault, 1, false), Arguments.of(fault, 4, false), Arguments.of(fault, 4, true)));
    }

    @ParameterizedTest(name = "{0}, {1} connections, HTTP/2: {2}")
    @MethodSource("faults")
    void eachResponseIsTheCallsOwn(Fault fault, int connections, boolean http2) throws Exception {
        ApiSandbox sandbox = sandbox(fault, http2);
        var client = new OpenAiClient(settings(URI.create(sandbox.baseUrl()), connections, sandbox));
        this.client = client;

        var calls = new ArrayList<Call<ResponsesRequest>>();
        for (int i = 0; i < CALLS; i++) {
            var request = ResponsesRequest.builder()
                    .batchId("b")
                    .index(i)
                    .model("gpt-4o-mini")
                    .userPrompt(token(i))
                    .timeoutSecs(SLOW.contains(fault) ? 1 : 30);
            // In one piece, as a stream, and in the background: some faults are of one of these.
            if (i % 3 == 1) {
                request.stream(true).streamIdleTimeoutSecs(1);
            } else if (i % 3 == 2) {
                request.background(true);
            }
            calls.add(new Call<>(client, request.build()));
        }
        assertOwn(calls, fault);
    }

    @ParameterizedTest(name = "{0}, {1} connections, HTTP/2: {2}")
    @MethodSource("faultsOfDocuments")
    void eachDocumentIsTheCallsOwn(Fault fault, int connections, boolean http2) throws Exception {
        ApiSandbox sandbox = sandbox(fault, http2);
        var client = new DatalabClient(
                settings(URI.create(sandbox.datalabUrl()), connections, sandbox), null, LargeAnswers.ofHeap());
        this.client = client;

        var calls = new ArrayList<Call<DocumentRequest>>();
        for (int i = 0; i < CALLS; i++) {
            calls.add(new Call<>(
                    client,
                    DocumentRequest.builder()
                            .batchId("b")
                            .index(i)
                            .fileUrl("https://example.org/" + token(i) + ".pdf")
                            .resubmitOnUnknown(true)
                            .timeoutSecs(SLOW.contains(fault) ? 1 : 30)
                            .build()));
        }
        assertOwn(calls, fault);
    }

    private static <Q extends ApiRequest> void assertOwn(List<Call<Q>> calls, Fault fault) throws Exception {
        for (Call<Q> call : calls) {
            call.start();
        }
        for (int i = 0; i < CALLS; i++) {
            var call = calls.get(i);
            CallOutcome outcome = call.end.get(100, SECONDS);
            if (outcome instanceof Succeeded succeeded && fault != Fault.REFUSAL) {
                assertThat(succeeded.answer().body().toString()).contains(token(i));
            }
            String all = String.valueOf(outcome);
            for (int other = 0; other < CALLS; other++) {
                if (other != i) {
                    assertThat(all).doesNotContain(token(other));
                }
            }
            if (HARMLESS.contains(fault)) {
                assertThat(outcome).isInstanceOf(Succeeded.class);
                assertThat(call.attempt).isEqualTo(1);
            }
        }
    }

    private static String token(int index) {
        return "token-" + (char) ('a' + index) + "-end";
    }

    private static ApiSandbox sandbox(Fault fault, boolean tls) {
        double rate = SLOW.contains(fault) ? 0.1 : HARMLESS.contains(fault) ? 1 : 0.5;
        ApiSandbox sandbox = tls ? http2 : http1;
        sandbox.apply(SandboxSettings.DEFAULTS
                .withTls(tls)
                .withPollAfter(Duration.ofMillis(20))
                .withRetryAfter(Duration.ofMillis(20))
                .withFault(fault, rate));
        return sandbox;
    }

    private static HttpSettings settings(URI url, int connections, ApiSandbox sandbox) {
        return new HttpSettings(
                url,
                ApiKey.of(new Secret("key-for-the-sandbox")),
                Map.of(),
                connections,
                1,
                1_000_000,
                HttpSettings.Route.trusting(sandbox.trustedCertificates().orElse(null)));
    }

    /** A call with its further attempts and polls, each made at once. */
    private static final class Call<Q extends ApiRequest> {

        private final ApiClient<Q> client;
        private final Q request;
        private final CompletableFuture<CallOutcome> end = new CompletableFuture<>();
        private int attempt;
        private int polls;

        Call(ApiClient<Q> client, Q request) {
            this.client = client;
            this.request = request;
        }

        void start() {
            attempt++;
            client.call(request, attempt, 0, this::next);
        }

        private void next(CallOutcome outcome) {
            if (outcome instanceof Accepted accepted && polls++ < 1_000) {
                client.poll(request, accepted.job(), attempt, 0, this::next);
            } else if (outcome instanceof Retry && attempt < MAX_ATTEMPTS) {
                start();
            } else {
                end.complete(outcome);
            }
        }
    }
}
