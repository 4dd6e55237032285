package io.github.genaistreams.topology.topic;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.topology.BatchTopology;
import io.github.genaistreams.topology.batch.BatchSettings;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.Topics;
import io.github.genaistreams.wire.WireCodecs;
import io.github.genaistreams.wire.WireFormat;
import java.util.Map;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.TopologyDescription;
import org.junit.jupiter.api.Test;

class TaskTopicsTest {

    private final TaskTopics responses = TaskTopics.ofApi(Topics.withDefaultPrefix(), "w", "responses");
    private final TaskTopics batches = TaskTopics.ofBatches(Topics.withDefaultPrefix(), "w");

    @Test
    void hasAsManyTasksAsTheSmallestTopicThatExistsHasPartitions() {
        assertThat(responses.tasks(Map.of("genai.responses.requests", 4, "genai.responses.retries", 4)))
                .isEqualTo(4);
        assertThat(responses.tasks(Map.of(
                        "genai.responses.requests", 4,
                        "genai.responses.retries", 4,
                        "w-responses-journal-changelog", 2,
                        "genai.results", 1)))
                .isEqualTo(2);
        assertThat(responses.tasks(Map.of())).isZero();
    }

    @Test
    void saysWhatToRunForAnApiAndThatTheResultsCannotGrow() {
        assertThat(responses.advice(Map.of("genai.responses.requests", 4, "genai.responses.retries", 2)))
                .contains(
                        "genai.responses.requests 4, genai.responses.retries 2",
                        "the first 2 of each",
                        "nothing is lost")
                .contains("`genai topics grow --api responses --partitions 4`");
        assertThat(batches.advice(Map.of("genai.results", 4, "w-batch-states-changelog", 1)))
                .contains("genai.results 4", "the first one of each", "cannot be added")
                .doesNotContain("topics grow");
    }

    /** What Kafka Streams makes of the topology is what is counted. */
    @Test
    void namesTheSourcesAndStoresOfTheTopology() {
        var topics = Topics.withDefaultPrefix();
        var topology = new Topology();
        BatchTopology.addTo(
                topology,
                topics,
                BatchSettings.DEFAULTS,
                WireCodecs.plain(WireFormat.JSON, Codecs.CALL_RESULT),
                1 << 20,
                TaskCounts.unknown());

        assertThat(topology.describe().subtopologies()).hasSize(1).allSatisfy(part -> {
            assertThat(part.nodes().stream()
                            .filter(TopologyDescription.Source.class::isInstance)
                            .flatMap(node -> ((TopologyDescription.Source) node).topicSet().stream()))
                    .containsExactlyInAnyOrderElementsOf(batches.sources());
            assertThat(part.nodes().stream()
                            .filter(TopologyDescription.Processor.class::isInstance)
                            .flatMap(node -> ((TopologyDescription.Processor) node).stores().stream())
                            .map(store -> TaskTopics.changelog("w", store)))
                    .containsExactlyInAnyOrderElementsOf(batches.changelogs());
        });
    }
}
