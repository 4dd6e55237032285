package io.github.genaistreams.topology;

import io.github.genaistreams.flow.Lanes;
import io.github.genaistreams.topology.batch.BatchSettings;
import io.github.genaistreams.topology.call.ApiBinding;
import io.github.genaistreams.topology.call.CallEvents;
import io.github.genaistreams.topology.call.CallTraces;
import io.github.genaistreams.topology.call.Controls;
import io.github.genaistreams.topology.call.HeapRoom;
import io.github.genaistreams.topology.call.Journal;
import io.github.genaistreams.topology.call.OpenOffsets;
import io.github.genaistreams.topology.call.Outbox;
import io.github.genaistreams.topology.call.RequestLog;
import io.github.genaistreams.topology.topic.TaskCounts;
import io.github.genaistreams.topology.topic.TaskTopics;
import io.github.genaistreams.wire.Topics;
import io.github.genaistreams.wire.WireCodecs;
import java.util.Collection;
import java.util.List;
import org.apache.kafka.streams.Topology;

/**
 * The path of a record: {@link CallTopology} calls the APIs, {@link BatchTopology} turns results into statuses of
 * batches, and {@link Controls} applies what users request for a batch.
 *
 * <pre>
 *   requests ──▶ CallTopology, once for each API ──▶ results ──▶ BatchTopology ──▶ statuses, ordered results
 *                    ▲                                               │
 *   control ─────────┴── Controls ◀──── a batch's bound is reached ──┘
 * </pre>
 *
 * Facts about a batch that are not results (its dead letters and repeats) go to {@code genai.batch-notes}.
 */
public final class GenAiTopology {

    private final Topics topics;
    private final WireCodecs codecs;
    private final int recordMaxBytes;
    private final Lanes lanes;
    private final CallEvents events;
    private final BatchSettings batches;
    private final TaskCounts counts;
    private final CallTraces traces;
    private final RequestLog log;

    /**
     * @param codecs         how records are written and read
     * @param recordMaxBytes largest request and result
     * @param lanes          where each task registers its lane
     * @param events         receives all events
     * @param batches        settings of batches
     * @param counts         number of partitions over which written records are spread
     * @param traces         creates spans of calls
     * @param log            the topics that keep requests, which need not be journaled then
     */
    public GenAiTopology(
            Topics topics,
            WireCodecs codecs,
            int recordMaxBytes,
            Lanes lanes,
            CallEvents events,
            BatchSettings batches,
            TaskCounts counts,
            CallTraces traces,
            RequestLog log) {
        this.topics = topics;
        this.codecs = codecs;
        this.recordMaxBytes = recordMaxBytes;
        this.lanes = lanes;
        this.events = events;
        this.batches = batches;
        this.counts = counts;
        this.traces = traces;
        this.log = log;
    }

    /** The topology for these APIs: one part for each. The parts share only the topics that they write to. */
    public Topology build(Collection<ApiBinding<?>> apis) {
        Topology topology = new Topology();
        Controls.addTo(topology, topics.control(), codecs.writers(), credential -> resume(apis, credential));
        var calls = new CallTopology(
                topics,
                codecs,
                recordMaxBytes,
                lanes,
                events,
                batches.dedupRetention(),
                counts,
                traces,
                log,
                HeapRoom.ofThisProcess());
        apis.forEach(api -> calls.addTo(topology, api));
        BatchTopology.addTo(topology, topics, batches, codecs, recordMaxBytes + Outbox.ENVELOPE_BYTES, counts);
        return topology;
    }

    private static void resume(Collection<ApiBinding<?>> apis, String credential) {
        apis.forEach(api -> api.governors().resume(credential, System.currentTimeMillis()));
    }

    /** The topics that hold this API's open items: those of the journal and of the offsets. */
    public static List<String> changelogs(String applicationId, String api) {
        return List.of(changelog(applicationId, api), TaskTopics.changelog(applicationId, OpenOffsets.name(api)));
    }

    /** The topic in which Kafka Streams keeps the journal of this API. */
    public static String changelog(String applicationId, String api) {
        return TaskTopics.changelog(applicationId, Journal.name(api));
    }
}
