package io.github.genaistreams.model;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Objects;
import java.util.Optional;

/**
 * What a call cost in USD: exact, or unknown for a stated reason. There is no estimate.
 *
 * <p>Exact means whole pico-dollars (10⁻¹² USD). Prices are published in USD per 1,000,000 tokens with at most six
 * decimals, so one token costs a whole number of them.
 */
public sealed interface Cost {

    /** @param picoUsd at least 0 */
    static Cost ofPicoUsd(BigInteger picoUsd) {
        return new Known(picoUsd);
    }

    /**
     * @param usd at least 0
     * @throws ArithmeticException if it is no whole number of pico-dollars
     */
    static Cost ofUsd(BigDecimal usd) {
        return new Known(usd.movePointRight(PicoUsd.DECIMALS).toBigIntegerExact());
    }

    /**
     * The cost as a record holds it: an amount, or a reason, or neither.
     *
     * @param usd           the amount in USD, or null if it is not known
     * @param unknownReason why not, or null
     */
    static Cost of(BigDecimal usd, String unknownReason) {
        if (usd == null) {
            return unknown(unknownReason == null ? "the record does not say" : unknownReason);
        }
        // Whoever wrote it: a sum must not fail over one record.
        boolean sound = usd.signum() >= 0
                && usd.stripTrailingZeros().scale() <= PicoUsd.DECIMALS
                && usd.precision() - usd.scale() <= PicoUsd.DECIMALS;
        return sound ? ofUsd(usd) : unknown("the amount in the record is not a price");
    }

    /** @param reason for people, and the same for calls alike: it holds no token counts and no text of a call */
    static Cost unknown(String reason) {
        return new Unknown(reason);
    }

    /** The sum of both; unknown if one of them is. */
    default Cost plus(Cost other) {
        if (this instanceof Known left && other instanceof Known right) {
            return new Known(left.picoUsd().add(right.picoUsd()));
        }
        return this instanceof Unknown ? this : other;
    }

    /** The cost, if it is known. */
    default Optional<Known> known() {
        return this instanceof Known known ? Optional.of(known) : Optional.empty();
    }

    /** Why the cost is not known; empty if it is. */
    default Optional<String> unknownReason() {
        return this instanceof Unknown unknown ? Optional.of(unknown.reason()) : Optional.empty();
    }

    /**
     * A cost that is known exactly.
     *
     * @param picoUsd pico-dollars (10⁻¹² USD), at least 0
     */
    record Known(BigInteger picoUsd) implements Cost {

        public Known {
            if (picoUsd.signum() < 0) {
                throw new IllegalArgumentException("a cost is at least 0, this one is " + picoUsd + " pico-dollars");
            }
        }

        /** The exact cost in USD, with as few decimals as it needs. */
        public BigDecimal usd() {
            return PicoUsd.toUsd(picoUsd);
        }

        /** Micro-dollars (10⁻⁶ USD), rounded half up. For display: a sum of these is not exact, {@link CostTotal} is. */
        public long micros() {
            return PicoUsd.toMicros(picoUsd);
        }
    }

    /**
     * A cost that is not known.
     *
     * @param reason why, for people
     */
    record Unknown(String reason) implements Cost {

        public Unknown {
            Objects.requireNonNull(reason, "reason");
        }
    }
}
