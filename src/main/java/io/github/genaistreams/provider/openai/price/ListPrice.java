package io.github.genaistreams.provider.openai.price;

import io.github.genaistreams.model.Cost;
import io.github.genaistreams.model.Usage;
import java.time.LocalDate;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * One row of the price table: a model on one service tier.
 *
 * @param base            up to the threshold, if there is one
 * @param longContextOver above how many input tokens all tokens of a call are priced by {@code longContext}
 * @param batch           batch rates, empty if not published
 * @param asOf            the date of the table the row is from, if it says one
 */
record ListPrice(Rates base, OptionalLong longContextOver, Rates longContext, Rates batch, Optional<LocalDate> asOf) {

    /** @param usage without a {@link Tokens#flaw} */
    Cost cost(Usage usage, String what) {
        return isLong(usage)
                ? longContext.cost(Tokens.of(usage), what + aboveThreshold())
                : base.cost(Tokens.of(usage), what);
    }

    /** By the batch columns; what they say of calls with a long context is nothing. */
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
