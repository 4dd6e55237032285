package io.github.genaistreams.fuzz;

import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.genaistreams.model.ApiLimits;
import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.CostBreakdown;
import io.github.genaistreams.model.Usage;
import io.github.genaistreams.provider.Abort;
import io.github.genaistreams.provider.Answer;
import io.github.genaistreams.provider.ApiClient;
import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.provider.DeltaListener;
import io.github.genaistreams.provider.RemoteJob;
import io.github.genaistreams.wire.RawJson;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Consumer;

/** Answers the batch {@value #GOOD} as an API should, and every other one as none should. */
final class HostileApi<Q extends ApiRequest> implements ApiClient<Q> {

    static final String GOOD = "good";

    private static final String LARGE = "x".repeat(70_000);
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private final Random random;
    private final Instant now;

    HostileApi(long seed, Instant now) {
        this.random = new Random(seed);
        this.now = now;
    }

    @Override
    public Optional<CallError> refusal(Q request) {
        if (isGood(request) || random.nextInt(10) > 0) {
            return Optional.empty();
        }
        if (random.nextBoolean()) {
            throw new IllegalStateException("broken");
        }
        return Optional.of(new CallError(LARGE, LARGE, LARGE, LARGE, false, -1));
    }

    @Override
    public Abort call(Q request, int attempt, int lane, DeltaListener deltas, Consumer<CallOutcome> whenDone) {
        if (!isGood(request)) {
            deltas.onDelta(1, random.nextBoolean() ? LARGE : "\uD800");
        }
        return call(request, attempt, lane, whenDone);
    }

    @Override
    public Abort call(Q request, int attempt, int lane, Consumer<CallOutcome> whenDone) {
        whenDone.accept(isGood(request) ? new CallOutcome.Succeeded(answer(request)) : outcome());
        return () -> {};
    }

    @Override
    public Abort poll(Q request, RemoteJob job, int attempt, int lane, Consumer<CallOutcome> whenDone) {
        whenDone.accept(outcome());
        return () -> {};
    }

    private Answer answer(Q request) {
        return new Answer(
                NODES.objectNode().put("id", "resp_1"),
                "answer to " + request.index(),
                new Usage(1, null, 1, null, 2),
                "m",
                "req-1",
                "completed",
                null);
    }

    private CallOutcome outcome() {
        return switch (random.nextInt(10)) {
            case 0 -> throw new IllegalStateException("broken");
            case 1 -> new CallOutcome.Failed(new CallError(null, null, null, null, false, null), null, null, true);
            case 2 -> new CallOutcome.Failed(new CallError(LARGE, LARGE, LARGE, LARGE, false, 500), odd(), LARGE);
            case 3 ->
                new CallOutcome.Retry(
                        new CallError(LARGE, LARGE, LARGE, LARGE, true, 500), Duration.ZERO, LARGE, odd(), true);
            case 4 -> new CallOutcome.Retry(new CallError(null, null, null, null, true, null), seconds(), null);
            case 5 -> new CallOutcome.Accepted(new RemoteJob("job", now, Duration.ofMillis(1), LARGE));
            case 6 -> new CallOutcome.Accepted(new RemoteJob(LARGE, Instant.MIN, seconds(), null));
            default -> new CallOutcome.Succeeded(odd());
        };
    }

    private Duration seconds() {
        return List.of(Duration.ZERO, Duration.ofSeconds(-5), Duration.ofDays(1), Duration.ofSeconds(Long.MAX_VALUE))
                .get(random.nextInt(4));
    }

    private Answer odd() {
        Map<String, Long> kinds = new HashMap<>();
        for (int i = random.nextInt(3) == 0 ? 3_000 : 1; i > 0; i--) {
            kinds.put("kind-" + i, random.nextLong());
        }
        kinds.put(random.nextInt(5) == 0 ? LARGE : "k", Long.MAX_VALUE);
        Usage usage = random.nextInt(4) == 0
                ? null
                : new Usage(random.nextLong(), kinds, Long.MAX_VALUE, kinds, Long.MIN_VALUE);
        Map<String, BigDecimal> cents = new HashMap<>();
        cents.put(random.nextInt(5) == 0 ? LARGE : "c", new BigDecimal("1e500"));
        return new Answer(
                body(),
                random.nextInt(20) == 0 ? LARGE : null,
                random.nextBoolean() ? null : random.nextInt(5) == 0 ? LARGE : "\uD800",
                usage,
                random.nextInt(5) == 0 ? LARGE : null,
                random.nextBoolean() ? null : "r",
                random.nextBoolean() ? LARGE : null,
                random.nextBoolean() ? LARGE : null,
                random.nextInt(3) == 0 ? new Answer.DocumentFigures(random.nextInt(), new CostBreakdown(cents)) : null,
                random.nextInt(5) == 0
                        ? List.of(new Answer(null, null, new Usage(-1, null, -1, null, -1), null, null, null, null))
                        : List.of(),
                ApiLimits.NONE);
    }

    private RawJson body() {
        ObjectNode body = NODES.objectNode();
        switch (random.nextInt(6)) {
            case 0 -> body.set("n", DoubleNode.valueOf(Double.NaN));
            case 1 -> body.put("n", new BigDecimal("1e999999999"));
            case 2 -> body.put("text", LARGE.repeat(3));
            case 3 -> {
                ObjectNode at = body;
                for (int i = 0; i < 1_500; i++) {
                    at = at.putObject("a");
                }
            }
            case 4 -> body.put(LARGE, "\uD800");
            default -> {
                return null;
            }
        }
        return RawJson.of(body);
    }

    @Override
    public void cancel(Q request, RemoteJob job, int lane) {
        throw new IllegalStateException("broken");
    }

    private static boolean isGood(ApiRequest request) {
        return request.batchId().equals(GOOD);
    }

    @Override
    public void close() {}
}
