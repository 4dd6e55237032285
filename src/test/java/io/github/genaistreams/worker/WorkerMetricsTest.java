package io.github.genaistreams.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.Scrape;
import io.github.genaistreams.flow.Demand;
import io.github.genaistreams.flow.Governor;
import io.github.genaistreams.flow.LaneFigures;
import io.github.genaistreams.flow.LaneSettings;
import io.github.genaistreams.flow.Lanes;
import io.github.genaistreams.flow.LimitSettings;
import io.github.genaistreams.flow.LimitSettings.Adaptive;
import io.github.genaistreams.flow.Phase;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.Cost;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.model.Usage;
import io.github.genaistreams.topology.call.CallEnd;
import io.github.genaistreams.topology.call.CallEvents;
import io.github.genaistreams.topology.call.CallEvents.DeadLetterKind;
import io.github.genaistreams.wire.Topics;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.KafkaStreams.State;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class WorkerMetricsTest {

    private static final CallError RATE_LIMIT = error("rate_limit_error", "rate_limit_exceeded", 429);

    private final Health health = new Health(Duration.ofSeconds(45), Duration.ofMinutes(15));
    private final WorkerMetrics metrics = new WorkerMetrics(
            Topics.withDefaultPrefix(), List.of(Topics.RESPONSES, Topics.DOCUMENTS), Set.of("default"), health);
    private final CallEvents responses = metrics.of(Topics.RESPONSES);

    @AfterEach
    void close() {
        metrics.close();
    }

    private static CallError error(String type, String code, Integer status) {
        return new CallError("words", type, code, null, true, status);
    }

    private static CallEnd end(String model, String credential, CallError error) {
        return new CallEnd(
                model,
                credential,
                error,
                Duration.ofMillis(700),
                new Usage(10, null, 3, null, 13),
                Cost.ofUsd(new BigDecimal("0.25")),
                0);
    }

    private Scrape scrape() {
        return Scrape.of(metrics.scrape());
    }

    @Test
    void countsEachCallWithWhatItTook() {
        responses.ended(end("gpt-4o-mini", "default", null));
        responses.ended(end("gpt-4o-mini", "default", RATE_LIMIT));
        responses.ended(new CallEnd("gpt-4o-mini", "team", null, Duration.ZERO, null, Cost.unknown("nobody knows"), 0));

        Scrape scrape = scrape();
        assertThat(scrape.sum(
                        "genai_calls_total",
                        Map.of("model", "gpt-4o-mini", "credential", "default", "outcome", "rate_limit")))
                .isEqualTo(1);
        assertThat(scrape.sum("genai_calls_total")).isEqualTo(3);
        assertThat(scrape.sum("genai_call_seconds_count")).isEqualTo(2);
        assertThat(scrape.sum("genai_call_seconds_sum")).isEqualTo(1.4);
        assertThat(scrape.sum("genai_call_seconds_bucket", Map.of("le", "0.5"))).isZero();
        assertThat(scrape.sum("genai_call_seconds_bucket", Map.of("le", "1.0"))).isEqualTo(2);
        assertThat(scrape.sum("genai_tokens_total", Map.of("direction", "input")))
                .isEqualTo(20);
        assertThat(scrape.sum("genai_tokens_total", Map.of("direction", "output")))
                .isEqualTo(6);
        assertThat(scrape.sum("genai_cost_usd_total", Map.of("credential", "default")))
                .isEqualTo(0.5);
        assertThat(scrape.sum("genai_cost_usd_total", Map.of("credential", "team")))
                .isZero();
    }

    @Test
    void countsWhatBecomesOfItems() {
        var key = new ItemKey("b", 0);
        responses.duplicate(key, 0);
        responses.retried(key, 0, 1, Duration.ZERO, RATE_LIMIT);
        responses.finished(result("0.5", null), 0);
        responses.finished(result("0.5", "an attempt got no answer"), 0);
        responses.finished(result(null, "no price"), 0);
        responses.deadLetter(
                "genai.responses.requests", 0, 7, "b", DeadLetterKind.UNREADABLE_REQUEST, "`name` is missing");
        metrics.of(Topics.DOCUMENTS)
                .ended(new CallEnd(null, "default", null, Duration.ofSeconds(9), null, Cost.unknown("no bill"), 4));

        Scrape scrape = scrape();
        assertThat(scrape.sum("genai_repeats_total", Map.of("api", "responses")))
                .isEqualTo(1);
        assertThat(scrape.sum("genai_retries_total", Map.of("reason", "rate_limit")))
                .isEqualTo(1);
        assertThat(scrape.sum("genai_results_total", Map.of("api", "responses", "success", "true")))
                .isEqualTo(3);
        assertThat(scrape.sum("genai_cost_unknown_total", Map.of("api", "responses")))
                .isEqualTo(2);
        assertThat(scrape.sum("genai_dead_letters_total", Map.of("reason", "unreadable_request")))
                .isEqualTo(1);
        assertThat(scrape.sum("genai_pages_total", Map.of("api", "documents"))).isEqualTo(4);
        assertThat(scrape.sum("genai_calls_total", Map.of("api", "documents", "model", "none")))
                .isEqualTo(1);
    }

    private static CallResult result(String cost, String unknown) {
        return CallResult.builder(new ItemKey("b", 0), Topics.RESPONSES)
                .success(true)
                .cost(cost == null ? null : new BigDecimal(cost))
                .costUnknownReason(unknown)
                .submittedAt(Instant.EPOCH)
                .completedAt(Instant.EPOCH)
                .build();
    }

    @Test
    void hasTheSeriesWhoseLabelsAreKnownFromTheBeginning() {
        Scrape scrape = scrape();

        for (String name : List.of(
                "genai_requests_total",
                "genai_repeats_total",
                "genai_retries_total",
                "genai_results_total",
                "genai_pages_total",
                "genai_cost_unknown_total",
                "genai_dead_letters_total")) {
            assertThat(scrape.sum(name)).as(name).isZero();
        }
        assertThat(scrape.series("genai_retries_total", Map.of("api", "responses")))
                .hasSize(9);
        assertThat(scrape.sum("genai_ready")).isZero();
        assertThat(scrape.sum("genai_build_info")).isEqualTo(1);
        assertThat(scrape.sum("jvm_memory_used_bytes")).isPositive();
    }

    @Test
    void readsLanesLimitsAndKafkaStreamsWhenItIsScraped() {
        var now = new AtomicLong();
        var demand = new Demand("default", null, 0, 1, 0, true, false);
        var governor = new Governor(new LimitSettings(2, 0, 0, 0, Adaptive.OFF));
        var lane = new LaneFigures(new LaneSettings(8, 10, 1_000));
        var lanes = new Lanes();
        lanes.open(
                new TopicPartition("genai.responses.requests", 3),
                new TopicPartition("genai.responses.requests.urgent", 3),
                lane);
        lanes.open(
                new TopicPartition("genai.documents.requests", 3),
                new TopicPartition("genai.documents.requests.urgent", 3),
                new LaneFigures(new LaneSettings(5, 10, 1)));
        metrics.watch(lanes);
        metrics.watch(Topics.RESPONSES, "default", governor);
        var sight = new StreamsSnapshot(State.REBALANCING, 3, 2, Duration.ZERO, Duration.ZERO, 77, 0.5, Double.NaN);
        metrics.watch(() -> sight, now::get);
        for (Phase phase : List.of(
                Phase.READY,
                Phase.READY,
                Phase.READY,
                Phase.READY,
                Phase.REMOTE,
                Phase.AWAY,
                Phase.WAITING,
                Phase.UNREAD,
                Phase.UNREAD)) {
            lane.moved(null, phase);
        }
        lane.moved(Phase.READY, Phase.IN_FLIGHT);
        governor.tryAcquire(demand, 0);
        governor.tryAcquire(demand, 0);
        now.set(4);
        System.gc();

        Scrape scrape = scrape();
        Map<String, Double> stages = scrape.series("genai_items_open", Map.of("api", "responses")).stream()
                .collect(Collectors.toMap(
                        series -> series.labels().get("stage"), series -> scrape.sum(series.name(), series.labels())));
        assertThat(stages)
                .isEqualTo(Map.of(
                        "ready", 3.0, "in_flight", 1.0, "waiting", 1.0, "retry", 1.0, "remote", 1.0, "unread", 2.0));
        assertThat(scrape.sum("genai_calls_in_flight")).isEqualTo(1);
        assertThat(scrape.sum("genai_call_slots", Map.of("api", "responses"))).isEqualTo(8);
        assertThat(scrape.sum("genai_call_slots", Map.of("api", "documents"))).isEqualTo(5);
        assertThat(scrape.sum("genai_limit_remaining", Map.of("limit", "concurrent_requests")))
                .isZero();
        assertThat(scrape.series("genai_limit_remaining", Map.of())).hasSize(1);
        assertThat(scrape.series("genai_limit_wait_seconds_total", Map.of()))
                .as("the API can name the limits per minute, or want a wait")
                .hasSize(4);
        assertThat(scrape.sum("genai_stream_state", Map.of("state", "rebalancing")))
                .isEqualTo(1);
        assertThat(scrape.sum("genai_stream_state")).isEqualTo(1);
        assertThat(scrape.sum("genai_stream_threads")).isEqualTo(3);
        assertThat(scrape.sum("genai_stream_threads_alive")).isEqualTo(2);
        assertThat(scrape.sum("genai_restore_remaining_records")).isEqualTo(77);
        assertThat(scrape.sum("genai_commit_avg_seconds")).isEqualTo(0.5);
        assertThat(scrape.sum("genai_commit_max_seconds")).isNaN();
        assertThat(scrape.sum("genai_thread_failures_total")).isEqualTo(4);
    }

    @Test
    void tellsTheLagsOfThePartitionsThatItHasNowOnly() {
        var first = new TopicPartition("genai.responses.requests", 0);
        metrics.lags(Map.of(first, 5L, new TopicPartition("genai.responses.requests", 1), 7L));
        assertThat(scrape().sum("genai_consumer_lag_records")).isEqualTo(12);

        metrics.lags(Map.of(first, 6L));
        assertThat(scrape().series("genai_consumer_lag_records", Map.of())).hasSize(1);
        assertThat(scrape().sum("genai_consumer_lag_records", Map.of("partition", "0")))
                .isEqualTo(6);
    }

    /** Without those of the JVM, of which some come with its first garbage collection. */
    private long ownLines() {
        return metrics.scrape().lines().filter(line -> line.contains("genai_")).count();
    }

    @Test
    void hasNoMoreSeriesHoweverManyBatchesModelsAndCredentialsThereAre() {
        responses.ended(end("gpt-4o-mini", "default", null));
        long lines = ownLines();
        for (int each = 0; each < 10_000; each++) {
            var key = new ItemKey("batch-" + each, each);
            responses.accepted(null, each);
            responses.split(key.batchId(), 10, each);
            responses.duplicate(key, each);
            responses.retried(key, each, each, Duration.ZERO, error("made up " + each, "c" + each, 200));
            responses.deadLetter(
                    "genai.responses.requests", each, each, key.batchId(), DeadLetterKind.WORKER_FAILURE, "r" + each);
            responses.finished(result("1", null).toBuilder().model("m" + each).build(), each);
        }
        assertThat(ownLines()).isEqualTo(lines);

        for (int each = 0; each < 10_000; each++) {
            responses.ended(end("model-" + each, "default", null));
            responses.ended(end("gpt-4o-mini", "credential-" + each, null));
        }

        Scrape scrape = scrape();
        assertThat(scrape.series("genai_calls_total", Map.of())).hasSizeLessThanOrEqualTo(2 * 101 + 1);
        assertThat(scrape.sum("genai_calls_total")).isEqualTo(20_001);
        assertThat(scrape.sum("genai_calls_total", Map.of("model", "other"))).isEqualTo(9_901);
        assertThat(scrape.sum("genai_calls_total", Map.of("credential", "other")))
                .isEqualTo(9_900);
        assertThat(scrape.series("genai_call_seconds_count", Map.of())).hasSize(101);
        assertThat(scrape.sum("genai_calls_total", Map.of("model", "gpt-4o-mini", "credential", "default")))
                .isEqualTo(1);
    }

    @Test
    void givesNoPlaceToAModelThatTheApiRefuses() {
        CallError refused = error("invalid_request_error", "model_not_found", 404);
        for (int each = 0; each < 2 * BoundedNames.MAX_NAMES; each++) {
            responses.ended(new CallEnd(
                    "made-up-" + each,
                    "made-up-" + each,
                    refused,
                    Duration.ofMillis(9),
                    null,
                    Cost.ofUsd(BigDecimal.ZERO),
                    0));
        }
        responses.ended(end("answers", "default", null));
        responses.ended(end("used-tokens", "default", RATE_LIMIT));

        Scrape scrape = scrape();
        assertThat(scrape.sum("genai_calls_total", Map.of("model", "other", "credential", "other")))
                .isEqualTo(2 * BoundedNames.MAX_NAMES);
        for (String model : List.of("answers", "used-tokens")) {
            assertThat(scrape.sum("genai_calls_total", Map.of("model", model))).isEqualTo(1);
        }
        assertThat(metrics.scrape()).doesNotContain("made-up");
    }

    @Test
    void showsNoFreeTextAndNothingThatIsNoName() {
        for (String name : List.of("My name is Jane", "a\nb", "a\"b", "x".repeat(101), "", "Grüße")) {
            responses.ended(end(name, "default", null));
        }

        assertThat(scrape().sum("genai_calls_total", Map.of("model", "other"))).isEqualTo(6);
        assertThat(metrics.scrape()).doesNotContain("Jane");
    }

    @Test
    void staysACounterWhateverAnApiReports() {
        responses.ended(new CallEnd(
                "m",
                "default",
                null,
                Duration.ofSeconds(1),
                new Usage(-5, null, Long.MAX_VALUE, null, 0),
                Cost.ofPicoUsd(java.math.BigInteger.TEN.pow(400)),
                0));

        assertThat(scrape().sum("genai_tokens_total", Map.of("direction", "input")))
                .isZero();
        assertThat(scrape().sum("genai_tokens_total", Map.of("direction", "output")))
                .isEqualTo(Usage.MAX_TOKENS);
        assertThat(scrape().sum("genai_cost_usd_total")).isFinite();
    }

    @Test
    void documentsEachMetricWithTheTypeAndLabelsThatItHas() {
        metrics.watch(new Lanes());
        metrics.watch(Topics.DOCUMENTS, "default", new Governor(new LimitSettings(1, 1, 1, 1, Adaptive.OFF)));
        metrics.watch(() -> StreamsSnapshot.NOTHING, () -> 0);
        metrics.lags(Map.of(new TopicPartition("genai.responses.requests", 0), 5L));
        responses.ended(end("m", "default", null));

        Scrape scrape = scrape();
        Map<String, String> types = new HashMap<>(scrape.types());
        for (WorkerMetric metric : WorkerMetric.values()) {
            String type = metric.type().name().toLowerCase();
            assertThat(types.remove(metric.exposed())).as(metric.exposed()).isEqualTo(type);
            String sample = type.equals("histogram") ? metric.exposed() + "_count" : metric.exposed();
            assertThat(scrape.series(sample, Map.of())).isNotEmpty().allSatisfy(series -> assertThat(
                            series.labels().keySet())
                    .containsExactlyInAnyOrderElementsOf(metric.labels()));
        }
        types.keySet().removeIf(name -> !name.startsWith("genai_"));
        assertThat(types.keySet()).as("not documented").containsExactly("genai_call_seconds_max");
    }
}
