package io.github.genaistreams.topology.call;

import io.github.genaistreams.flow.Governors;
import io.github.genaistreams.flow.LaneSettings;
import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.Cost;
import io.github.genaistreams.model.RetryRecord;
import io.github.genaistreams.provider.Answer;
import io.github.genaistreams.provider.ApiClient;
import io.github.genaistreams.wire.Codec;
import io.github.genaistreams.wire.Decoded;
import io.github.genaistreams.wire.RequestDecoder;
import io.github.genaistreams.wire.WireException;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One API as the topology sees it.
 *
 * @param api      the API's name in topic names and results: {@code responses}
 * @param decoder  reads request records
 * @param requests reads and writes requests inside the journal
 * @param retries  reads and writes the retry topic
 * @param client   makes the calls; shared by all tasks
 * @param lane     bounds of each partition's lane
 * @param governors the governors of its credentials, over all lanes
 * @param pricing  computes the cost of an answer
 * @param deltas   whether the text of streamed answers is published as it arrives
 */
public record ApiBinding<Q extends ApiRequest>(
        String api,
        RequestDecoder<Q> decoder,
        Codec<Q> requests,
        Codec<RetryRecord<Q>> retries,
        ApiClient<Q> client,
        LaneSettings lane,
        Governors governors,
        Function<Answer, Cost> pricing,
        boolean deltas) {

    /** Why a request must not be called; empty if it may be. */
    Optional<CallError> refusal(Q request) {
        try {
            return client.refusal(request);
        } catch (RuntimeException e) {
            return Optional.of(CallError.internal(
                    "The request could not be checked: " + e.getClass().getSimpleName()));
        }
    }

    /** Reads a record of the retry topic. Throws {@link WireException} if no worker writes such a record. */
    RetryRecord<Q> readRetry(byte @Nullable [] value) {
        if (value == null) {
            throw new WireException("the value is null");
        }
        RetryRecord<Q> retry = retries.decode(value);
        if (retry.request() == null) {
            throw new WireException("`request` is missing");
        }
        Decoded<Q> request = decoder.checked(retry.request());
        if (request instanceof Decoded.Unreadable<Q> unreadable) {
            throw new WireException("in `request`: " + unreadable.reason());
        }
        if (request instanceof Decoded.Invalid<Q> invalid) {
            throw new WireException("in `request`: " + invalid.error().message());
        }
        return retry;
    }
}
