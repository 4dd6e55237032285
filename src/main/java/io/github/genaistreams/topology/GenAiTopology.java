package io.github.genaistreams.topology;

import io.github.genaistreams.flow.Lanes;
import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.topology.batch.BatchSettings;
import io.github.genaistreams.topology.call.AcceptedJobs;
import io.github.genaistreams.topology.call.Answered;
import io.github.genaistreams.topology.call.ApiBinding;
import io.github.genaistreams.topology.call.CallEvents;
import io.github.genaistreams.topology.call.CallProcessor;
import io.github.genaistreams.topology.call.CallTraces;
import io.github.genaistreams.topology.call.Controls;
import io.github.genaistreams.topology.call.HeapRoom;
import io.github.genaistreams.topology.call.InputTopic;
import io.github.genaistreams.topology.call.Journal;
import io.github.genaistreams.topology.call.OpenOffsets;
import io.github.genaistreams.topology.call.Outbox;
import io.github.genaistreams.topology.call.PresentTime;
import io.github.genaistreams.topology.call.RequestLog;
import io.github.genaistreams.topology.call.Sinks;
import io.github.genaistreams.topology.topic.TaskCounts;
import io.github.genaistreams.topology.topic.TaskTopics;
import io.github.genaistreams.wire.BatchPartitioner;
import io.github.genaistreams.wire.Codec;
import io.github.genaistreams.wire.ItemKeys;
import io.github.genaistreams.wire.Topics;
import io.github.genaistreams.wire.WireCodecs;
import io.github.genaistreams.wire.WireFormat;
import io.opentelemetry.api.OpenTelemetry;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.AutoOffsetReset;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.StreamPartitioner;

/**
 * The path of a record, once for every API:
 *
 * <pre>
 *   genai.responses.requests ─┐                    ┌─▶ genai.results       by batch ID: a batch is one partition
 *                             ├─▶ CallProcessor ───┼─▶ genai.deltas        streamed text, if asked for
 *                             │                    ├─▶ genai.dead-letters  what could not be read
 *   genai.responses.retries ──┘    + open items    └─▶ genai.responses.retries  same partition as the request
 *            ▲                                               │
 *            └───────────────────────────────────────────────┘
 * </pre>
 *
 * Facts about a batch that are not results (its dead letters and repeats) go to {@code genai.batch-notes}.
 *
 * A request record that holds a whole batch is split. Its items go back to its topic, over all partitions, in the
 * transaction that reads the record.
 *
 * {@link BatchTopology} turns results into statuses of batches; {@link Controls} applies what users request for a
 * batch.
 *
 * <p>The request topic, the urgent topic and the retry topic of an API have the same number of partitions. Partition p
 * of all three is one task.
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
     * Without schema registry, traces and topic growth, and with every open request journaled whole; otherwise as the
     * other constructor.
     */
    public GenAiTopology(
            Topics topics,
            Codec<CallResult> results,
            WireFormat format,
            int recordMaxBytes,
            Lanes lanes,
            CallEvents events,
            BatchSettings batches) {
        this(
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
        HeapRoom room = HeapRoom.ofThisProcess();
        apis.forEach(api -> add(api, room, topology));
        BatchTopology.addTo(topology, topics, batches, codecs, recordMaxBytes + Outbox.ENVELOPE_BYTES, counts);
        return topology;
    }

    private static void resume(Collection<ApiBinding<?>> apis, String credential) {
        apis.forEach(api -> api.governors().resume(credential, System.currentTimeMillis()));
    }

    /**
     * Each API has its own sinks: a sink shared by two processors would merge the partitions of both APIs into one
     * task.
     */
    private <Q extends ApiRequest> void add(ApiBinding<Q> api, HeapRoom room, Topology topology) {
        String calls = api.api() + "-calls";
        String requests = topics.requests(api.api());
        String retries = topics.retries(api.api());
        Outbox<Q> outbox = new Outbox<>(api, codecs, recordMaxBytes);
        // One per process, for all incarnations of all tasks.
        var accepted = new AcceptedJobs();
        String urgent = topics.urgent(api.api());
        var names = new InputTopic.Names(requests, retries, urgent);
        var bytes = new ByteArrayDeserializer();

        topology.addSource(api.api() + "-requests", bytes, bytes, requests)
                .addSource((AutoOffsetReset) null, api.api() + "-retries-in", PresentTime.FIRST, bytes, bytes, retries)
                .addSource((AutoOffsetReset) null, api.api() + "-urgent", PresentTime.URGENT, bytes, bytes, urgent)
                .addProcessor(
                        api.api() + "-incoming",
                        PresentTime::ofRequestsAndRetries,
                        api.api() + "-requests",
                        api.api() + "-retries-in")
                .addProcessor(api.api() + "-urgent-incoming", PresentTime::ofUrgent, api.api() + "-urgent")
                .addProcessor(
                        calls,
                        () -> new CallProcessor<>(
                                api,
                                names,
                                outbox,
                                lanes,
                                events.of(api.api()),
                                traces,
                                batches.dedupRetention(),
                                accepted,
                                log,
                                room,
                                new SplittableRandom()),
                        api.api() + "-incoming",
                        api.api() + "-urgent-incoming")
                .addStateStore(Journal.store(api.api(), recordMaxBytes + Outbox.ENVELOPE_BYTES), calls)
                .addStateStore(OpenOffsets.store(api.api(), recordMaxBytes + Outbox.ENVELOPE_BYTES), calls)
                .addStateStore(Answered.store(api.api(), batches.dedupRetention()), calls)
                .addSink(
                        Sinks.results(api.api()),
                        topics.results(),
                        itemKey(),
                        new ByteArraySerializer(),
                        byBatch(),
                        calls)
                .addSink(
                        Sinks.deltas(api.api()),
                        topics.deltas(),
                        itemKey(),
                        new ByteArraySerializer(),
                        byBatch(),
                        calls)
                .addSink(
                        Sinks.items(api.api()),
                        requests,
                        itemKey(),
                        new ByteArraySerializer(),
                        byIndex(api.api()),
                        calls)
                .addSink(
                        Sinks.urgentItems(api.api()),
                        urgent,
                        itemKey(),
                        new ByteArraySerializer(),
                        byIndex(api.api()),
                        calls)
                .addSink(Sinks.retries(api.api()), retries, itemKey(), routedRetry(), asRouted(), calls)
                .addSink(
                        Sinks.notes(api.api()),
                        topics.batchNotes(),
                        new StringSerializer(),
                        new ByteArraySerializer(),
                        BatchTopology.byBatchId(counts),
                        calls)
                .addSink(
                        Sinks.deadLetters(api.api()),
                        topics.deadLetters(),
                        new ByteArraySerializer(),
                        new ByteArraySerializer(),
                        calls);
    }

    /** The topics that hold this API's open items: those of the journal and of the offsets. */
    public static List<String> changelogs(String applicationId, String api) {
        return List.of(changelog(applicationId, api), TaskTopics.changelog(applicationId, OpenOffsets.name(api)));
    }

    /** The topic in which Kafka Streams keeps the journal of this API. */
    public static String changelog(String applicationId, String api) {
        return TaskTopics.changelog(applicationId, Journal.name(api));
    }

    private static Serializer<ItemKey> itemKey() {
        return (topic, key) -> key == null ? null : ItemKeys.encode(key);
    }

    private static Serializer<Outbox.RoutedRetry> routedRetry() {
        return (topic, retry) -> retry == null ? null : retry.value();
    }

    private StreamPartitioner<ItemKey, byte[]> byBatch() {
        return (topic, key, value, partitions) ->
                Optional.of(Set.of(BatchPartitioner.partition(key.batchId(), counts.ofBatches(topic, partitions))));
    }

    /**
     * A batch's items are spread over the active partitions, since the number of calls at once is limited per
     * partition.
     */
    private StreamPartitioner<ItemKey, byte[]> byIndex(String api) {
        return (topic, key, value, partitions) -> Optional.of(Set.of(key.index() % counts.called(api, partitions)));
    }

    private static StreamPartitioner<ItemKey, Outbox.RoutedRetry> asRouted() {
        return (topic, key, retry, partitions) -> Optional.of(Set.of(retry.partition()));
    }
}
