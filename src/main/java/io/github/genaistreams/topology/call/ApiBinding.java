package io.github.genaistreams.topology.call;

import io.github.genaistreams.flow.LaneSettings;
import io.github.genaistreams.flow.Limits;
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

/**
 * What the topology needs to know of one API.
 *
 * @param api      the API's name in topic names and results: {@code responses}
 * @param decoder  reads request records
 * @param requests reads and writes requests inside the journal
 * @param retries  reads and writes the retry topic
 * @param client   makes the calls; shared by all tasks
 * @param lane     bounds of each partition's lane
 * @param limits   bounds of each credential, over all lanes
 * @param pricing  what an answer cost
 * @param deltas   whether pieces of streamed answers are published as they come
 */
public record ApiBinding<Q extends ApiRequest>(
        String api,
        RequestDecoder<Q> decoder,
        Codec<Q> requests,
        Codec<RetryRecord<Q>> retries,
        ApiClient<Q> client,
        LaneSettings lane,
        Limits limits,
        Function<Answer, Cost> pricing,
        boolean deltas) {

    /** Why a request is not to be called at all; empty if it may be. */
    Optional<CallError> refusal(Q request) {
        try {
            return client.refusal(request);
        } catch (RuntimeException e) {
            return Optional.of(CallError.internal(
                    "The request could not be checked: " + e.getClass().getSimpleName()));
        }
    }

    /** Reads a record of the retry topic. Throws {@link WireException} if it is not what a worker writes. */
    RetryRecord<Q> readRetry(byte[] value) {
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
