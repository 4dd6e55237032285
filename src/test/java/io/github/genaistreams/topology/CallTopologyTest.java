package io.github.genaistreams.topology;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.flow.Lanes;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.topology.batch.BatchSettings;
import io.github.genaistreams.topology.call.ApiBinding;
import io.github.genaistreams.topology.call.CallEvents;
import io.github.genaistreams.topology.call.CallTraces;
import io.github.genaistreams.topology.call.HeapRoom;
import io.github.genaistreams.topology.call.Outbox;
import io.github.genaistreams.topology.call.RequestLog;
import io.github.genaistreams.topology.call.Sinks;
import io.github.genaistreams.topology.topic.TaskCounts;
import io.github.genaistreams.topology.topic.TaskTopics;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.RequestDecoder;
import io.github.genaistreams.wire.Topics;
import io.github.genaistreams.wire.WireCodecs;
import io.github.genaistreams.wire.WireFormat;
import io.opentelemetry.api.OpenTelemetry;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.TopologyDescription;
import org.apache.kafka.streams.processor.StreamPartitioner;
import org.junit.jupiter.api.Test;

class CallTopologyTest {

    private static final byte[] BYTES = {};

    private final Topics topics = Topics.withDefaultPrefix();
    private final List<TaskTopics> parts =
            List.of(TaskTopics.ofApi(topics, "w", "responses"), TaskTopics.ofBatches(topics, "w"));
    private final Recorded topology = new Recorded();

    CallTopologyTest() {
        // Of the eight partitions of requests, six are tasks.
        var counts = new TaskCounts(
                parts, Map.of("genai.responses.requests", 8, "genai.responses.retries", 6, "genai.results", 4));
        var calls = new CallTopology(
                topics,
                WireCodecs.plain(WireFormat.JSON, Codecs.CALL_RESULT),
                1 << 20,
                new Lanes(),
                CallEvents.NONE,
                BatchSettings.DEFAULTS.dedupRetention(),
                counts,
                new CallTraces(OpenTelemetry::noop),
                RequestLog.NONE,
                HeapRoom.ofThisProcess());
        calls.addTo(
                topology,
                new ApiBinding<>(
                        "responses",
                        RequestDecoder.responses(),
                        Codecs.RESPONSES_REQUEST,
                        Codecs.RESPONSES_RETRY,
                        null,
                        null,
                        null,
                        null,
                        false));
        calls.addTo(
                topology,
                new ApiBinding<>(
                        "documents",
                        RequestDecoder.documents(),
                        Codecs.DOCUMENT_REQUEST,
                        Codecs.DOCUMENT_RETRY,
                        null,
                        null,
                        null,
                        null,
                        false));
    }

    /** Keeps the partitioners of its sinks, of which a description says nothing. */
    private static final class Recorded extends Topology {

        final Map<String, StreamPartitioner<Object, Object>> partitioners = new HashMap<>();

        @Override
        @SuppressWarnings("unchecked")
        public synchronized <K, V> Topology addSink(
                String name,
                String topic,
                Serializer<K> keys,
                Serializer<V> values,
                StreamPartitioner<? super K, ? super V> partitioner,
                String... parents) {
            partitioners.put(name, (StreamPartitioner<Object, Object>) partitioner);
            return super.addSink(name, topic, keys, values, partitioner, parents);
        }
    }

    private int partition(String sink, String topic, Object key, Object value, int partitions) {
        Optional<Set<Integer>> chosen = topology.partitioners.get(sink).partitions(topic, key, value, partitions);
        assertThat(chosen.orElseThrow()).hasSize(1);
        return chosen.get().iterator().next();
    }

    @Test
    void makesOnePartOfTheTopicsAndStoresOfEachApi() {
        var description = topology.describe();

        assertThat(description.subtopologies()).hasSize(2);
        for (String api : List.of("responses", "documents")) {
            TaskTopics expected = TaskTopics.ofApi(topics, "w", api);
            assertThat(description.subtopologies())
                    .filteredOn(part -> sources(part).containsAll(expected.sources()))
                    .singleElement()
                    .satisfies(part -> {
                        assertThat(sources(part)).hasSameSizeAs(expected.sources());
                        assertThat(part.nodes().stream()
                                        .filter(TopologyDescription.Processor.class::isInstance)
                                        .flatMap(node -> ((TopologyDescription.Processor) node).stores().stream())
                                        .map(store -> TaskTopics.changelog("w", store)))
                                .containsExactlyInAnyOrderElementsOf(expected.changelogs());
                    });
        }
    }

    private static List<String> sources(TopologyDescription.Subtopology part) {
        return part.nodes().stream()
                .filter(TopologyDescription.Source.class::isInstance)
                .flatMap(node -> ((TopologyDescription.Source) node).topicSet().stream())
                .toList();
    }

    @Test
    void writesToTheTopicsOfItsOwnApiAndToThoseOfAll() {
        Map<String, String> sinks = new HashMap<>();
        topology.describe().subtopologies().stream()
                .flatMap(part -> part.nodes().stream())
                .filter(TopologyDescription.Sink.class::isInstance)
                .map(TopologyDescription.Sink.class::cast)
                .forEach(sink -> sinks.put(sink.name(), sink.topic()));

        assertThat(sinks)
                .hasSize(14)
                .containsEntry(Sinks.results("documents"), "genai.results")
                .containsEntry(Sinks.deltas("documents"), "genai.deltas")
                .containsEntry(Sinks.items("documents"), "genai.documents.requests")
                .containsEntry(Sinks.urgentItems("documents"), "genai.documents.requests.urgent")
                .containsEntry(Sinks.retries("documents"), "genai.documents.retries")
                .containsEntry(Sinks.notes("documents"), "genai.batch-notes")
                .containsEntry(Sinks.deadLetters("documents"), "genai.dead-letters")
                .containsEntry(Sinks.retries("responses"), "genai.responses.retries");
    }

    /** The calls at once are limited per partition, and a partition without a task is read by nobody. */
    @Test
    void spreadsTheItemsOfABatchOverThePartitionsThatAreTasks() {
        for (String sink : List.of(Sinks.items("responses"), Sinks.urgentItems("responses"))) {
            assertThat(partition(sink, "any", new ItemKey("b", 5), BYTES, 8)).isEqualTo(5);
            assertThat(partition(sink, "any", new ItemKey("b", 6), BYTES, 8)).isZero();
            assertThat(partition(sink, "any", new ItemKey("other", 13), BYTES, 8))
                    .isEqualTo(1);
        }
        assertThat(partition(Sinks.items("documents"), "any", new ItemKey("b", 7), BYTES, 8))
                .as("of an API whose tasks are not known")
                .isEqualTo(7);
    }

    @Test
    void sendsARetryToThePartitionOfItsRequest() {
        assertThat(partition(
                        Sinks.retries("responses"), "any", new ItemKey("b", 0), new Outbox.RoutedRetry(7, BYTES), 8))
                .isEqualTo(7);
    }

    @Test
    void sendsAllOfABatchToOnePartition() {
        int results = partition(Sinks.results("responses"), "genai.results", new ItemKey("b", 0), BYTES, 4);

        assertThat(partition(Sinks.results("documents"), "genai.results", new ItemKey("b", 77), BYTES, 4))
                .isEqualTo(results);
        assertThat(partition(Sinks.notes("responses"), "genai.batch-notes", "b", BYTES, 4))
                .isEqualTo(results);
        assertThat(partition(Sinks.deltas("responses"), "genai.deltas", new ItemKey("b", 3), BYTES, 4))
                .isEqualTo(partition(Sinks.deltas("responses"), "genai.deltas", new ItemKey("b", 4), BYTES, 4));
    }
}
