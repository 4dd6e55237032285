package io.github.genaistreams.topology.call;

import io.github.genaistreams.wire.WireHeaders;
import org.apache.kafka.common.header.Headers;

/** The topics that a task reads. The order is part of the stored state. */
public enum InputTopic {
    REQUESTS,
    RETRIES,
    URGENT;

    private static final byte[] IS_URGENT = {'1'};

    /** The names of the topics. */
    public record Names(String requests, String retries, String urgent) {

        String of(InputTopic topic) {
            return switch (topic) {
                case REQUESTS -> requests;
                case RETRIES -> retries;
                case URGENT -> urgent;
            };
        }

        /** @throws IllegalArgumentException if no task reads it */
        InputTopic topic(String name) {
            for (InputTopic topic : values()) {
                if (of(topic).equals(name)) {
                    return topic;
                }
            }
            throw new IllegalArgumentException("not an input topic: " + name);
        }
    }

    /** The topic in the words of a message. */
    String words() {
        return switch (this) {
            case REQUESTS -> "request";
            case RETRIES -> "retry";
            case URGENT -> "urgent request";
        };
    }

    /** Marks in the headers whether the request is urgent. A producer may send any headers, so its own mark is removed. */
    void mark(Headers headers) {
        headers.remove(WireHeaders.URGENT);
        if (this == URGENT) {
            headers.add(WireHeaders.URGENT, IS_URGENT);
        }
    }
}
