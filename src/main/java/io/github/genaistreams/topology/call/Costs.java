package io.github.genaistreams.topology.call;

import io.github.genaistreams.model.Cost;
import io.github.genaistreams.model.Usage;
import io.github.genaistreams.provider.Answer;
import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.wire.JournalEntry;
import java.math.BigDecimal;
import java.util.function.Function;

/** What attempts have cost, as far as anybody knows, and what those that are repeated leave behind for the item's result. */
final class Costs {

    static final Cost NOTHING = Cost.ofUsd(BigDecimal.ZERO);

    /** An attempt may have been billed, but nobody said what. */
    private static final Cost NO_ANSWER = Cost.unknown("an attempt got no answer, so no usage was reported");

    private final Function<Answer, Cost> pricing;

    Costs(Function<Answer, Cost> pricing) {
        this.pricing = pricing;
    }

    /** What a call whose end nobody knows leaves behind, with those before it, of which {@code earlier} tells, or null. */
    static JournalEntry.Earlier afterInterruption(JournalEntry.Earlier earlier) {
        return JournalEntry.Earlier.of(
                earlier == null ? null : earlier.usage(),
                sum(earlier == null ? null : earlier.price(), NO_ANSWER),
                true);
    }

    /** What an attempt that is repeated leaves behind for the item's result, with those before it; null if nothing. */
    JournalEntry.Earlier earlier(Attempt<?> attempt, CallOutcome.Retry retry) {
        JournalEntry.Earlier before = attempt.earlier();
        boolean maybeDone = maybeBilled(attempt, retry) || before != null && before.possibleDuplicate();
        Usage usage = before == null ? null : before.usage();
        Cost cost = before == null ? null : before.price();
        if (retry.answer() != null) {
            usage = sum(usage, usage(retry.answer()));
        }
        Cost own = of(attempt, retry);
        if (!own.equals(NOTHING)) {
            cost = sum(cost, own);
        }
        return usage == null && cost == null && !maybeDone ? null : JournalEntry.Earlier.of(usage, cost, maybeDone);
    }

    /** What this attempt cost by itself. */
    Cost of(Attempt<?> attempt, CallOutcome outcome) {
        Answer answer = answer(outcome);
        return answer != null ? price(answer) : maybeBilled(attempt, outcome) ? NO_ANSWER : NOTHING;
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

    private Cost price(Answer answer) {
        Cost cost = priceAlone(answer);
        for (Answer repaired : answer.repaired()) {
            cost = cost.plus(priceAlone(repaired));
        }
        return cost;
    }

    /** An answer that was paid is not lost over figures that no price can be made of. */
    private Cost priceAlone(Answer answer) {
        try {
            return pricing.apply(answer);
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

    static Usage sum(Usage left, Usage right) {
        return left == null ? right : right == null ? left : left.plus(right);
    }

    static Cost sum(Cost left, Cost right) {
        return left == null ? right : left.plus(right);
    }

    /** The answer of an outcome, or null. */
    static Answer answer(CallOutcome outcome) {
        return outcome instanceof CallOutcome.Succeeded succeeded
                ? succeeded.answer()
                : outcome instanceof CallOutcome.Failed failed
                        ? failed.answer()
                        : outcome instanceof CallOutcome.Retry retry ? retry.answer() : null;
    }
}
