package io.github.genaistreams.topology.batch;

import static io.github.genaistreams.topology.batch.CountedBatch.NOW;
import static io.github.genaistreams.topology.batch.CountedBatch.result;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.model.BatchControl;
import io.github.genaistreams.model.BatchNote;
import io.github.genaistreams.model.BatchStatus;
import io.github.genaistreams.model.BatchStatus.State;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.Usage;
import io.github.genaistreams.topology.batch.ResultTally.Occurrence;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class BatchStateTest {

    private final CountedBatch test = new CountedBatch();

    /** In any order, with repeats, with the size told by any of them, and read back from the store at any time. */
    @Property(tries = 200)
    void countsEachIndexOnceInWhateverOrderResultsCome(
            @ForAll @IntRange(min = 1, max = 9000) int size, @ForAll long seed) {
        test.chunks.clear();
        test.batch = new BatchState("b", "responses");
        Random random = new Random(seed);
        int teller = random.nextInt(size);
        List<Integer> arrivals = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            arrivals.add(i);
            if (random.nextInt(10) == 0) {
                arrivals.add(i);
            }
        }
        Collections.shuffle(arrivals, random);
        int failures = 0;
        for (int i = 0; i < size; i++) {
            failures += i % 7 == 3 ? 1 : 0;
        }
        for (int at = 0; at < arrivals.size(); at++) {
            int index = arrivals.get(at);
            test.take(result(index, index == teller ? size : null, index % 7 == 3 ? "rate_limit" : null), false);
            if (random.nextInt(200) == 0) {
                test.batch = BatchStateCodec.decode(BatchStateCodec.encode(test.batch));
            }
        }

        BatchStatus status = test.batch.status();
        assertThat(status.state()).isEqualTo(State.COMPLETED);
        assertThat(status.total()).isEqualTo(size);
        assertThat(status.failed()).isEqualTo(failures);
        assertThat(status.succeeded()).isEqualTo(size - failures);
        assertThat(status.duplicates()).isEqualTo(arrivals.size() - size);
        assertThat(status.failures()).isEqualTo(failures == 0 ? Map.of() : Map.of("rate_limit", (long) failures));
        assertThat(status.cost())
                .isEqualByComparingTo(new BigDecimal("0.000001").multiply(new BigDecimal(arrivals.size())));
        assertThat(status.usage().totalTokens()).isEqualTo(3L * arrivals.size());
    }

    @Test
    void isNotCompleteBeforeItsSizeIsKnown() {
        test.take(result(0, null, null), false);
        test.take(result(1, null, null), false);
        assertThat(test.batch.status().state()).isEqualTo(State.RUNNING);
        assertThat(test.batch.status().total()).isNull();

        test.batch.take(BatchControl.of("b").withBatchSize(2), NOW);

        assertThat(test.batch.status().state()).isEqualTo(State.COMPLETED);
        assertThat(test.batch.isPublished()).isFalse();
    }

    @Test
    void waitsForTheHighestIndexWhenSizesDisagree() {
        test.take(result(0, 1, null), false);
        assertThat(test.batch.isComplete()).isTrue();
        test.take(result(4, 3, null), false);

        assertThat(test.batch.status().total()).isEqualTo(5);
        assertThat(test.batch.isComplete()).isFalse();
        assertThat(test.batch.status().completedAt()).isNull();
    }

    @Test
    void countsTheLatestResultOfAnItemThatWasSubmittedAgainAndTheMoneyOfBoth() {
        test.take(result(0, 2, "server_error"), false);
        test.take(result(1, 2, "rate_limit"), false);
        assertThat(test.batch.status().failures()).containsOnlyKeys("server_error", "rate_limit");

        Occurrence first = test.take(result(0, 2, null), true);
        Occurrence second = test.take(result(1, 2, "server_error"), true);

        assertThat(first).isEqualTo(Occurrence.REPLACEMENT);
        assertThat(second).isEqualTo(Occurrence.REPLACEMENT);
        assertThat(test.batch.status().succeeded()).isEqualTo(1);
        assertThat(test.batch.status().failed()).isEqualTo(1);
        assertThat(test.batch.status().failures()).isEqualTo(Map.of("server_error", 1L));
        assertThat(test.batch.status().replaced()).isEqualTo(2);
        assertThat(test.batch.status().cost()).isEqualByComparingTo("0.000004");
        assertThat(test.batch.status().attempts()).isEqualTo(4);
        assertThat(test.batch.isComplete()).isTrue();
    }

    @Test
    void takesAResultThatWasSubmittedAgainForTheFirstIfThereIsNone() {
        assertThat(test.take(result(0, 1, null), true)).isEqualTo(Occurrence.FIRST);
        assertThat(test.batch.status().replaced()).isZero();
    }

    @Test
    void isOverBudgetOnceForEachBound() {
        BatchControl bound = BatchControl.of("b").withBudget(new BigDecimal("0.000002"), null);
        test.batch.take(bound, NOW);
        test.take(result(0, 5, null), false);
        assertThat(test.batch.isOverBudget()).isFalse();
        test.take(result(1, 5, null), false);
        assertThat(test.batch.isOverBudget()).isTrue();

        test.batch.budgetSpent(NOW);
        // What it has said has not come back to it yet.
        test.batch.take(bound, NOW);
        assertThat(test.batch.isOverBudget()).isFalse();
        assertThat(test.batch.status().stopped()).isEqualTo("budget_exceeded");

        BatchControl raised = BatchControl.of("b").withBudget(new BigDecimal("0.000003"), null);
        test.batch.take(raised, NOW);
        assertThat(test.batch.status().stopped()).isNull();
        assertThat(test.batch.isOverBudget()).isFalse();
        test.take(result(2, 5, null), false);
        assertThat(test.batch.isOverBudget()).isTrue();

        test.batch.budgetSpent(NOW);
        for (int i = 3; i < 5; i++) {
            test.take(result(i, 5, "budget_exceeded"), false);
        }
        assertThat(test.batch.status().state()).isEqualTo(State.CANCELLED);
        assertThat(test.batch.status().stopped()).isEqualTo("budget_exceeded");
    }

    @Test
    void countsTheMoneyOfAResultThatComesAgain() {
        test.batch.take(BatchControl.of("b").withBudget(null, 6L), NOW);
        test.take(result(0, 5, null), false);
        test.take(result(0, 5, null), false);

        assertThat(test.batch.status().duplicates()).isEqualTo(1);
        assertThat(test.batch.status().succeeded()).isEqualTo(1);
        assertThat(test.batch.status().cost()).isEqualByComparingTo("0.000002");
        assertThat(test.batch.isOverBudget()).isTrue();
    }

    @Test
    void neverPutsAFailureInPlaceOfASuccess() {
        test.take(result(0, 1, "server_error"), false);
        test.take(result(0, 1, null), true);

        assertThat(test.take(result(0, 1, "server_error"), true)).isEqualTo(Occurrence.DUPLICATE);
        assertThat(test.batch.status().succeeded()).isEqualTo(1);
    }

    @Test
    void isCompletedWhenItWasCancelledTooLateOrWhatWasCancelledWasRepaired() {
        test.take(result(0, 1, null), false);
        test.batch.take(BatchControl.of("b").withCancel(), NOW);
        assertThat(test.batch.status().state()).isEqualTo(State.COMPLETED);

        test.batch = new BatchState("b", "responses");
        test.chunks.clear();
        test.batch.take(BatchControl.of("b").withCancel(), NOW);
        test.take(result(0, 1, "cancelled"), false);
        assertThat(test.batch.status().state()).isEqualTo(State.CANCELLED);
        test.take(result(0, 1, null), true);
        assertThat(test.batch.status().state()).isEqualTo(State.COMPLETED);
    }

    @Test
    void isOverWhenItWasCancelledAndNothingMoreComes() {
        Duration silence = Duration.ofSeconds(30);
        test.take(result(0, null, null), false);
        test.batch.endIfSilent(1_000_000, silence);
        assertThat(test.batch.isOver()).as("not cancelled").isFalse();

        test.batch.take(BatchControl.of("b").withCancel(), 1_000_000);
        test.batch.endIfSilent(1_029_999, silence);
        assertThat(test.batch.isOver()).isFalse();
        test.batch.endIfSilent(1_030_000, silence);

        assertThat(test.batch.isOver()).isTrue();
        assertThat(test.batch.status().state()).isEqualTo(State.CANCELLED);
        assertThat(test.batch.status().completedAt()).isNotNull();
        assertThat(test.batch.status().total()).isNull();

        test.batch.take(BatchControl.of("b"), 1_040_000);
        assertThat(test.batch.status().state())
                .as("the cancellation was taken back")
                .isEqualTo(State.RUNNING);
        assertThat(test.batch.status().completedAt()).isNull();
    }

    @Test
    void boundsTokensToo() {
        test.batch.take(BatchControl.of("b").withBudget(null, 3L), NOW);
        test.take(result(0, 5, null), false);
        assertThat(test.batch.isOverBudget()).isTrue();
    }

    @Test
    void keepsTheCountRightWithMoreCodesThanItNames() {
        for (int i = 0; i < 1_000; i++) {
            test.take(result(i, 1_000, "code_" + i), false);
        }
        for (int i = 0; i < 1_000; i++) {
            test.take(result(i, 1_000, null), true);
        }
        assertThat(test.batch.status().failures()).isEmpty();
        assertThat(test.batch.status().succeeded()).isEqualTo(1_000);
    }

    @Test
    void countsEachResultWhoseCallMayBeBilledTwiceAlsoThoseThatWereReplaced() {
        test.take(
                result(0, 3, "server_error").toBuilder().possibleDuplicate(true).build(), false);
        test.take(result(1, 3, null), false);
        test.take(result(2, 3, null).toBuilder().possibleDuplicate(true).build(), false);
        test.take(result(0, 3, null), true);

        assertThat(test.batch.status().possibleDuplicates()).isEqualTo(2);
        assertThat(BatchStateCodec.decode(BatchStateCodec.encode(test.batch)).status())
                .isEqualTo(test.batch.status());
    }

    @Test
    void keepsWhateverTextsAResultHasAndGrowsNoLargerWithEachOfThem() {
        String large = "x".repeat(70_000);
        Map<String, Long> kinds = new HashMap<>();
        for (int i = 0; i < 5_000; i++) {
            kinds.put(i + large.substring(0, 100), 1L);
        }
        kinds.put(large, 1L);
        for (int i = 0; i < 100; i++) {
            CallError error = new CallError(large, i + large, i + large, large, false, 500);
            test.take(
                    result(i, null, "x").toBuilder()
                            .error(error)
                            .model(large)
                            .cost(null)
                            .costUnknownReason(i + large)
                            .usage(new Usage(1, kinds, 1, kinds, 2))
                            .build(),
                    false);
        }

        byte[] bytes = BatchStateCodec.encode(test.batch);
        assertThat(bytes.length).isLessThan(200_000);
        assertThat(BatchStateCodec.decode(bytes)).usingRecursiveComparison().isEqualTo(test.batch);
        assertThat(test.batch.status().failed()).isEqualTo(100);
        assertThat(test.batch.status().costUnknown()).isEqualTo(100);
        assertThat(test.batch.status().failures().values().stream()
                        .mapToLong(n -> n)
                        .sum())
                .isEqualTo(100);
        assertThat(test.batch.status().usage().inputTokensDetails().values().stream()
                        .mapToLong(n -> n)
                        .sum())
                .isEqualTo(100 * 5_001);
    }

    @Test
    void stopsAtTheLargestNumberThereIsInsteadOfOverflowing() {
        for (int i = 0; i < 20; i++) {
            test.take(
                    result(i, null, null).toBuilder()
                            .attempts(Integer.MAX_VALUE)
                            .pageCount(Integer.MAX_VALUE)
                            .cost(new BigDecimal("999999999999"))
                            .usage(new Usage(Long.MAX_VALUE, Map.of("a", Long.MAX_VALUE), 1, null, Long.MAX_VALUE))
                            .build(),
                    false);
        }
        test.take(
                result(20, null, null).toBuilder()
                        .attempts(Integer.MIN_VALUE)
                        .pageCount(-1)
                        .cost(new BigDecimal("-1"))
                        .usage(new Usage(Long.MIN_VALUE, Map.of("a", -5L), -1, null, -1))
                        .build(),
                false);

        BatchStatus status =
                BatchStateCodec.decode(BatchStateCodec.encode(test.batch)).status();
        assertThat(status.cost()).isEqualByComparingTo("19999999999980");
        assertThat(status.costMicros()).isEqualTo(Long.MAX_VALUE);
        assertThat(status.costUnknown()).isEqualTo(1);
        assertThat(status.attempts()).isEqualTo(20L * Integer.MAX_VALUE);
        assertThat(status.pages()).isEqualTo(20L * Integer.MAX_VALUE);
        assertThat(status.usage())
                .isEqualTo(new Usage(Long.MAX_VALUE, Map.of("a", Long.MAX_VALUE), 20, null, Long.MAX_VALUE));
    }

    @Test
    void isNotIncompleteWhileMoreIsMissingThanTheDeadLetters() {
        Duration silence = Duration.ofSeconds(30);
        test.batch.take(BatchNote.deadLetter("b", "responses", 3, "`index` is missing"), 1_000);

        test.batch.stayIncompleteIfSilent(100_000, silence);
        assertThat(test.batch.status().incomplete()).as("two calls may be slow").isFalse();

        test.batch.take(BatchNote.deadLetter("b", "responses", 3, "`index` is missing"), 101_000);
        test.batch.take(BatchNote.deadLetter("b", "responses", 3, "`index` is missing"), 102_000);
        test.batch.stayIncompleteIfSilent(200_000, silence);
        assertThat(test.batch.status().incomplete()).isTrue();
    }
}
