package io.github.genaistreams.client.kafka;

import org.jspecify.annotations.Nullable;

/** Kafka did not do what the client needs. The message says what to change, and quotes no prompt. */
public final class BatchClientException extends RuntimeException {

    public BatchClientException(String message) {
        super(message);
    }

    public BatchClientException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
