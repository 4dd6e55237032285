package io.github.genaistreams.model;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;

/** Converts whole pico-dollars to the forms for people and records, and decides which amounts are valid. */
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

    /** The largest number, if the amount is larger: a sum over foreign records must not fail. */
    static long toMicros(BigInteger picoUsd) {
        BigInteger micros = new BigDecimal(picoUsd, DECIMALS)
                .setScale(MICRO_DECIMALS, RoundingMode.HALF_UP)
                .unscaledValue();
        return micros.bitLength() < Long.SIZE ? micros.longValue() : Long.MAX_VALUE;
    }

    /**
     * Whether an amount of money, in whichever unit, can be written out in full: 1E+1000000000 has as few digits as 1 until it
     * is.
     */
    static boolean isReasonable(BigDecimal amount) {
        long digitsBefore = (long) amount.precision() - amount.scale();
        return amount.unscaledValue().bitLength() <= MAX_BITS
                && digitsBefore <= MAX_DIGITS
                && amount.scale() <= MAX_DIGITS;
    }

    /** Without an exponent: 1E+2 and 100 are equal; the wire has the plain form only. */
    static BigDecimal plain(BigDecimal reasonable) {
        return reasonable.scale() < 0 ? reasonable.setScale(0) : reasonable;
    }
}
