package io.github.genaistreams.provider.openai.price;

import io.github.genaistreams.model.Cost;
import java.math.BigInteger;
import java.util.EnumMap;
import java.util.Map;

/**
 * Pico-dollars per token, by kind. A kind without a price is absent. The figure is that of USD per 1,000,000 tokens,
 * with up to six decimals, times 10⁶.
 */
record Rates(Map<TokenKind, Long> picoUsd) {

    static final Rates NONE = new Rates(Map.of());

    Rates {
        picoUsd = Map.copyOf(picoUsd);
    }

    boolean has(TokenKind kind) {
        return picoUsd.containsKey(kind);
    }

    boolean isEmpty() {
        return picoUsd.isEmpty();
    }

    /** The same rates, with cache writes at the price of input. */
    Rates writingAtInputPrice() {
        if (!has(TokenKind.INPUT)) {
            return this;
        }
        var rates = new EnumMap<TokenKind, Long>(picoUsd);
        rates.put(TokenKind.CACHE_WRITE, picoUsd.get(TokenKind.INPUT));
        return new Rates(rates);
    }

    /**
     * Σ tokens × price.
     *
     * @param what whose prices these are, for the reason if one is missing
     */
    Cost cost(Map<TokenKind, Long> tokens, String what) {
        BigInteger sum = BigInteger.ZERO;
        for (TokenKind kind : TokenKind.values()) {
            long count = tokens.getOrDefault(kind, 0L);
            if (count == 0) {
                continue;
            }
            Long price = picoUsd.get(kind);
            if (price == null) {
                return Cost.unknown("the price table has no " + kind.column() + " price for " + what);
            }
            sum = sum.add(BigInteger.valueOf(count).multiply(BigInteger.valueOf(price)));
        }
        return Cost.ofPicoUsd(sum);
    }
}
