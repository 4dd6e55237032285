package io.github.genaistreams.topology.topic;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.wire.Topics;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TaskCountsTest {

    private final TaskTopics responses = TaskTopics.ofApi(Topics.withDefaultPrefix(), "w", "responses");
    private final TaskTopics batches = TaskTopics.ofBatches(Topics.withDefaultPrefix(), "w");

    @Test
    void keepsABatchInItsPartitionWhateverTheTopicsOfBatchesAreGiven() {
        var counts = new TaskCounts(
                List.of(responses, batches),
                Map.of("genai.results", 8, "w-batch-states-changelog", 4, "genai.control", 3));

        assertThat(counts.ofBatches("genai.results", 8)).isEqualTo(4);
        assertThat(counts.ofBatches("genai.control", 6)).isEqualTo(3);
        assertThat(counts.ofBatches("genai.deltas", 5)).isEqualTo(5);
        assertThat(counts.called("responses", 7)).isEqualTo(7);
        counts.found(Map.of("genai.responses.requests", 9, "genai.responses.retries", 6));
        assertThat(counts.called("responses", 9)).isEqualTo(6);
        assertThat(counts.called("responses", 5)).isEqualTo(5);
    }

    @Test
    void tellsTheGroupOfNewPartitionsOnlyIfItHasNotTakenThemInByTheNextLook() {
        Map<String, Integer> two = Map.of("genai.responses.requests", 2, "w-responses-journal-changelog", 2);
        Map<String, Integer> half = Map.of("genai.responses.requests", 4, "w-responses-journal-changelog", 2);
        Map<String, Integer> four = Map.of("genai.responses.requests", 4, "w-responses-journal-changelog", 4);
        var counts = new TaskCounts(List.of(responses), two);

        counts.looked(half);
        counts.looked(half);
        assertThat(counts.takeRebalance()).isFalse();
        counts.looked(four);
        assertThat(counts.takeRebalance()).isFalse();
        counts.looked(four);
        assertThat(counts.takeRebalance()).isTrue();
        assertThat(counts.takeRebalance()).isFalse();
        counts.looked(four);
        counts.looked(four);
        assertThat(counts.takeRebalance()).isFalse();

        var assigned = new TaskCounts(List.of(responses), two);
        assigned.looked(four);
        assigned.assigned();
        assigned.looked(four);
        assertThat(assigned.takeRebalance()).isFalse();
        assertThat(assigned.of("responses")).isEqualTo(4);
    }

    @Test
    void takesEveryTopicAsItIsWhileNothingIsKnown() {
        var counts = TaskCounts.unknown();

        assertThat(counts.called("responses", 7)).isEqualTo(7);
        assertThat(counts.ofBatches("genai.results", 7)).isEqualTo(7);
        assertThat(counts.of("responses")).isZero();
        counts.looked(Map.of("genai.responses.requests", 9));
        counts.looked(Map.of("genai.responses.requests", 9));
        assertThat(counts.takeRebalance()).isFalse();
    }

    @Test
    void wantsNoRebalanceForATopicThatHasFewerPartitionsThanBefore() {
        var counts = new TaskCounts(List.of(responses), Map.of("genai.responses.requests", 4));

        counts.looked(Map.of("genai.responses.requests", 2));
        counts.looked(Map.of("genai.responses.requests", 2));
        assertThat(counts.takeRebalance()).isFalse();
        assertThat(counts.of("responses")).isEqualTo(4);
    }

    /** It may be that a check came while a topic was being given its partitions. */
    @Test
    void wantsNoRebalanceForPartitionsThatAreGoneAtTheNextLook() {
        Map<String, Integer> two = Map.of("genai.responses.requests", 2);
        Map<String, Integer> four = Map.of("genai.responses.requests", 4);
        var counts = new TaskCounts(List.of(responses), two);

        counts.looked(four);
        counts.looked(two);
        counts.looked(four);
        assertThat(counts.takeRebalance()).isFalse();
        assertThat(counts.of("responses")).isEqualTo(2);
        counts.looked(four);
        assertThat(counts.takeRebalance()).isTrue();
        assertThat(counts.of("responses")).isEqualTo(4);
    }
}
