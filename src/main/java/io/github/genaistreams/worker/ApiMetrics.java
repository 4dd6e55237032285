package io.github.genaistreams.worker;

import static io.github.genaistreams.worker.WorkerMetric.CALLS;
import static io.github.genaistreams.worker.WorkerMetric.CALL_SECONDS;
import static io.github.genaistreams.worker.WorkerMetric.COST;
import static io.github.genaistreams.worker.WorkerMetric.COST_UNKNOWN;
import static io.github.genaistreams.worker.WorkerMetric.DEAD_LETTERS;
import static io.github.genaistreams.worker.WorkerMetric.PAGES;
import static io.github.genaistreams.worker.WorkerMetric.REPEATS;
import static io.github.genaistreams.worker.WorkerMetric.REQUESTS;
import static io.github.genaistreams.worker.WorkerMetric.RESULTS;
import static io.github.genaistreams.worker.WorkerMetric.RETRIES;
import static io.github.genaistreams.worker.WorkerMetric.TOKENS;

import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.Cost;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.model.Usage;
import io.github.genaistreams.provider.CallKind;
import io.github.genaistreams.topology.call.CallEnd;
import io.github.genaistreams.topology.call.CallEvents;
import io.github.genaistreams.wire.Topics;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Counts the outcomes of the requests for one API. Series whose labels are known exist from the start, so that a
 * monitoring system sees their first increase. Series of models and credentials appear with their first call.
 * Thread-safe.
 */
final class ApiMetrics implements CallEvents {

    /** Upper bound for the counted cost of one call, in USD. A counter must stay usable, whatever an API reports. */
    private static final double MAX_USD = 1e9;

    private final String api;
    private final Instruments instruments;
    private final BoundedNames models;
    private final BoundedNames credentials;
    private final Counter requests;
    private final Counter repeats;
    private final Counter succeeded;
    private final Counter failed;
    private final Counter pages;
    private final Counter costUnknown;
    private final Map<DeadLetterKey, Counter> deadLetters = new ConcurrentHashMap<>();
    private final Map<String, OfModel> ofModels = new ConcurrentHashMap<>();

    private record DeadLetterKey(String topic, DeadLetterKind kind) {}

    private record Ended(String credential, CallKind kind) {}

    /** The instruments of one model. */
    private record OfModel(
            Timer seconds, Counter input, Counter output, Map<Ended, Counter> calls, Map<String, Counter> cost) {}

    ApiMetrics(String api, Topics topics, Instruments instruments, BoundedNames models, BoundedNames credentials) {
        this.api = api;
        this.instruments = instruments;
        this.models = models;
        this.credentials = credentials;
        requests = instruments.counter(REQUESTS, api);
        repeats = instruments.counter(REPEATS, api);
        succeeded = instruments.counter(RESULTS, api, "true");
        failed = instruments.counter(RESULTS, api, "false");
        pages = instruments.counter(PAGES, api);
        costUnknown = instruments.counter(COST_UNKNOWN, api);
        for (CallKind kind : CallKind.values()) {
            if (kind != CallKind.SUCCESS) {
                instruments.counter(RETRIES, api, kind.label());
            }
        }
        deadLetters(topics.requests(api), DeadLetterKind.UNREADABLE_REQUEST);
        deadLetters(topics.requests(api), DeadLetterKind.WORKER_FAILURE);
        deadLetters(topics.urgent(api), DeadLetterKind.UNREADABLE_REQUEST);
        deadLetters(topics.urgent(api), DeadLetterKind.WORKER_FAILURE);
        deadLetters(topics.retries(api), DeadLetterKind.UNREADABLE_RETRY);
        deadLetters(topics.retries(api), DeadLetterKind.WORKER_FAILURE);
    }

    private Counter deadLetters(String topic, DeadLetterKind kind) {
        return deadLetters.computeIfAbsent(
                new DeadLetterKey(topic, kind),
                letter -> instruments.counter(DEAD_LETTERS, topic, kind.name().toLowerCase(Locale.ROOT)));
    }

    private OfModel ofModel(String model) {
        return ofModels.computeIfAbsent(
                model,
                name -> new OfModel(
                        instruments.histogram(CALL_SECONDS, api, name),
                        instruments.counter(TOKENS, api, name, "input"),
                        instruments.counter(TOKENS, api, name, "output"),
                        new ConcurrentHashMap<>(),
                        new ConcurrentHashMap<>()));
    }

    @Override
    public void accepted(ApiRequest request, int partition) {
        requests.increment();
    }

    @Override
    public void duplicate(ItemKey key, int partition) {
        repeats.increment();
    }

    @Override
    public void deadLetter(
            String topic, int partition, long offset, @Nullable String batchId, DeadLetterKind kind, String reason) {
        deadLetters(topic, kind).increment();
    }

    @Override
    public void ended(CallEnd end) {
        // An API refuses a model name that it does not know, and reports no tokens for it.
        boolean isReal = end.error() == null || end.usage() != null;
        String model = models.of(end.model(), isReal);
        String credential = credentials.of(end.credential(), isReal);
        OfModel ofModel = ofModel(model);
        ofModel.calls()
                .computeIfAbsent(
                        new Ended(credential, CallKind.of(end.error())),
                        ended -> instruments.counter(
                                CALLS, api, model, credential, ended.kind().label()))
                .increment();
        if (!end.took().isZero()) {
            ofModel.seconds().record(end.took());
        }
        if (end.usage() != null) {
            ofModel.input().increment(tokens(end.usage().inputTokens()));
            ofModel.output().increment(tokens(end.usage().outputTokens()));
        }
        if (end.pages() > 0) {
            pages.increment(end.pages());
        }
        ofModel.cost()
                .computeIfAbsent(credential, name -> instruments.counter(COST, api, model, name))
                .increment(usd(end.cost()));
    }

    /** An API may report any number. */
    private static double tokens(long reported) {
        return Math.max(0, Math.min(reported, Usage.MAX_TOKENS));
    }

    private static double usd(Cost cost) {
        return Math.min(MAX_USD, cost.picoUsd().doubleValue() / 1e12);
    }

    @Override
    public void retried(ItemKey key, int partition, int failedAttempt, Duration delay, CallError error) {
        instruments.counter(RETRIES, api, CallKind.of(error).label()).increment();
    }

    @Override
    public void finished(CallResult result, int partition) {
        (result.success() ? succeeded : failed).increment();
        if (result.costUnknownReason() != null) {
            costUnknown.increment();
        }
    }
}
