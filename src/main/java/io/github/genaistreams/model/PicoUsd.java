package io.github.genaistreams.model;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;

/** Converts whole pico-dollars to the amounts that people and records see, and decides which amounts are valid. */
final class PicoUsd {

    static final int DECIMALS = 12;
    private static final int MICRO_DECIMALS = 6;
    private static final int MAX_DIGITS = 100;
    private static final int MAX_BITS = 1_000;

    private PicoUsd() {}

    static BigDecimal toUsd(BigInteger picoUsd) {
        BigDecimal usd = new BigDecimal(picoUsd, DECIMALS).stripTrailingZeros();
        return usd.scale() < 0 ? usd.setScale(0) : usd;
    }

    /** In whole micro-dollars, at most {@link Long#MAX_VALUE}: a sum over records of other programs must not fail. */
    static long toMicros(BigInteger picoUsd) {
        BigInteger micros = new BigDecimal(picoUsd, DECIMALS)
                .setScale(MICRO_DECIMALS, RoundingMode.HALF_UP)
                .unscaledValue();
        return micros.bitLength() < Long.SIZE ? micros.longValue() : Long.MAX_VALUE;
    }

    /**
     * Whether an amount of money, in any unit, is short enough without an exponent. 1E+1000000000 is a short text, but
     * stands for a billion digits.
     */
    static boolean isReasonable(BigDecimal amount) {
        long digitsBefore = (long) amount.precision() - amount.scale();
        return amount.unscaledValue().bitLength() <= MAX_BITS
                && digitsBefore <= MAX_DIGITS
                && amount.scale() <= MAX_DIGITS;
    }

    /** The same amount without an exponent, as 100 instead of 1E+2: records contain this form only. */
    static BigDecimal plain(BigDecimal reasonable) {
        return reasonable.scale() < 0 ? reasonable.setScale(0) : reasonable;
    }
}
