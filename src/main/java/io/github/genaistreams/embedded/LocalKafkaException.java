package io.github.genaistreams.embedded;

/** A local Kafka could not start or stop; the message says what to do about it. */
public final class LocalKafkaException extends RuntimeException {

    LocalKafkaException(String message, Throwable cause) {
        super(message, cause);
    }
}
