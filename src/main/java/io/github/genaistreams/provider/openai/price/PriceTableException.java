package io.github.genaistreams.provider.openai.price;

/** A price file cannot be used. The message names the file and, if relevant, line and column. */
public final class PriceTableException extends RuntimeException {

    PriceTableException(String message) {
        super(message);
    }

    PriceTableException(String message, Throwable cause) {
        super(message, cause);
    }
}
