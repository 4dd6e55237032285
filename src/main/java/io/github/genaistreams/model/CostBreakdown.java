package io.github.genaistreams.model;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.math.BigDecimal;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The cost of a document in US cents, as the Datalab API reports it. Figures that the API adds are kept. Values that
 * are not amounts of money, and figures beyond the limit, are left out.
 *
 * @param cents each figure by its name, in the API's order
 */
public record CostBreakdown(@JsonValue Map<String, BigDecimal> cents) {

    private static final String FINAL = "final_cost_cents";
    private static final String LIST = "list_cost_cents";
    private static final int MAX_FIGURES = 32;
    private static final int MAX_NAME_LENGTH = 64;

    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public CostBreakdown {
        Map<String, BigDecimal> plain = new LinkedHashMap<>();
        cents.forEach((name, figure) -> {
            boolean isFigure = name.length() <= MAX_NAME_LENGTH && PicoUsd.isReasonable(figure);
            if (isFigure && (plain.size() < MAX_FIGURES || name.equals(FINAL) || name.equals(LIST))) {
                plain.put(name, PicoUsd.plain(figure));
            }
        });
        cents = Collections.unmodifiableMap(plain);
    }

    /** The charged amount, if it is reported. */
    public @Nullable BigDecimal finalCostCents() {
        return cents.get(FINAL);
    }
}
