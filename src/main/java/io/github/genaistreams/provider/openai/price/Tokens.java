package io.github.genaistreams.provider.openai.price;

import io.github.genaistreams.model.Usage;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A call's tokens by priced kind:
 *
 * <pre>
 *   CACHED_INPUT  cached_tokens
 *   CACHE_WRITE   cache_write_tokens
 *   INPUT         input_tokens - cached_tokens - cache_write_tokens
 *   OUTPUT        output_tokens
 * </pre>
 */
final class Tokens {

    private Tokens() {}

    /** Why these figures cannot be priced. Null if they can. */
    static @Nullable String flaw(Usage usage) {
        long cached = cached(usage);
        long written = written(usage);
        if (!inRange(usage.inputTokens()) || !inRange(usage.outputTokens()) || !inRange(cached) || !inRange(written)) {
            return "the usage reported is out of range";
        }
        if (cached + written > usage.inputTokens()) {
            return "the usage reported has more cached tokens than input tokens";
        }
        // More expensive than text, and not in the table.
        return audio(usage.inputTokensDetails()) || audio(usage.outputTokensDetails())
                ? "audio tokens have a separate price, which is not in the price table"
                : null;
    }

    /** @param usage without a {@link #flaw} */
    static Map<TokenKind, Long> of(Usage usage) {
        var tokens = new EnumMap<TokenKind, Long>(TokenKind.class);
        tokens.put(TokenKind.INPUT, usage.inputTokens() - cached(usage) - written(usage));
        tokens.put(TokenKind.CACHED_INPUT, cached(usage));
        tokens.put(TokenKind.CACHE_WRITE, written(usage));
        tokens.put(TokenKind.OUTPUT, usage.outputTokens());
        return tokens;
    }

    private static boolean inRange(long tokens) {
        return tokens >= 0 && tokens <= Usage.MAX_TOKENS;
    }

    private static long cached(Usage usage) {
        return usage.inputTokensDetails().getOrDefault("cached_tokens", 0L);
    }

    private static long written(Usage usage) {
        return usage.inputTokensDetails().getOrDefault("cache_write_tokens", 0L);
    }

    private static boolean audio(Map<String, Long> details) {
        return details.getOrDefault("audio_tokens", 0L) != 0;
    }
}
