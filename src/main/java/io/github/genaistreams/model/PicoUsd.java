package io.github.genaistreams.model;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;

/** From whole pico-dollars to what people and records take. */
final class PicoUsd {

    static final int DECIMALS = 12;
    private static final int MICRO_DECIMALS = 6;

    private PicoUsd() {}

    static BigDecimal toUsd(BigInteger picoUsd) {
        BigDecimal usd = new BigDecimal(picoUsd, DECIMALS).stripTrailingZeros();
        return usd.scale() < 0 ? usd.setScale(0) : usd;
    }

    /** The largest number there is, if they are more: a sum over what others have written must not fail. */
    static long toMicros(BigInteger picoUsd) {
        BigInteger micros = new BigDecimal(picoUsd, DECIMALS)
                .setScale(MICRO_DECIMALS, RoundingMode.HALF_UP)
                .unscaledValue();
        return micros.bitLength() < Long.SIZE ? micros.longValue() : Long.MAX_VALUE;
    }
}
