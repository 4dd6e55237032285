package io.github.genaistreams.model;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Objects;
import java.util.Optional;

/**
 * What a call cost in USD: exact, or unknown for a stated reason. There is no estimate; of an unknown cost, a part may be
 * known, which is the least that it can be.
 *
 * <p>Exact means whole pico-dollars (10⁻¹² USD). Prices are published in USD per 1,000,000 tokens with at most six
 * decimals, so one token costs a whole number of them.
 */
public sealed interface Cost {

    /** Why the cost is unknown if what is said to be the amount is none. */
    String NO_PRICE = "the amount that was reported is not a price";

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
     * The cost as a record holds it: an amount, or a reason, or both, or neither.
     *
     * @param usd           what is known of the amount in USD, or null if nothing is
     * @param unknownReason why not all of it is known, or null if it is
     */
    static Cost of(BigDecimal usd, String unknownReason) {
        if (usd == null) {
            return unknown(unknownReason == null ? "the record does not say" : unknownReason);
        }
        // Whoever wrote it: a sum must not fail over one record.
        boolean sound = PicoUsd.isReasonable(usd)
                && usd.signum() >= 0
                && usd.precision() - usd.scale() <= PicoUsd.DECIMALS
                && usd.stripTrailingZeros().scale() <= PicoUsd.DECIMALS;
        if (!sound) {
            return unknown(NO_PRICE);
        }
        return unknownReason == null ? ofUsd(usd) : ofUsd(usd).plus(unknown(unknownReason));
    }

    /** @param reason for people, and the same for calls alike: it holds no token counts and no text of a call */
    static Cost unknown(String reason) {
        return new Unknown(BigInteger.ZERO, reason);
    }

    /** What is known of it, in pico-dollars (10⁻¹² USD): all of it, or the least that it can be; at least 0. */
    BigInteger picoUsd();

    /** The sum of both; unknown if one of them is, and then what is known of both is known of it. */
    default Cost plus(Cost other) {
        BigInteger sum = picoUsd().add(other.picoUsd());
        return unknownReason()
                .or(other::unknownReason)
                .<Cost>map(reason -> new Unknown(sum, reason))
                .orElseGet(() -> new Known(sum));
    }

    /** What is known of it in USD, with as few decimals as it needs; empty if nothing is. */
    default Optional<BigDecimal> knownUsd() {
        return this instanceof Unknown && picoUsd().signum() == 0
                ? Optional.empty()
                : Optional.of(PicoUsd.toUsd(picoUsd()));
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
     * A cost that is not known, or not all of it.
     *
     * @param picoUsd what is known of it in pico-dollars (10⁻¹² USD), at least 0
     * @param reason  why the rest is not, for people
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
