package io.github.genaistreams.topology;

import io.github.genaistreams.flow.LaneSettings;
import io.github.genaistreams.flow.Limits;
import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.model.Cost;
import io.github.genaistreams.model.RetryRecord;
import io.github.genaistreams.provider.Answer;
import io.github.genaistreams.provider.ApiClient;
import io.github.genaistreams.wire.Codec;
import io.github.genaistreams.wire.RequestDecoder;
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
        boolean deltas) {}
