package io.github.genaistreams.model;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The cost of a call in USD: exact, or unknown for a stated reason. There are no estimates. For an unknown cost, a
 * lower bound may be known.
 *
 * <p>Exact means whole pico-dollars (10⁻¹² USD). Prices are published in USD per 1,000,000 tokens with at most six
 * decimals, so one token costs a whole number of them.
 */
public sealed interface Cost {

    /** Why the cost is unknown if the stated amount is invalid. */
    String NO_PRICE = "the reported amount is not a price";

    /** @param picoUsd at least 0 */
    static Cost ofPicoUsd(BigInteger picoUsd) {
        return new Known(picoUsd);
    }

    /**
     * @param usd at least 0
     * @throws ArithmeticException if it is not a whole number of pico-dollars
     */
    static Cost ofUsd(BigDecimal usd) {
        return new Known(usd.movePointRight(PicoUsd.DECIMALS).toBigIntegerExact());
    }

    /**
     * The cost in a record: an amount, a reason, both, or neither.
     *
     * @param usd           the known amount in USD; null if nothing is known
     * @param unknownReason why the amount is not or not completely known; null if it is
     */
    static Cost of(@Nullable BigDecimal usd, @Nullable String unknownReason) {
        if (usd == null) {
            return unknown(unknownReason == null ? "the record does not say" : unknownReason);
        }
        // Whatever the record's origin: a sum must not fail because of one record.
        boolean sound = PicoUsd.isReasonable(usd)
                && usd.signum() >= 0
                && usd.precision() - usd.scale() <= PicoUsd.DECIMALS
                && usd.stripTrailingZeros().scale() <= PicoUsd.DECIMALS;
        if (!sound) {
            return unknown(NO_PRICE);
        }
        return unknownReason == null ? ofUsd(usd) : ofUsd(usd).plus(unknown(unknownReason));
    }

    /** @param reason for people, equal for similar calls: it contains no token counts and no text of a call */
    static Cost unknown(String reason) {
        return new Unknown(BigInteger.ZERO, reason);
    }

    /** The known amount in pico-dollars (10⁻¹² USD): all of the cost, or a lower bound; at least 0. */
    BigInteger picoUsd();

    /** The sum of both. It is unknown if one of them is, and then its known amount is the sum of the known amounts. */
    default Cost plus(Cost other) {
        BigInteger sum = picoUsd().add(other.picoUsd());
        return unknownReason()
                .or(other::unknownReason)
                .<Cost>map(reason -> new Unknown(sum, reason))
                .orElseGet(() -> new Known(sum));
    }

    /** The known amount in USD, with as few decimals as it needs; empty if nothing is known. */
    default Optional<BigDecimal> knownUsd() {
        return this instanceof Unknown && picoUsd().signum() == 0
                ? Optional.empty()
                : Optional.of(PicoUsd.toUsd(picoUsd()));
    }

    /** The cost, if it is known. */
    default Optional<Known> known() {
        return this instanceof Known known ? Optional.of(known) : Optional.empty();
    }

    /** Why the cost is unknown; empty if it is known. */
    default Optional<String> unknownReason() {
        return this instanceof Unknown unknown ? Optional.of(unknown.reason()) : Optional.empty();
    }

    /**
     * An exactly known cost.
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

        /**
         * Micro-dollars (10⁻⁶ USD), rounded half up. For display only: sums of these are not exact; {@link CostTotal}
         * is.
         */
        public long micros() {
            return PicoUsd.toMicros(picoUsd);
        }
    }

    /**
     * A cost that is not or not completely known.
     *
     * @param picoUsd the known amount in pico-dollars (10⁻¹² USD), at least 0
     * @param reason  why the rest is unknown, for people
     */
    record Unknown(BigInteger picoUsd, String reason) implements Cost {

        public Unknown {
            if (picoUsd.signum() < 0) {
                throw new IllegalArgumentException("a cost is at least 0, this one is " + picoUsd + " pico-dollars");
            }
            reason = Counts.name(Objects.requireNonNull(reason, "reason"));
        }
    }
}
