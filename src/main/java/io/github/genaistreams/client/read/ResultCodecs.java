package io.github.genaistreams.client.read;

import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.wire.Codec;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.WriterSchemas;

/**
 * The codecs for reading results.
 *
 * @param whole   reads results with their answers
 * @param summary reads results without their answers
 */
record ResultCodecs(Codec<CallResult> whole, Codec<CallResult> summary) {

    static ResultCodecs with(WriterSchemas schemas) {
        return new ResultCodecs(Codecs.CALL_RESULT.reading(schemas), Codecs.CALL_RESULT_SUMMARY.reading(schemas));
    }
}
