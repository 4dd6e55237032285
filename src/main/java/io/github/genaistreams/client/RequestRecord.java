package io.github.genaistreams.client;

import io.github.genaistreams.client.kafka.BatchClientException;
import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.wire.WireException;
import io.github.genaistreams.wire.WireFormat;
import org.jspecify.annotations.Nullable;

/**
 * How the requests of one topic are written, and how large they may be. Asks Kafka nothing.
 *
 * @param maxRequestSize bytes that the producer sends at most
 */
record RequestRecord<Q extends ApiRequest>(RequestKind<Q> kind, String topic, WireFormat format, int maxRequestSize) {

    /**
     * Checks, before anything is sent, whether an item is larger than the producer allows. Only an item with large
     * texts is encoded for that.
     */
    void check(Q request) {
        // JSON may need six bytes for one character.
        if (kind.contents().applyAsLong(request) > maxRequestSize / 8) {
            byte[] value = encode(request);
            if (value.length > maxRequestSize) {
                throw tooLarge(request.index(), value.length, null);
            }
        }
    }

    byte[] encode(Q request) {
        try {
            return kind.codec().encode(request, format);
        } catch (WireException e) {
            throw new BatchClientException("request " + request.index() + ": " + e.getMessage(), e);
        }
    }

    BatchClientException tooLarge(int index, int size, @Nullable Exception cause) {
        // Kafka adds some bytes around the value.
        String limit = size + 1_024 > maxRequestSize
                ? "max.request.size is %,d".formatted(maxRequestSize)
                : "max.message.bytes of topic %s is less".formatted(topic);
        return new BatchClientException(
                "request %d (the first one is 0) is too large: %,d bytes, and %s; shorten it, or leave it out"
                        .formatted(index, size, limit),
                cause);
    }
}
