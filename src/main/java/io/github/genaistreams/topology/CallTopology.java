package io.github.genaistreams.topology;

import io.github.genaistreams.flow.Lanes;
import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.topology.call.AcceptedJobs;
import io.github.genaistreams.topology.call.AnsweredItems;
import io.github.genaistreams.topology.call.ApiBinding;
import io.github.genaistreams.topology.call.CallEvents;
import io.github.genaistreams.topology.call.CallProcessor;
import io.github.genaistreams.topology.call.CallTraces;
import io.github.genaistreams.topology.call.HeapRoom;
import io.github.genaistreams.topology.call.InputTopic;
import io.github.genaistreams.topology.call.Journal;
import io.github.genaistreams.topology.call.OpenOffsets;
import io.github.genaistreams.topology.call.Outbox;
import io.github.genaistreams.topology.call.PresentTime;
import io.github.genaistreams.topology.call.RequestLog;
import io.github.genaistreams.topology.call.Sinks;
import io.github.genaistreams.topology.topic.TaskCounts;
import io.github.genaistreams.wire.ItemKeys;
import io.github.genaistreams.wire.Topics;
import io.github.genaistreams.wire.WireCodecs;
import java.time.Duration;
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
 * The part of the topology that calls one API:
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
 * <p>A request record that holds a whole batch is split. Its items go back to its topic, over all partitions, in the
 * transaction that reads the record.
 *
 * <p>The request topic, the urgent topic and the retry topic of an API have the same number of partitions. Partition p
 * of all three is one task.
 *
 * <p>Each API has its own sinks: a sink shared by two processors would merge the partitions of both APIs into one task.
 *
 * @param codecs         how records are written and read
 * @param recordMaxBytes maximum size of a request and of a result
 * @param lanes          where each task registers its lane
 * @param events         receives all events
 * @param dedupRetention how long an answered item is remembered
 * @param counts         number of partitions over which written records are spread
 * @param traces         creates spans of calls
 * @param log            the topics that keep requests, so that these need not be journaled
 * @param room           heap of the process
 */
record CallTopology(
        Topics topics,
        WireCodecs codecs,
        int recordMaxBytes,
        Lanes lanes,
        CallEvents events,
        Duration dedupRetention,
        TaskCounts counts,
        CallTraces traces,
        RequestLog log,
        HeapRoom room) {

    /** Adds the part of this API. */
    <Q extends ApiRequest> void addTo(Topology topology, ApiBinding<Q> api) {
        String calls = api.api() + "-calls";
        String requests = topics.requests(api.api());
        String retries = topics.retries(api.api());
        Outbox<Q> outbox = new Outbox<>(api, codecs, recordMaxBytes);
        // One for the process: all incarnations of all tasks share it.
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
                                dedupRetention,
                                accepted,
                                log,
                                room,
                                new SplittableRandom()),
                        api.api() + "-incoming",
                        api.api() + "-urgent-incoming")
                .addStateStore(Journal.store(api.api(), recordMaxBytes + Outbox.ENVELOPE_BYTES), calls)
                .addStateStore(OpenOffsets.store(api.api(), recordMaxBytes + Outbox.ENVELOPE_BYTES), calls)
                .addStateStore(AnsweredItems.store(api.api(), dedupRetention), calls)
                .addSink(
                        Sinks.results(api.api()),
                        topics.results(),
                        itemKey(),
                        new ByteArraySerializer(),
                        BatchTopology.byBatch(counts),
                        calls)
                .addSink(
                        Sinks.deltas(api.api()),
                        topics.deltas(),
                        itemKey(),
                        new ByteArraySerializer(),
                        BatchTopology.byBatch(counts),
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

    private static Serializer<ItemKey> itemKey() {
        return (topic, key) -> key == null ? null : ItemKeys.encode(key);
    }

    private static Serializer<Outbox.RoutedRetry> routedRetry() {
        return (topic, retry) -> retry == null ? null : retry.value();
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
