package io.github.genaistreams.topology.call;

import io.github.genaistreams.model.Cost;
import io.github.genaistreams.model.Usage;
import io.github.genaistreams.provider.Answer;
import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.wire.JournalEntry;
import java.math.BigDecimal;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The cost of attempts as far as it is known, and the cost that repeated attempts add to the item's result. */
final class Costs {

    static final Cost NOTHING = Cost.ofUsd(BigDecimal.ZERO);

    /** An attempt may have been billed, but the amount is unknown. */
    private static final Cost NO_ANSWER = Cost.unknown("an attempt got no answer, so no usage was reported");

    private final Function<Answer, Cost> pricing;

    Costs(Function<Answer, Cost> pricing) {
        this.pricing = pricing;
    }

    /** The costs after a call without a known end, including those before it ({@code earlier}), if there are any. */
    static JournalEntry.Earlier afterInterruption(JournalEntry.@Nullable Earlier earlier) {
        return JournalEntry.Earlier.of(
                earlier == null ? null : earlier.usage(),
                sum(earlier == null ? null : earlier.price(), NO_ANSWER),
                true);
    }

    /** The costs of a repeated attempt for the item's result, including those before it; null if there are none. */
    JournalEntry.@Nullable Earlier earlier(Attempt<?> attempt, CallOutcome.Retry retry) {
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

    /** The attempt's own cost. */
    Cost of(Attempt<?> attempt, CallOutcome outcome) {
        Answer answer = answer(outcome);
        return answer != null ? price(answer) : maybeBilled(attempt, outcome) ? NO_ANSWER : NOTHING;
    }

    /**
     * Whether the API may have done work without an answer. For an accepted job, a retry follows only if the API says
     * that it did not do the work, or the outcome says that it may have. But the job may continue after it was given
     * up.
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

    /** The price of an answer. A figure without a price must not make a paid answer fail. */
    private Cost priceAlone(Answer answer) {
        try {
            return pricing.apply(answer);
        } catch (ArithmeticException | IllegalArgumentException e) {
            return Cost.unknown("the usage that the API reports is not possible");
        }
    }

    /** The usage of an answer with its corrections; null if none is reported. */
    static @Nullable Usage usage(Answer answer) {
        Usage usage = answer.usage();
        for (Answer repaired : answer.repaired()) {
            usage = sum(usage, repaired.usage());
        }
        return usage;
    }

    static @Nullable Usage sum(@Nullable Usage left, @Nullable Usage right) {
        return left == null ? right : right == null ? left : left.plus(right);
    }

    static Cost sum(@Nullable Cost left, Cost right) {
        return left == null ? right : left.plus(right);
    }

    /** The answer of an outcome; null if there was none. */
    static @Nullable Answer answer(CallOutcome outcome) {
        return outcome instanceof CallOutcome.Succeeded succeeded
                ? succeeded.answer()
                : outcome instanceof CallOutcome.Failed failed
                        ? failed.answer()
                        : outcome instanceof CallOutcome.Retry retry ? retry.answer() : null;
    }
}
