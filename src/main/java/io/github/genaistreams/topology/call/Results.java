package io.github.genaistreams.topology.call;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.model.BatchControl;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.Cost;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.provider.Answer;
import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.wire.JournalEntry;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** The outcome of an item as its result, with the known cost of all its attempts. Immutable. */
public final class Results<Q extends ApiRequest> {

    private final ApiBinding<Q> api;
    private final Costs costs;

    Results(ApiBinding<Q> api) {
        this.api = api;
        this.costs = new Costs(api.pricing());
    }

    /** The result of a request without a call; {@code batchSize} and {@code model} are null if it has none. */
    CallResult refused(
            ItemKey key,
            @Nullable Integer batchSize,
            @Nullable String model,
            Instant submittedAt,
            long now,
            CallError error) {
        return CallResult.builder(key, api.api())
                .batchSize(batchSize)
                .error(error)
                .model(model)
                .cost(BigDecimal.ZERO)
                .submittedAt(submittedAt)
                .completedAt(Instant.ofEpochMilli(now))
                .build();
    }

    /** The result of a request that is not called, or not called again, since its batch was stopped. */
    CallResult stopped(Q request, JournalEntry entry, String code, long now) {
        return uncalled(request.key(), entry, spent(entry), stopped(code), now)
                .batchSize(request.batchSize())
                .model(request.model())
                .build();
    }

    /** The cost of an item that is not called again. */
    private static JournalEntry.@Nullable Earlier spent(JournalEntry entry) {
        JournalEntry.Earlier earlier = entry.earlier();
        return earlier == null || entry.attempt() > 1
                ? earlier
                : JournalEntry.Earlier.of(earlier.usage(), earlier.price(), false);
    }

    /** The result of a journaled request that can no longer be read, whatever its state. */
    CallResult unreadable(ItemKey key, JournalEntry entry, CallError error, long now) {
        boolean isMaybeBilled = entry.state() == JournalEntry.State.STARTED || entry.remoteJob() != null;
        JournalEntry.Earlier earlier = isMaybeBilled ? Costs.afterInterruption(entry.earlier()) : entry.earlier();
        return uncalled(key, entry, earlier, error, now).build();
    }

    private CallResult.Builder uncalled(
            ItemKey key, JournalEntry entry, JournalEntry.@Nullable Earlier earlier, CallError error, long now) {
        Cost cost = earlier == null || earlier.price() == null ? Costs.NOTHING : earlier.price();
        return priced(
                CallResult.builder(key, api.api())
                        .error(error)
                        .attempts(entry.attempt() - 1)
                        .usage(earlier == null ? null : earlier.usage())
                        .possibleDuplicate(earlier != null && earlier.possibleDuplicate() ? true : null)
                        .submittedAt(entry.submittedAt())
                        .completedAt(Instant.ofEpochMilli(now)),
                cost);
    }

    /** Why an item of a stopped batch has no answer. */
    static CallError stopped(String code) {
        return new CallError(
                code.equals(BatchControl.CANCELLED)
                        ? "The batch was cancelled"
                        : "The batch has reached its max_cost_usd or max_total_tokens",
                code,
                code,
                null,
                false,
                null);
    }

    /** How an attempt ended, and its own figures. */
    CallEnd end(Attempt<Q> attempt, CallOutcome outcome, Duration took) {
        Q request = attempt.request();
        Answer answer = Costs.answer(outcome);
        return new CallEnd(
                request.model(),
                request.credentialOrDefault(),
                error(outcome),
                took,
                answer == null ? null : Costs.usage(answer),
                costs.of(attempt, outcome),
                answer == null ? 0 : pages(answer));
    }

    private static int pages(Answer answer) {
        Integer pages = answer.document() == null ? null : answer.document().pageCount();
        return pages == null ? 0 : pages;
    }

    /** Why an attempt failed; null if it did not. */
    static @Nullable CallError error(CallOutcome outcome) {
        return outcome instanceof CallOutcome.Failed failed
                ? failed.error()
                : outcome instanceof CallOutcome.Retry retry ? retry.error() : null;
    }

    private static @Nullable String requestId(CallOutcome outcome) {
        return outcome instanceof CallOutcome.Succeeded succeeded
                ? succeeded.answer().requestId()
                : outcome instanceof CallOutcome.Failed failed
                        ? failed.requestId()
                        : outcome instanceof CallOutcome.Retry retry ? retry.requestId() : null;
    }

    /** The end of the last attempt, including the attempts before it. */
    CallResult of(Attempt<Q> attempt, CallOutcome outcome, CallEnd end, long now) {
        Q request = attempt.request();
        var result = CallResult.builder(request.key(), api.api())
                .batchSize(request.batchSize())
                .success(end.error() == null)
                .error(end.error())
                .attempts(attempt.number())
                .model(request.model())
                .requestId(requestId(outcome))
                .processingTimeSecs(end.took().toNanos() / 1e9)
                .submittedAt(attempt.submittedAt())
                .completedAt(Instant.ofEpochMilli(now));
        Answer answer = Costs.answer(outcome);
        if (answer != null) {
            with(answer, result);
        }
        JournalEntry.Earlier earlier = attempt.earlier();
        if (earlier == null) {
            return priced(result, end.cost()).usage(end.usage()).build();
        }
        return priced(result, Costs.sum(earlier.price(), end.cost()))
                .usage(Costs.sum(earlier.usage(), end.usage()))
                .possibleDuplicate(earlier.possibleDuplicate() ? true : null)
                .build();
    }

    /** The costs of a repeated attempt for the item's result, including those before it; null if there are none. */
    JournalEntry.@Nullable Earlier earlier(Attempt<Q> attempt, CallOutcome.Retry retry) {
        return costs.earlier(attempt, retry);
    }

    private static CallResult.Builder priced(CallResult.Builder result, Cost cost) {
        return result.cost(cost.knownUsd().orElse(null))
                .costUnknownReason(cost.unknownReason().orElse(null));
    }

    private static CallResult.Builder with(Answer answer, CallResult.Builder result) {
        if (answer.model() != null) {
            result.model(answer.model());
        }
        result.finish(answer.finish())
                .outputText(answer.outputText())
                .responseRef(answer.ref())
                .repairs(repairs(answer))
                .serviceTier(answer.serviceTier());
        JsonNode body = answer.json() == null ? null : answer.json().node();
        if (answer.document() == null) {
            return result.rawResponse(body);
        }
        return result.jsonResponse(body)
                .pageCount(answer.document().pageCount())
                .costBreakdown(answer.document().costBreakdown());
    }

    /** How many broken answers were corrected; null if none was. */
    static @Nullable Integer repairs(Answer answer) {
        int broken = (int) answer.repaired().stream().filter(Answer::isWhole).count();
        return broken == 0 ? null : broken;
    }
}
