package io.github.genaistreams.client;

import static io.github.genaistreams.client.BatchClientCase.prompts;
import static io.github.genaistreams.client.BatchClientCase.texts;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import io.github.genaistreams.MostlyWaits;
import io.github.genaistreams.client.read.ReadPosition;
import io.github.genaistreams.embedded.SharedKafka;
import io.github.genaistreams.model.BatchStatus.State;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.wire.BatchPartitioner;
import io.github.genaistreams.wire.WireFormat;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The results of a batch: in order or as they come, to their end. */
@Timeout(60)
class BatchReadingTest {

    @RegisterExtension
    static final SharedKafka KAFKA = new SharedKafka();

    private BatchClientCase test;

    @BeforeEach
    void start() throws Exception {
        test = new BatchClientCase(KAFKA.broker());
    }

    @AfterEach
    void close() {
        test.close();
    }

    @Test
    void givesResultsInOrderWhileTheyArriveOutOfOrder() throws Exception {
        var batch = test.client.submit(test.batchId, prompts(6));
        try (var results = batch.results()) {
            var reader = CompletableFuture.supplyAsync(() -> texts(results));

            test.worker.answers(test.batchId, 6, 3, 1);
            test.worker.failsToCommit(test.batchId, 6, 0, 2);
            test.worker.answers("another " + test.batchId, 1, 0);
            test.worker.answersWith("second", test.batchId, 6, 3, 1);
            test.worker.answers(test.batchId, 6, 5, 0);
            await().until(() -> batch.seen().received() == 4);
            test.worker.answers(test.batchId, 6, 4, 2);

            assertThat(reader.get(20, TimeUnit.SECONDS))
                    .containsExactly("answer 0", "answer 1", "answer 2", "answer 3", "answer 4", "answer 5");
            assertThat(results.finished()).isTrue();
            assertThat(results.duplicates()).isEqualTo(2);
        }
        var progress = batch.seen();
        assertThat(progress.done()).isTrue();
        assertThat(progress.usage().totalTokens()).isEqualTo(18);
        assertThat(progress.attempts()).isEqualTo(6);
        assertThat(batch.await(Duration.ZERO)).isTrue();
    }

    @Test
    void givesAnEarlyResultAtOnceWhenOrderDoesNotMatter() {
        var batch = test.client.submit(test.batchId, prompts(3));
        test.worker.answers(test.batchId, 3, 2);

        try (var results = batch.resultsAsCompleted()) {
            assertThat(results.next().index()).isEqualTo(2);
            assertThat(results.poll(Duration.ofMillis(50))).isEmpty();
            assertThat(results.finished()).isFalse();
        }
    }

    @Test
    void findsABatchThatAnotherClientSubmitted() {
        test.client.submit(test.batchId, prompts(3));
        test.client.close();
        test.worker.answers(test.batchId, 3, 2, 0, 1);

        try (var other = test.newClient(Map.of());
                var results = other.reattach(test.batchId).results()) {
            assertThat(texts(results)).containsExactly("answer 0", "answer 1", "answer 2");
        }
    }

    @Test
    void learnsTheSizeLateWhenOnlyTheLastResultHasIt() {
        test.worker.answers(test.batchId, null, 1, 0);
        test.worker.answers(test.batchId, 3, 2);

        var batch = test.client.reattach(test.batchId);

        assertThat(batch.await(Duration.ofSeconds(20))).isTrue();
        assertThat(batch.seen().size()).isEqualTo(3);
    }

    @MostlyWaits
    @Test
    void endsWhenOnlyTheWorkersKnowHowManyItemsThereAre() {
        test.worker.answers(test.batchId, null, 1, 0);
        try (var results = test.client.reattach(test.batchId).results()) {
            assertThat(results.next().index()).isZero();
            assertThat(results.next().index()).isEqualTo(1);
            assertThat(results.poll(Duration.ofMillis(50))).isEmpty();
            assertThat(results.finished()).isFalse();

            test.worker.says(test.batchId, State.COMPLETED, 2, 2, 0);

            assertThat(results.hasNext()).isFalse();
            assertThat(results.progress().done()).isTrue();
        }
        assertThat(test.client.reattach(test.batchId).await(Duration.ofSeconds(20)))
                .isTrue();
    }

    @MostlyWaits
    @Test
    void endsWhenACancelledBatchIsOverThoughItemsHaveNoResult() {
        test.worker.answers(test.batchId, 10, 4, 0);
        test.worker.says(test.batchId, State.CANCELLED, 10, 2, 0);

        try (var results = test.client.reattach(test.batchId).results()) {
            assertThat(texts(results)).containsExactly("answer 0", "answer 4");
            assertThat(results.missing()).hasToString("[1-3, 5-9]");
        }
        assertThat(test.client.reattach(test.batchId).await(Duration.ofSeconds(20)))
                .isTrue();
    }

    @Test
    void givesWhatTookThePlaceOfAFailureAndCountsWhatBothHaveCost() {
        test.worker.answers(test.batchId, 3, 0);
        test.worker.fails(test.batchId, 3, 1, 2);
        test.worker.answersAgain(test.batchId, 3, 2, true);
        test.worker.answersAgain(test.batchId, 3, 1, false);
        test.worker.answersAgain(test.batchId, 3, 1, true);
        test.worker.answersAgain(test.batchId, 3, 0, false);
        test.worker.answersAgain(test.batchId, 3, 1, false);

        try (var results = test.client.reattach(test.batchId).results()) {
            assertThat(texts(results)).containsExactly("answer 0", "again 1", "again 2");
            assertThat(results.progress().succeeded()).isEqualTo(3);
            assertThat(results.progress().failed()).isZero();
        }
        try (var many = test.client.results(List.of(test.client.reattach(test.batchId)))) {
            List<String> texts = new ArrayList<>();
            many.forEachRemaining(result -> texts.add(result.outputText()));
            assertThat(texts).containsExactly("answer 0", "again 1", "again 2");
        }
        try (var now = test.client.reattach(test.batchId).snapshot()) {
            assertThat(texts(now)).containsExactly("answer 0", "again 1", "again 2");
            assertThat(now.progress().attempts()).isEqualTo(8);
        }
    }

    @Test
    void correctsItsCountsWhenAResultIsReplacedThatWasTakenBefore() {
        var batch = test.client.reattach(test.batchId);
        test.worker.fails(test.batchId, 2, 0);
        try (var results = batch.results()) {
            assertThat(results.next().success()).isFalse();
            test.worker.answersAgain(test.batchId, 2, 0, true);
            test.worker.answers(test.batchId, 2, 1);

            assertThat(results.next().index()).isEqualTo(1);
            assertThat(results.hasNext()).isFalse();
            assertThat(results.progress().succeeded()).isEqualTo(2);
            assertThat(results.progress().attempts()).isEqualTo(3);
        }
        assertThat(batch.seen().succeeded()).isEqualTo(2);
        assertThat(batch.seen().failed()).isZero();
    }

    @Test
    void keepsTheOrderOfABatchWhoseItemsAreMostlyReadAgainWhenTheyAreDue() {
        int size = 3_000;
        int[] order = IntStream.range(0, size).toArray();
        Random random = new Random(7);
        // Neighbours change places, and the first comes last.
        for (int i = 1; i < size - 20; i++) {
            int other = i + random.nextInt(20);
            int kept = order[i];
            order[i] = order[other];
            order[other] = kept;
        }
        test.worker.answers(
                test.batchId, size, IntStream.range(1, size).map(i -> order[i]).toArray());
        test.worker.answers(test.batchId, size, 0);

        try (var small = new BatchClient(test.clientSettings(Map.of()), test.topics, WireFormat.JSON, null, 10_000);
                var results = small.reattach(test.batchId).results()) {
            assertThat(results.stream().map(CallResult::outputText))
                    .containsExactlyElementsOf(IntStream.range(0, size)
                            .mapToObj(index -> "answer " + index)
                            .toList());
        }
    }

    @Test
    void goesOnFromThePositionOfAnEarlierReadingInAnotherProcess() {
        test.worker.answers(test.batchId, 6, 3, 0, 1, 5);
        String position;
        try (var results = test.client.reattach(test.batchId).results()) {
            assertThat(results.next().index()).isZero();
            position = results.position().toString();
            assertThat(results.next().index()).isEqualTo(1);
        }
        test.worker.answers(test.batchId, 6, 2, 4);

        try (var other = new BatchClient(test.clientSettings(Map.of()), test.topics, WireFormat.JSON);
                var results = other.reattach(test.batchId).results(ReadPosition.parse(position))) {
            assertThat(results.stream().map(CallResult::index)).containsExactly(1, 2, 3, 4, 5);
            assertThat(results.progress().received()).isEqualTo(6);
            assertThat(results.duplicates()).isZero();
            // All of it was taken, so nothing is left.
            try (var none = other.reattach(test.batchId).resultsAsCompleted(results.position())) {
                assertThat(none.hasNext()).isFalse();
            }
        }
    }

    @Test
    void refusesThePositionOfAnotherBatch() {
        test.worker.answers(test.batchId, 1, 0);
        ReadPosition position;
        try (var results = test.client.reattach(test.batchId).results()) {
            results.next();
            position = results.position();
        }

        assertThatThrownBy(() -> test.client.reattach("another").results(position))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("the position belongs to batch " + test.batchId)
                .hasMessageContaining("not to batch another");
    }

    /** Results of the other batch come all the time, so that no poll is empty. */
    @Test
    void endsABatchThatIsOverWhileAnotherOneIsLively() {
        test.worker.answers(test.batchId, 3, 0);
        test.worker.says(test.batchId, State.CANCELLED, 3, 1, 0);
        int partition = BatchPartitioner.partition(test.batchId, BatchClientCase.PARTITIONS);
        String other = IntStream.range(0, 1_000)
                .mapToObj(i -> "lively " + i)
                .filter(id -> BatchPartitioner.partition(id, BatchClientCase.PARTITIONS) == partition)
                .findFirst()
                .orElseThrow();
        var stop = new AtomicBoolean();
        var lively = CompletableFuture.runAsync(() -> {
            for (int index = 0; !stop.get(); index++) {
                test.worker.answers(other, 1_000_000, index);
            }
        });
        try (var results = test.client.reattach(test.batchId).results()) {
            assertThat(results.stream().map(CallResult::index)).containsExactly(0);
        } finally {
            stop.set(true);
            lively.join();
        }
    }

    /** Reading them again one by one took minutes. */
    @Test
    void soonHasReadABatchWhoseNeighboursAreFarApartOnTheTopic() {
        int size = 20_000;
        for (int residue = 3; residue >= 0; residue--) {
            int first = residue;
            test.worker.answers(
                    test.batchId,
                    size,
                    IntStream.iterate(first, index -> index < size, index -> index + 4)
                            .toArray());
        }

        try (var small = new BatchClient(test.clientSettings(Map.of()), test.topics, WireFormat.JSON, null, 10_000);
                var results = small.reattach(test.batchId).results()) {
            assertTimeout(Duration.ofSeconds(30), () -> assertThat(
                            results.stream().map(CallResult::index))
                    .containsExactlyElementsOf(IntStream.range(0, size).boxed().toList()));
        }
    }

    @MostlyWaits
    @Test
    void goesOnAwaitingWhereItStopped() {
        var batch = test.client.submit(test.batchId, prompts(3));
        test.worker.answers(test.batchId, 3, 0);
        assertThat(batch.await(Duration.ofSeconds(2))).isFalse();
        assertThat(batch.missing()).hasToString("[1-2]");

        test.worker.answers(test.batchId, 3, 2, 1);

        assertThat(batch.await(Duration.ofSeconds(20))).isTrue();
    }

    @Test
    void returnsExistingResultsAndNamesTheMissingOnes() {
        test.worker.answers(test.batchId, 10, 7, 1, 2);
        test.worker.failsToCommit(test.batchId, 10, 0);

        try (var results = test.client.reattach(test.batchId).snapshot()) {
            assertThat(texts(results)).containsExactly("answer 1", "answer 2", "answer 7");
            assertThat(results.missing()).hasToString("[0, 3-6, 8-9]");
            assertThat(results.progress().done()).isFalse();
        }
    }

    @Test
    void givesAnEmptySnapshotOfAnUnknownBatch() {
        try (var results = test.client.reattach(test.batchId).snapshot()) {
            assertThat(results.hasNext()).isFalse();
            assertThat(results.progress().size()).isNull();
        }
    }

    @Test
    void endsAWaitingReaderSoonAfterClose() throws Exception {
        var batch = test.client.submit(test.batchId, prompts(2));
        var results = batch.results();
        var started = new CompletableFuture<Void>();
        var reader = CompletableFuture.supplyAsync(() -> {
            started.complete(null);
            return results.hasNext();
        });
        started.get(5, TimeUnit.SECONDS);

        long start = System.nanoTime();
        test.client.close();

        assertThat(reader.get(5, TimeUnit.SECONDS)).isFalse();
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(1));
        assertThat(results.finished()).isTrue();
        assertThatThrownBy(batch::results).hasMessage("this client is closed");
    }

    @Test
    void respectsATimeOut() {
        try (var results = test.client.submit(test.batchId, prompts(2)).results()) {
            Instant start = Instant.now();

            assertThat(results.poll(Duration.ofMillis(300))).isEmpty();

            assertThat(Duration.between(start, Instant.now()))
                    .isBetween(Duration.ofMillis(290), Duration.ofMillis(800));
        }
    }
}
