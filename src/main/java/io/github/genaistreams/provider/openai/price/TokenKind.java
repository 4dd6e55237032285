package io.github.genaistreams.provider.openai.price;

import java.util.Locale;

/** Kinds of tokens with separate prices. Each token of a call has exactly one kind. */
enum TokenKind {
    /** Input that was neither read from the prompt cache nor written to it. */
    INPUT,
    /** Input read from the prompt cache. */
    CACHED_INPUT,
    /** Input written to the prompt cache. */
    CACHE_WRITE,
    /** Output, reasoning included. */
    OUTPUT;

    /** Its name in the price file: {@code cached_input}. */
    String column() {
        return name().toLowerCase(Locale.ROOT);
    }
}
