package io.github.genaistreams.topology;

import io.github.genaistreams.flow.Lanes;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.topology.batch.BatchSettings;
import io.github.genaistreams.topology.call.CallEvents;
import io.github.genaistreams.topology.call.CallTraces;
import io.github.genaistreams.topology.call.RequestLog;
import io.github.genaistreams.topology.topic.TaskCounts;
import io.github.genaistreams.wire.Codec;
import io.github.genaistreams.wire.Topics;
import io.github.genaistreams.wire.WireCodecs;
import io.github.genaistreams.wire.WireFormat;
import io.opentelemetry.api.OpenTelemetry;

/** A topology without schema registry, traces and topic growth. It journals every open request whole. */
public final class PlainTopology {

    private PlainTopology() {}

    public static GenAiTopology of(
            Topics topics,
            Codec<CallResult> results,
            WireFormat format,
            int recordMaxBytes,
            Lanes lanes,
            CallEvents events,
            BatchSettings batches) {
        return new GenAiTopology(
                topics,
                WireCodecs.plain(format, results),
                recordMaxBytes,
                lanes,
                events,
                batches,
                TaskCounts.unknown(),
                new CallTraces(OpenTelemetry::noop),
                RequestLog.NONE);
    }
}
