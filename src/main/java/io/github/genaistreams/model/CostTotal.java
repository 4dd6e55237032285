package io.github.genaistreams.model;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * The cost of several calls: the exact sum of the known amounts, and the number of calls with an unknown cost and why.
 * Nothing is rounded before the end, so the order of addition does not matter. Immutable.
 *
 * @param picoUsd  sum of the known amounts in pico-dollars (10⁻¹² USD)
 * @param priced   number of calls with a known cost
 * @param unpriced number of calls whose cost is at least partly unknown, by reason, sorted by reason; beyond 100
 *     reasons, the rest count together as {@code other}
 */
public record CostTotal(BigInteger picoUsd, long priced, Map<String, Long> unpriced) {

    public static final CostTotal NONE = new CostTotal(BigInteger.ZERO, 0, Map.of());

    public CostTotal {
        Objects.requireNonNull(picoUsd, "picoUsd");
        unpriced = Collections.unmodifiableMap(new TreeMap<>(unpriced));
    }

    /** The total with one more call. */
    public CostTotal plus(Cost cost) {
        if (cost instanceof Cost.Known known) {
            return new CostTotal(picoUsd.add(known.picoUsd()), priced + 1, unpriced);
        }
        return plus(new CostTotal(cost.picoUsd(), 0, Map.of(cost.unknownReason().orElseThrow(), 1L)));
    }

    /** The sum of both. */
    public CostTotal plus(CostTotal other) {
        return new CostTotal(
                picoUsd.add(other.picoUsd),
                Counts.add(priced, other.priced),
                other.unpriced.isEmpty() ? unpriced : Counts.add(unpriced, other.unpriced));
    }

    /** Whether every call has a known cost; if not, the true total is higher than {@link #usd()}. */
    public boolean isComplete() {
        return unpriced.isEmpty();
    }

    /** The exact sum of the known costs in USD, with as few decimals as it needs. */
    public BigDecimal usd() {
        return PicoUsd.toUsd(picoUsd);
    }

    /**
     * The sum of the known costs in micro-dollars (10⁻⁶ USD), rounded once, half up; the largest number above 9.2 ×
     * 10¹² USD.
     */
    public long micros() {
        return PicoUsd.toMicros(picoUsd);
    }
}
