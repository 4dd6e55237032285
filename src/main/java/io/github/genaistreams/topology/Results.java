package io.github.genaistreams.topology;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.model.BatchControl;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.Cost;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.model.Usage;
import io.github.genaistreams.provider.Answer;
import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.wire.JournalEntry;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;

/**
 * What became of an item, as its result, with what all of its attempts have cost as far as anybody knows. Immutable.
 */
final class Results<Q extends ApiRequest> {

    /** An attempt may have been billed, but nobody said what. */
    private static final Cost NO_ANSWER = Cost.unknown("an attempt got no answer, so no usage was reported");

    private static final Cost NOTHING = Cost.ofUsd(BigDecimal.ZERO);

    private final ApiBinding<Q> api;

    Results(ApiBinding<Q> api) {
        this.api = api;
    }

    /** The result of a request for which no call was made; {@code model} and {@code batchSize} may be null. */
    CallResult refused(ItemKey key, Integer batchSize, String model, Instant submittedAt, long now, CallError error) {
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
        return uncalled(request.key(), entry, entry.earlier(), stopped(code), now)
                .batchSize(request.batchSize())
                .model(request.model())
                .build();
    }

    /** The result of a journaled request that can no longer be read, whatever has become of it so far. */
    CallResult unreadable(ItemKey key, JournalEntry entry, CallError error, long now) {
        boolean isMaybeBilled = entry.state() == JournalEntry.State.STARTED || entry.remoteJob() != null;
        JournalEntry.Earlier earlier = isMaybeBilled ? afterInterruption(entry.earlier()) : entry.earlier();
        return uncalled(key, entry, earlier, error, now).build();
    }

    private CallResult.Builder uncalled(
            ItemKey key, JournalEntry entry, JournalEntry.Earlier earlier, CallError error, long now) {
        Cost cost = earlier == null || earlier.price() == null ? NOTHING : earlier.price();
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

    /** What a call whose end nobody knows leaves behind, with those before it, of which {@code earlier} tells, or null. */
    JournalEntry.Earlier afterInterruption(JournalEntry.Earlier earlier) {
        return JournalEntry.Earlier.of(
                earlier == null ? null : earlier.usage(),
                sum(earlier == null ? null : earlier.price(), NO_ANSWER),
                true);
    }

    /** Why an item of a batch that was stopped has no answer. */
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

    /** What an attempt that is repeated leaves behind for the item's result, with those before it; null if nothing. */
    JournalEntry.Earlier earlier(Attempt<Q> attempt, CallOutcome.Retry retry) {
        JournalEntry.Earlier before = attempt.earlier();
        boolean maybeDone = maybeBilled(attempt, retry) || before != null && before.possibleDuplicate();
        Usage usage = before == null ? null : before.usage();
        Cost cost = before == null ? null : before.price();
        if (retry.answer() != null) {
            usage = sum(usage, usage(retry.answer()));
        }
        Cost own = cost(attempt, retry, retry.answer());
        if (!own.equals(NOTHING)) {
            cost = sum(cost, own);
        }
        return usage == null && cost == null && !maybeDone ? null : JournalEntry.Earlier.of(usage, cost, maybeDone);
    }

    /** What this attempt cost; {@code answer} is the outcome's, or null. */
    private Cost cost(Attempt<Q> attempt, CallOutcome outcome, Answer answer) {
        return answer != null ? cost(answer) : maybeBilled(attempt, outcome) ? NO_ANSWER : NOTHING;
    }

    /**
     * Whether the API may have done work that no answer tells of. A job that was accepted is tried again only if the API has said
     * that it did not do it, or the outcome says that it may have; but it may go on after it was given up.
     */
    private static boolean maybeBilled(Attempt<?> attempt, CallOutcome outcome) {
        if (outcome instanceof CallOutcome.Retry retry) {
            return retry.maybeDone();
        }
        return outcome instanceof CallOutcome.Failed failed
                && failed.answer() == null
                && (failed.maybeDone() || attempt.accepted());
    }

    private Cost cost(Answer answer) {
        Cost cost = price(answer);
        for (Answer repaired : answer.repaired()) {
            cost = cost.plus(price(repaired));
        }
        return cost;
    }

    /** An answer that was paid is not lost over figures that no price can be made of. */
    private Cost price(Answer answer) {
        try {
            return api.pricing().apply(answer);
        } catch (ArithmeticException | IllegalArgumentException e) {
            return Cost.unknown("the usage that the API reports is not possible");
        }
    }

    /** Of all answers that it took. */
    static Usage usage(Answer answer) {
        Usage usage = answer.usage();
        for (Answer repaired : answer.repaired()) {
            usage = sum(usage, repaired.usage());
        }
        return usage;
    }

    private static Usage sum(Usage left, Usage right) {
        return left == null ? right : right == null ? left : left.plus(right);
    }

    private static Cost sum(Cost left, Cost right) {
        return left == null ? right : left.plus(right);
    }

    /** How an attempt ended, and what it took by itself. */
    CallEnd end(Attempt<Q> attempt, CallOutcome outcome, Duration took) {
        Q request = attempt.request();
        Answer answer = answer(outcome);
        boolean hasPages =
                answer != null && answer.document() != null && answer.document().pageCount() != null;
        return new CallEnd(
                request.model(),
                request.credentialOrDefault(),
                error(outcome),
                took,
                answer == null ? null : usage(answer),
                cost(attempt, outcome, answer),
                hasPages ? answer.document().pageCount() : 0);
    }

    private static Answer answer(CallOutcome outcome) {
        return outcome instanceof CallOutcome.Succeeded succeeded
                ? succeeded.answer()
                : outcome instanceof CallOutcome.Failed failed
                        ? failed.answer()
                        : outcome instanceof CallOutcome.Retry retry ? retry.answer() : null;
    }

    private static CallError error(CallOutcome outcome) {
        return outcome instanceof CallOutcome.Failed failed
                ? failed.error()
                : outcome instanceof CallOutcome.Retry retry ? retry.error() : null;
    }

    private static String requestId(CallOutcome outcome) {
        return outcome instanceof CallOutcome.Succeeded succeeded
                ? succeeded.answer().requestId()
                : outcome instanceof CallOutcome.Failed failed
                        ? failed.requestId()
                        : outcome instanceof CallOutcome.Retry retry ? retry.requestId() : null;
    }

    /** That of an attempt that was the last one, with what those before it leave behind. */
    CallResult of(Attempt<Q> attempt, CallOutcome outcome, Duration took, long now) {
        Answer answer = answer(outcome);
        CallError error = error(outcome);
        Q request = attempt.request();
        var result = CallResult.builder(request.key(), api.api())
                .batchSize(request.batchSize())
                .success(error == null)
                .error(error)
                .attempts(attempt.number())
                .model(request.model())
                .requestId(requestId(outcome))
                .processingTimeSecs(took.toNanos() / 1e9)
                .submittedAt(attempt.submittedAt())
                .completedAt(Instant.ofEpochMilli(now));
        JournalEntry.Earlier earlier = attempt.earlier();
        Usage usage = answer == null ? null : usage(answer);
        Cost cost = cost(attempt, outcome, answer);
        if (answer != null) {
            with(answer, result);
        }
        if (earlier != null) {
            usage = sum(earlier.usage(), usage);
            cost = sum(earlier.price(), cost);
        }
        boolean maybeTwice = earlier != null && earlier.possibleDuplicate();
        return priced(result, cost)
                .usage(usage)
                .possibleDuplicate(maybeTwice ? true : null)
                .build();
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

    /** Null for none. */
    static Integer repairs(Answer answer) {
        int broken = (int) answer.repaired().stream().filter(Answer::isWhole).count();
        return broken == 0 ? null : broken;
    }
}
