package io.github.genaistreams.topology;

import io.github.genaistreams.flow.LaneSettings;
import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.model.RetryRecord;
import io.github.genaistreams.provider.ApiClient;
import io.github.genaistreams.wire.Codec;
import io.github.genaistreams.wire.RequestDecoder;

/**
 * What the topology needs to know of one API.
 *
 * @param api      the API's name in topic names and results: {@code responses}
 * @param decoder  reads request records
 * @param requests reads and writes requests inside the journal
 * @param retries  reads and writes the retry topic
 * @param client   makes the calls; shared by all tasks
 * @param lane     bounds of each partition's lane
 */
public record ApiBinding<Q extends ApiRequest>(
        String api,
        RequestDecoder<Q> decoder,
        Codec<Q> requests,
        Codec<RetryRecord<Q>> retries,
        ApiClient<Q> client,
        LaneSettings lane) {}
