package io.github.genaistreams.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import io.github.genaistreams.Scrape;
import io.github.genaistreams.TestDocuments;
import io.github.genaistreams.client.BatchClient;
import io.github.genaistreams.client.BatchHandle;
import io.github.genaistreams.client.read.BatchProgress;
import io.github.genaistreams.client.read.BatchResults;
import io.github.genaistreams.model.BatchStatus;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.DocumentRequest;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.model.Usage;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.Json;
import io.github.genaistreams.wire.WireFormat;
import io.github.genaistreams.worker.GenAiConfig;
import io.github.genaistreams.worker.WorkerMetric;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a batch costs, computed once more from its usage and the published prices; what metrics tell of it and its failures; and what
 * is traced of it.
 */
class CostTest {

    /** USD per 1,000,000 tokens of gpt-4o-mini: input, cached input, output. */
    private static final BigDecimal INPUT = new BigDecimal("0.15");

    private static final BigDecimal CACHED = new BigDecimal("0.075");
    private static final BigDecimal OUTPUT = new BigDecimal("0.6");

    private static final Map<String, String> OF_RESPONSES = Map.of("api", "responses");

    private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
    private static final String PRODUCER = "00f067aa0ba902b7";

    @RegisterExtension
    final Spans spans = new Spans();

    @TempDir
    Path dir;

    @Test
    void pricesABatchExactlyAndNeverGuesses() throws Exception {
        HttpProbe port = HttpProbe.free();
        Map<String, String> settings =
                Map.of(GenAiConfig.HTTP_PORT, Integer.toString(port.port()), "openai.max.concurrent.requests", "4");
        try (Embedded embedded = Embedded.start(dir, settings);
                BatchClient client = new BatchClient(Map.of("bootstrap.servers", embedded.bootstrapServers()))) {
            String longPrefix = "The same beginning for all of them, so that it is read from the cache. ".repeat(100);
            List<ResponsesRequest> requests = new ArrayList<>(IntStream.range(0, 60)
                    .mapToObj(i -> ResponsesRequest.builder()
                            .model("gpt-4o-mini")
                            .promptCacheKey("k")
                            .userPrompt(longPrefix + "Question " + i)
                            .build())
                    .toList());
            // Failures that are billed: a refusal, and two answers that break their schema.
            requests.add(ResponsesRequest.builder()
                    .model("gpt-4o-mini")
                    .userPrompt("sandbox:refusal")
                    .build());
            requests.add(ResponsesRequest.builder()
                    .model("gpt-4o-mini")
                    .userPrompt("sandbox:invalid_output")
                    .responseFormat(
                            Json.MAPPER.valueToTree(Map.of("type", "json_schema", "schema", Map.of("type", "object"))))
                    .validateOutput(true)
                    .repairAttempts(1)
                    .build());
            // Failures that are not, at the first attempt and at the second.
            requests.add(ResponsesRequest.builder()
                    .model("gpt-4o-mini")
                    .userPrompt("sandbox:bad_request")
                    .build());
            requests.add(ResponsesRequest.builder()
                    .model("gpt-4o-mini")
                    .userPrompt("sandbox:server_error")
                    .maxRetries(1)
                    .retryDelayMinMs(10)
                    .build());
            requests.add(ResponsesRequest.builder()
                    .model("a-model-without-a-price")
                    .userPrompt("Hello")
                    .build());
            // Its answers are lost on the way.
            requests.add(ResponsesRequest.builder()
                    .model("gpt-4o-mini")
                    .userPrompt("sandbox:truncated")
                    .maxRetries(1)
                    .retryDelayMinMs(10)
                    .build());

            BatchHandle batch = client.submit(
                    BatchClient.newBatchId(), requests, Map.of("traceparent", "00-" + TRACE + "-" + PRODUCER + "-01"));
            submitWhatEndsOtherwise(embedded.cluster());
            BigDecimal expected = BigDecimal.ZERO;
            long cachedTokens = 0;
            List<CallResult> others = new ArrayList<>();
            BatchProgress progress;
            try (BatchResults results = batch.results()) {
                while (results.hasNext()) {
                    CallResult result = results.next();
                    if (result.index() < 62) {
                        BigDecimal cost = cost(result.usage());
                        assertThat(result.cost()).isEqualByComparingTo(cost).isPositive();
                        assertThat(result.success()).isEqualTo(result.index() < 60);
                        expected = expected.add(cost);
                        cachedTokens += cached(result.usage());
                    } else {
                        others.add(result);
                    }
                    assertIsTraced(result, results.headers(result.index()).get("traceparent"));
                }
                progress = results.progress();
            }

            assertThat(cachedTokens).isPositive();
            assertThat(progress.cost().usd()).isEqualByComparingTo(expected);
            assertThat(progress.cost().priced()).isEqualTo(64);
            assertThat(others.subList(0, 2)).allSatisfy(free -> {
                assertThat(free.success()).isFalse();
                assertThat(free.cost()).isZero();
            });
            CallResult unknown = others.get(2);
            assertThat(unknown.success()).isTrue();
            assertThat(unknown.cost()).isNull();
            assertThat(unknown.costUnknownReason()).contains("a-model-without-a-price");
            CallResult lost = others.get(3);
            assertThat(lost.attempts()).isEqualTo(2);
            assertThat(lost.possibleDuplicate()).isTrue();
            assertThat(lost.cost()).isNull();
            assertThat(lost.costUnknownReason()).contains("got no answer");

            BatchStatus status = batch.completion().get(30, TimeUnit.SECONDS);
            assertThat(status.cost()).isEqualByComparingTo(expected);
            assertThat(status.costUnknown()).isEqualTo(2);
            assertMetrics(port, status);
        }
    }

    /** A record that nobody can read, a request that comes twice, and a document. */
    private static void submitWhatEndsOtherwise(TestCluster cluster) {
        byte[] document = Codecs.DOCUMENT_REQUEST.encode(
                DocumentRequest.builder()
                        .batchId("document")
                        .index(0)
                        .document(TestDocuments.pdf("Report", 2))
                        .build(),
                WireFormat.AVRO);
        try (var producer = cluster.producer()) {
            producer.send(new ProducerRecord<>(cluster.topics().requests("documents"), 0, null, document));
            producer.send(cluster.record("twice", 0, 1, r -> r.userPrompt("sandbox:bad_request")));
            producer.send(cluster.record("twice", 0, 1, r -> r.userPrompt("sandbox:bad_request")));
            producer.send(new ProducerRecord<>(cluster.topics().requests("responses"), 0, null, new byte[] {'?'}));
        }
    }

    private static void assertMetrics(HttpProbe port, BatchStatus batch) throws IOException {
        // What was written last may not be committed yet, and then counts later.
        await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> {
            Scrape scrape = Scrape.of(port.get("/metrics"));
            assertThat(scrape.types().keySet())
                    .containsAll(Stream.of(WorkerMetric.values())
                            .map(WorkerMetric::exposed)
                            .toList());
            assertThat(scrape.sum("genai_results_total", OF_RESPONSES)).isEqualTo(67);
            assertThat(scrape.sum("genai_requests_total", OF_RESPONSES)).isEqualTo(67);
            assertThat(scrape.sum("genai_repeats_total", OF_RESPONSES)).isEqualTo(1);
            assertThat(scrape.sum("genai_dead_letters_total", Map.of("reason", "unreadable_request")))
                    .isEqualTo(1);
            assertThat(scrape.sum("genai_pages_total", Map.of("api", "documents")))
                    .isEqualTo(2);
            assertThat(scrape.sum("genai_cost_usd_total", Map.of("api", "documents")))
                    .isPositive();
            assertThat(scrape.sum("genai_items_open")).isZero();
            assertThat(scrape.series("genai_consumer_lag_records", Map.of())).hasSize(12);
        });
        Scrape scrape = Scrape.of(port.get("/metrics"));
        assertThat(scrape.sum("genai_calls_total", OF_RESPONSES)).isEqualTo(69);
        assertThat(scrape.sum("genai_call_seconds_count", OF_RESPONSES)).isEqualTo(69);
        assertThat(calls(scrape, "success")).isEqualTo(61);
        assertThat(calls(scrape, "invalid_request")).isEqualTo(2);
        assertThat(calls(scrape, "server_error")).isEqualTo(2);
        assertThat(scrape.sum("genai_retries_total", Map.of("api", "responses", "reason", "server_error")))
                .isEqualTo(1);
        assertThat(scrape.sum("genai_retries_total")).isEqualTo(2);
        assertThat(scrape.sum("genai_cost_usd_total", OF_RESPONSES))
                .isCloseTo(batch.cost().doubleValue(), within(1e-9));
        assertThat(scrape.sum("genai_cost_unknown_total", OF_RESPONSES)).isEqualTo(2);
        assertThat(scrape.sum("genai_tokens_total", Map.of("direction", "input")))
                .isEqualTo(batch.usage().inputTokens());
        assertThat(scrape.sum("genai_tokens_total", Map.of("direction", "output")))
                .isEqualTo(batch.usage().outputTokens());
        assertThat(scrape.sum("genai_limit_wait_seconds_total", Map.of("limit", "concurrent_requests")))
                .isPositive();
        assertThat(scrape.sum("genai_limit_remaining", Map.of("api", "responses")))
                .isEqualTo(4);
        assertThat(scrape.sum("genai_call_slots", OF_RESPONSES)).isEqualTo(20);
        assertThat(scrape.sum("genai_commit_avg_seconds")).isPositive();
        assertThat(scrape.sum("genai_stream_state", Map.of("state", "running"))).isEqualTo(1);
        assertThat(scrape.sum("genai_stream_threads_alive")).isEqualTo(1);
        assertThat(scrape.sum("genai_ready")).isEqualTo(1);
    }

    private static double calls(Scrape scrape, String outcome) {
        return scrape.sum("genai_calls_total", Map.of("api", "responses", "outcome", outcome));
    }

    /** Each attempt has a span in the trace of the request, names the one before it, and the result goes on at the last. */
    private void assertIsTraced(CallResult result, String traceparent) {
        // The result does not wait for the end of its span.
        List<SpanData> attempts = await().pollDelay(Duration.ZERO)
                .until(() -> spans.of(result.batchId(), result.index()), ended -> ended.size() == result.attempts());
        for (int i = 0; i < attempts.size(); i++) {
            SpanData span = attempts.get(i);
            assertThat(span.getTraceId()).isEqualTo(TRACE);
            assertThat(span.getParentSpanId()).isEqualTo(PRODUCER);
            assertThat(span.getAttributes().get(AttributeKey.stringKey("server.address")))
                    .isEqualTo("127.0.0.1");
            List<String> before =
                    i == 0 ? List.of() : List.of(attempts.get(i - 1).getSpanId());
            assertThat(span.getLinks())
                    .extracting(link -> link.getSpanContext().getSpanId())
                    .isEqualTo(before);
        }
        assertThat(traceparent)
                .isEqualTo(
                        "00-" + TRACE + "-" + attempts.get(attempts.size() - 1).getSpanId() + "-01");
    }

    private static BigDecimal cost(Usage usage) {
        long cached = cached(usage);
        return INPUT.multiply(BigDecimal.valueOf(usage.inputTokens() - cached))
                .add(CACHED.multiply(BigDecimal.valueOf(cached)))
                .add(OUTPUT.multiply(BigDecimal.valueOf(usage.outputTokens())))
                .movePointLeft(6);
    }

    private static long cached(Usage usage) {
        return usage.inputTokensDetails().getOrDefault("cached_tokens", 0L);
    }
}
