package io.github.genaistreams.embedded;

/** A local Kafka could not start or stop. The message says what to do. */
public final class LocalKafkaException extends RuntimeException {

    LocalKafkaException(String message) {
        super(message);
    }

    LocalKafkaException(String message, Throwable cause) {
        super(message, cause);
    }
}
