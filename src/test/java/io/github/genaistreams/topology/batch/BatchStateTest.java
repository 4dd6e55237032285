package io.github.genaistreams.topology.batch;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.model.BatchControl;
import io.github.genaistreams.model.BatchNote;
import io.github.genaistreams.model.BatchStatus;
import io.github.genaistreams.model.BatchStatus.State;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.model.Usage;
import io.github.genaistreams.topology.batch.BatchState.Arrival;
import io.github.genaistreams.wire.WireException;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
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

    private static final long NOW = 5_000;

    private final Map<Integer, byte[]> chunks = new HashMap<>();
    private BatchState batch = new BatchState("b", "responses");

    /** In any order, with repeats, with the size told by any of them, and read back from the store at any time. */
    @Property(tries = 200)
    void shouldCountEachIndexOnceInWhateverOrderResultsCome(
            @ForAll @IntRange(min = 1, max = 9000) int size, @ForAll long seed) {
        chunks.clear();
        batch = new BatchState("b", "responses");
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
            take(result(index, index == teller ? size : null, index % 7 == 3 ? "rate_limit" : null), false);
            if (random.nextInt(200) == 0) {
                batch = BatchStateCodec.decode(BatchStateCodec.encode(batch));
            }
        }

        BatchStatus status = batch.status();
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
    void shouldNotBeCompleteBeforeSomebodyHasToldItsSize() {
        take(result(0, null, null), false);
        take(result(1, null, null), false);
        assertThat(batch.status().state()).isEqualTo(State.RUNNING);
        assertThat(batch.status().total()).isNull();

        batch.take(BatchControl.of("b").withBatchSize(2), NOW);

        assertThat(batch.status().state()).isEqualTo(State.COMPLETED);
        assertThat(batch.isPublished()).isFalse();
    }

    @Test
    void shouldWaitForTheHighestIndexWhenSizesDisagree() {
        take(result(0, 1, null), false);
        assertThat(batch.isComplete()).isTrue();
        take(result(4, 3, null), false);

        assertThat(batch.status().total()).isEqualTo(5);
        assertThat(batch.isComplete()).isFalse();
        assertThat(batch.status().completedAt()).isNull();
    }

    @Test
    void shouldCountTheLatestResultOfAnItemThatWasSubmittedAgainAndTheMoneyOfBoth() {
        take(result(0, 2, "server_error"), false);
        take(result(1, 2, "rate_limit"), false);
        assertThat(batch.status().failures()).containsOnlyKeys("server_error", "rate_limit");

        Arrival first = take(result(0, 2, null), true);
        Arrival second = take(result(1, 2, "server_error"), true);

        assertThat(first).isEqualTo(Arrival.REPLACEMENT);
        assertThat(second).isEqualTo(Arrival.REPLACEMENT);
        assertThat(batch.status().succeeded()).isEqualTo(1);
        assertThat(batch.status().failed()).isEqualTo(1);
        assertThat(batch.status().failures()).isEqualTo(Map.of("server_error", 1L));
        assertThat(batch.status().replaced()).isEqualTo(2);
        assertThat(batch.status().cost()).isEqualByComparingTo("0.000004");
        assertThat(batch.status().attempts()).isEqualTo(4);
        assertThat(batch.isComplete()).isTrue();
    }

    @Test
    void shouldTakeAResultThatWasSubmittedAgainForTheFirstIfThereIsNone() {
        assertThat(take(result(0, 1, null), true)).isEqualTo(Arrival.FIRST);
        assertThat(batch.status().replaced()).isZero();
    }

    @Test
    void shouldBeOverBudgetOnceForEachBound() {
        BatchControl bound = BatchControl.of("b").withBudget(new BigDecimal("0.000002"), null);
        batch.take(bound, NOW);
        take(result(0, 5, null), false);
        assertThat(batch.isOverBudget()).isFalse();
        take(result(1, 5, null), false);
        assertThat(batch.isOverBudget()).isTrue();

        batch.budgetSpent(NOW);
        // What it has said has not come back to it yet.
        batch.take(bound, NOW);
        assertThat(batch.isOverBudget()).isFalse();
        assertThat(batch.status().stopped()).isEqualTo("budget_exceeded");

        BatchControl raised = BatchControl.of("b").withBudget(new BigDecimal("0.000003"), null);
        batch.take(raised, NOW);
        assertThat(batch.status().stopped()).isNull();
        assertThat(batch.isOverBudget()).isFalse();
        take(result(2, 5, null), false);
        assertThat(batch.isOverBudget()).isTrue();

        batch.budgetSpent(NOW);
        for (int i = 3; i < 5; i++) {
            take(result(i, 5, "budget_exceeded"), false);
        }
        assertThat(batch.status().state()).isEqualTo(State.CANCELLED);
        assertThat(batch.status().stopped()).isEqualTo("budget_exceeded");
    }

    @Test
    void shouldCountTheMoneyOfAResultThatComesAgain() {
        batch.take(BatchControl.of("b").withBudget(null, 6L), NOW);
        take(result(0, 5, null), false);
        take(result(0, 5, null), false);

        assertThat(batch.status().duplicates()).isEqualTo(1);
        assertThat(batch.status().succeeded()).isEqualTo(1);
        assertThat(batch.status().cost()).isEqualByComparingTo("0.000002");
        assertThat(batch.isOverBudget()).isTrue();
    }

    @Test
    void shouldNeverPutAFailureInPlaceOfASuccess() {
        take(result(0, 1, "server_error"), false);
        take(result(0, 1, null), true);

        assertThat(take(result(0, 1, "server_error"), true)).isEqualTo(Arrival.DUPLICATE);
        assertThat(batch.status().succeeded()).isEqualTo(1);
    }

    @Test
    void shouldBeCompletedWhenItWasCancelledTooLateOrWhatWasCancelledWasRepaired() {
        take(result(0, 1, null), false);
        batch.take(BatchControl.of("b").withCancel(), NOW);
        assertThat(batch.status().state()).isEqualTo(State.COMPLETED);

        batch = new BatchState("b", "responses");
        chunks.clear();
        batch.take(BatchControl.of("b").withCancel(), NOW);
        take(result(0, 1, "cancelled"), false);
        assertThat(batch.status().state()).isEqualTo(State.CANCELLED);
        take(result(0, 1, null), true);
        assertThat(batch.status().state()).isEqualTo(State.COMPLETED);
    }

    @Test
    void shouldBeOverWhenItWasCancelledAndNothingMoreComes() {
        Duration silence = Duration.ofSeconds(30);
        take(result(0, null, null), false);
        batch.endIfSilent(1_000_000, silence);
        assertThat(batch.isOver()).as("not cancelled").isFalse();

        batch.take(BatchControl.of("b").withCancel(), 1_000_000);
        batch.endIfSilent(1_029_999, silence);
        assertThat(batch.isOver()).isFalse();
        batch.endIfSilent(1_030_000, silence);

        assertThat(batch.isOver()).isTrue();
        assertThat(batch.status().state()).isEqualTo(State.CANCELLED);
        assertThat(batch.status().completedAt()).isNotNull();
        assertThat(batch.status().total()).isNull();

        batch.take(BatchControl.of("b"), 1_040_000);
        assertThat(batch.status().state()).as("the cancellation was taken back").isEqualTo(State.RUNNING);
        assertThat(batch.status().completedAt()).isNull();
    }

    @Test
    void shouldBoundTokensToo() {
        batch.take(BatchControl.of("b").withBudget(null, 3L), NOW);
        take(result(0, 5, null), false);
        assertThat(batch.isOverBudget()).isTrue();
    }

    @Test
    void shouldKeepTheCountRightWithMoreCodesThanItNames() {
        for (int i = 0; i < 1_000; i++) {
            take(result(i, 1_000, "code_" + i), false);
        }
        for (int i = 0; i < 1_000; i++) {
            take(result(i, 1_000, null), true);
        }
        assertThat(batch.status().failures()).isEmpty();
        assertThat(batch.status().succeeded()).isEqualTo(1_000);
    }

    @Test
    void shouldComeBackFromItsBytesAsItWas() {
        batch.take(BatchControl.of("b").withBudget(new BigDecimal("1.50"), 77L), NOW);
        batch.order();
        take(result(3, 5, "x"), false);
        batch.held(1);

        BatchState again = BatchStateCodec.decode(BatchStateCodec.encode(batch));

        assertThat(again).usingRecursiveComparison().isEqualTo(batch);
    }

    @Test
    void shouldCountEachResultWhoseCallMayBeBilledTwiceAlsoThoseThatWereReplaced() {
        take(result(0, 3, "server_error").toBuilder().possibleDuplicate(true).build(), false);
        take(result(1, 3, null), false);
        take(result(2, 3, null).toBuilder().possibleDuplicate(true).build(), false);
        take(result(0, 3, null), true);

        assertThat(batch.status().possibleDuplicates()).isEqualTo(2);
        assertThat(BatchStateCodec.decode(BatchStateCodec.encode(batch)).status())
                .isEqualTo(batch.status());
    }

    /** Written by the version before: a failed item of five, and bounds. */
    private static final String VERSION_1 =
            "AQABYgAJcmVzcG9uc2VzAAAABQAAAAMAAAAAAAAAAQABAAF4AAAAAAAAAAEAAAAAAAAAAAAAAAAA"
                    + "AAAAAAAAAAAAAAEAAAAAAAAAAAAAAAAAAAABAAAAAAAAAAAAAgABABByZWFzb25pbmdfdG9rZW5zAAAAAAAAAAEAAAAAAAAAAwMPQk"
                    + "AAAAAAAAAAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAEMS41MAAAAAAAAABNAAAAAAAAAAPoAAAAAAAAB9MAAAAAAAAH0///"
                    + "////////";

    @Test
    void shouldReadTheStateThatTheVersionBeforeHasWritten() {
        BatchState old = BatchStateCodec.decode(Base64.getDecoder().decode(VERSION_1));

        BatchStatus status = old.status();
        assertThat(status.batchId()).isEqualTo("b");
        assertThat(status.total()).isEqualTo(5);
        assertThat(status.failures()).isEqualTo(Map.of("x", 1L));
        assertThat(status.cost()).isEqualByComparingTo("0.000001");
        assertThat(status.usage()).isEqualTo(new Usage(1, Map.of(), 2, Map.of("reasoning_tokens", 1L), 3));
        assertThat(status.possibleDuplicates()).isZero();
        assertThat(status.lastResultAt()).isEqualTo(Instant.ofEpochMilli(2_003));
        assertThat(old.maxCostUsd()).isEqualByComparingTo("1.50");
        assertThat(old.maxTotalTokens()).isEqualTo(77);
    }

    @Test
    void shouldKeepWhateverTextsAResultHasAndGrowNoLargerWithEachOfThem() {
        String large = "x".repeat(70_000);
        Map<String, Long> kinds = new HashMap<>();
        for (int i = 0; i < 5_000; i++) {
            kinds.put(i + large.substring(0, 100), 1L);
        }
        kinds.put(large, 1L);
        for (int i = 0; i < 500; i++) {
            CallError error = new CallError(large, i + large, i + large, large, false, 500);
            take(
                    result(i, null, "x").toBuilder()
                            .error(error)
                            .model(large)
                            .cost(null)
                            .costUnknownReason(i + large)
                            .usage(new Usage(1, kinds, 1, kinds, 2))
                            .build(),
                    false);
        }

        byte[] bytes = BatchStateCodec.encode(batch);
        assertThat(bytes.length).isLessThan(200_000);
        assertThat(BatchStateCodec.decode(bytes)).usingRecursiveComparison().isEqualTo(batch);
        assertThat(batch.status().failed()).isEqualTo(500);
        assertThat(batch.status().costUnknown()).isEqualTo(500);
        assertThat(batch.status().failures().values().stream().mapToLong(n -> n).sum())
                .isEqualTo(500);
        assertThat(batch.status().usage().inputTokensDetails().values().stream()
                        .mapToLong(n -> n)
                        .sum())
                .isEqualTo(500 * 5_001);
    }

    @Test
    void shouldReadTextsOfAnyLengthBack() {
        batch = new BatchState("b".repeat(70_000), "r".repeat(70_000));

        assertThat(BatchStateCodec.decode(BatchStateCodec.encode(batch)))
                .usingRecursiveComparison()
                .isEqualTo(batch);
    }

    @Test
    void shouldStopAtTheLargestNumberThereIsInsteadOfOverflowing() {
        for (int i = 0; i < 20; i++) {
            take(
                    result(i, null, null).toBuilder()
                            .attempts(Integer.MAX_VALUE)
                            .pageCount(Integer.MAX_VALUE)
                            .cost(new BigDecimal("999999999999"))
                            .usage(new Usage(Long.MAX_VALUE, Map.of("a", Long.MAX_VALUE), 1, null, Long.MAX_VALUE))
                            .build(),
                    false);
        }
        take(
                result(20, null, null).toBuilder()
                        .attempts(Integer.MIN_VALUE)
                        .pageCount(-1)
                        .cost(new BigDecimal("-1"))
                        .usage(new Usage(Long.MIN_VALUE, Map.of("a", -5L), -1, null, -1))
                        .build(),
                false);

        BatchStatus status =
                BatchStateCodec.decode(BatchStateCodec.encode(batch)).status();
        assertThat(status.cost()).isEqualByComparingTo("19999999999980");
        assertThat(status.costMicros()).isEqualTo(Long.MAX_VALUE);
        assertThat(status.costUnknown()).isEqualTo(1);
        assertThat(status.attempts()).isEqualTo(20L * Integer.MAX_VALUE);
        assertThat(status.pages()).isEqualTo(20L * Integer.MAX_VALUE);
        assertThat(status.usage())
                .isEqualTo(new Usage(Long.MAX_VALUE, Map.of("a", Long.MAX_VALUE), 20, null, Long.MAX_VALUE));
    }

    @Property(tries = 300)
    void shouldRefuseDamagedBytesWithoutTakingTheirLengthsAtTheirWord(@ForAll long seed) {
        Random random = new Random(seed);
        batch = new BatchState("b", "responses");
        take(result(0, 5, "server_error"), false);
        byte[] bytes = random.nextBoolean()
                ? BatchStateCodec.encode(batch)
                : Base64.getDecoder().decode(VERSION_1);
        for (int i = random.nextInt(4); i >= 0; i--) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
        }
        byte[] damaged = random.nextInt(4) == 0 ? Arrays.copyOf(bytes, random.nextInt(bytes.length)) : bytes;

        try {
            BatchStateCodec.encode(BatchStateCodec.decode(damaged));
        } catch (WireException e) {
            assertThat(e).hasMessageContaining("batch's state");
        }
    }

    private Arrival take(CallResult result, boolean again) {
        byte[] chunk = chunks.get(IndexChunk.of(result.index()));
        BatchState.Taken taken = batch.take(result, IndexChunk.get(chunk, result.index()), again);
        chunks.put(IndexChunk.of(result.index()), IndexChunk.with(chunk, result.index(), taken.index()));
        return taken.arrival();
    }

    static CallResult result(int index, Integer size, String code) {
        return CallResult.builder(new ItemKey("b", index), "responses")
                .batchSize(size)
                .success(code == null)
                .error(code == null ? null : new CallError("It went wrong", "server_error", code, null, true, 500))
                .attempts(1)
                .usage(new Usage(1, Map.of(), 2, Map.of("reasoning_tokens", 1L), 3))
                .cost(new BigDecimal("0.000001"))
                .submittedAt(Instant.ofEpochMilli(1_000))
                .completedAt(Instant.ofEpochMilli(2_000 + index))
                .build();
    }

    @Test
    void shouldReadAStateThatWasWrittenBeforeDeadLettersWereCounted() {
        take(result(0, 3, null), false);
        byte[] now = BatchStateCodec.encode(batch);
        int added = 2 * Long.BYTES + Integer.BYTES + 2 * Long.BYTES + 1;
        byte[] before = Arrays.copyOf(now, now.length - added);
        before[0] = 3;

        assertThat(BatchStateCodec.decode(before).status()).isEqualTo(batch.status());
    }

    @Test
    void shouldNotBeIncompleteWhileMoreIsMissingThanTheDeadLetters() {
        Duration silence = Duration.ofSeconds(30);
        batch.take(BatchNote.deadLetter("b", "responses", 3, "`index` is missing"), 1_000);

        batch.stayIncompleteIfSilent(100_000, silence);
        assertThat(batch.status().incomplete()).as("two calls may be slow").isFalse();

        batch.take(BatchNote.deadLetter("b", "responses", 3, "`index` is missing"), 101_000);
        batch.take(BatchNote.deadLetter("b", "responses", 3, "`index` is missing"), 102_000);
        batch.stayIncompleteIfSilent(200_000, silence);
        assertThat(batch.status().incomplete()).isTrue();
    }

    @Test
    void shouldKeepWhatThereIsToSayBesideResults() {
        batch.take(BatchNote.deadLetter("b", "responses", 3, "`index` is missing"), 5_000);
        batch.take(BatchNote.deadLetter("b", "responses", null, "another"), 6_000);
        batch.take(BatchNote.deadLetter("b", "responses", null, "a third"), 6_500);
        batch.take(BatchNote.of("b", "responses", BatchNote.Kind.REPEAT), 7_000);
        batch.stayIncompleteIfSilent(10_000, Duration.ofSeconds(3));

        BatchStatus status =
                BatchStateCodec.decode(BatchStateCodec.encode(batch)).status();

        assertThat(status).isEqualTo(batch.status());
        assertThat(status.deadLetters()).isEqualTo(3);
        assertThat(status.deadLetterReason()).isEqualTo("`index` is missing");
        assertThat(status.repeats()).isEqualTo(1);
        assertThat(status.total()).isEqualTo(3);
        assertThat(status.incomplete()).isTrue();
        assertThat(status.submittedAt()).isEqualTo(Instant.ofEpochMilli(5_000));
    }
}
