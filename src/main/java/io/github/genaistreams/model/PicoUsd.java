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

    static long toMicros(BigInteger picoUsd) {
        return new BigDecimal(picoUsd, DECIMALS)
                .setScale(MICRO_DECIMALS, RoundingMode.HALF_UP)
                .unscaledValue()
                .longValueExact();
    }
}
