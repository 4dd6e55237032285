package io.github.genaistreams.wire;

import io.github.genaistreams.model.BatchStatus;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.ResponseDelta;

/**
 * How a worker writes records for others, and reads records of others.
 *
 * @param format   wire format of everything it writes, including records that only workers read
 * @param results  writes results
 * @param statuses writes the states of batches
 * @param deltas   writes pieces of streamed answers
 * @param writers  schemas of records that are framed for a schema registry
 */
public record WireCodecs(
        WireFormat format,
        Codec<CallResult> results,
        Codec<BatchStatus> statuses,
        Codec<ResponseDelta> deltas,
        WriterSchemas writers) {

    /** Without a schema registry. */
    public static WireCodecs plain(WireFormat format, Codec<CallResult> results) {
        return new WireCodecs(format, results, Codecs.BATCH_STATUS, Codecs.RESPONSE_DELTA, WriterSchemas.NONE);
    }
}
