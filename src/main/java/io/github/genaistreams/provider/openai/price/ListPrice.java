package io.github.genaistreams.provider.openai.price;

import io.github.genaistreams.model.Cost;
import io.github.genaistreams.model.Usage;
import java.time.LocalDate;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * One row of the price table: a model on one service tier.
 *
 * @param base            rates up to the threshold, if there is one
 * @param longContextOver number of input tokens above which {@code longContext} applies to all tokens of a call
 * @param batch           batch rates, empty if not published
 * @param asOf            date of the row's table, if it states one
 */
record ListPrice(Rates base, OptionalLong longContextOver, Rates longContext, Rates batch, Optional<LocalDate> asOf) {

    /** @param usage without a {@link Tokens#flaw} */
    Cost cost(Usage usage, String what) {
        return isLong(usage)
                ? longContext.cost(Tokens.of(usage), what + aboveThreshold())
                : base.cost(Tokens.of(usage), what);
    }

    /** The cost by the batch columns, which have no rates for a long context. */
    Cost batchCost(Usage usage, String what) {
        return isLong(usage)
                ? Rates.NONE.cost(Tokens.of(usage), what + aboveThreshold())
                : batch.cost(Tokens.of(usage), what);
    }

    private boolean isLong(Usage usage) {
        return longContextOver.isPresent() && usage.inputTokens() > longContextOver.getAsLong();
    }

    private String aboveThreshold() {
        return " above " + longContextOver.getAsLong() + " input tokens";
    }
}
