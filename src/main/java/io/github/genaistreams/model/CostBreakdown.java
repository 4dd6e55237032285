package io.github.genaistreams.model;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.math.BigDecimal;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a document costs in US cents, as the Datalab API reports it. Open to figures that the API adds.
 *
 * @param cents each figure by its name, in the API's order
 */
public record CostBreakdown(@JsonValue Map<String, BigDecimal> cents) {

    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public CostBreakdown {
        // 1E+2 and 100 are one figure; the wire has the plain form only.
        Map<String, BigDecimal> plain = new LinkedHashMap<>(cents);
        plain.replaceAll((name, figure) -> figure.scale() < 0 ? figure.setScale(0) : figure);
        cents = Collections.unmodifiableMap(plain);
    }

    /** What is charged, or null if not reported. */
    public BigDecimal finalCostCents() {
        return cents.get("final_cost_cents");
    }

    /** What it costs before discounts, or null if not reported. */
    public BigDecimal listCostCents() {
        return cents.get("list_cost_cents");
    }
}
