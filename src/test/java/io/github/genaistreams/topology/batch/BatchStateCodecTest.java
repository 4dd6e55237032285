package io.github.genaistreams.topology.batch;

import static io.github.genaistreams.topology.batch.CountedBatch.NOW;
import static io.github.genaistreams.topology.batch.CountedBatch.result;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.model.BatchControl;
import io.github.genaistreams.model.BatchNote;
import io.github.genaistreams.model.BatchStatus;
import io.github.genaistreams.model.Usage;
import io.github.genaistreams.model.Waiting;
import io.github.genaistreams.wire.WireException;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** The state of a batch as bytes. */
class BatchStateCodecTest {

    /** Written by the version before: a failed item of five, and bounds. */
    private static final String VERSION_1 =
            "AQABYgAJcmVzcG9uc2VzAAAABQAAAAMAAAAAAAAAAQABAAF4AAAAAAAAAAEAAAAAAAAAAAAAAAAA"
                    + "AAAAAAAAAAAAAAEAAAAAAAAAAAAAAAAAAAABAAAAAAAAAAAAAgABABByZWFzb25pbmdfdG9rZW5zAAAAAAAAAAEAAAAAAAAAAwMPQk"
                    + "AAAAAAAAAAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAEMS41MAAAAAAAAABNAAAAAAAAAAPoAAAAAAAAB9MAAAAAAAAH0///"
                    + "////////";

    private final CountedBatch test = new CountedBatch();

    @Test
    void isTheSameAfterARoundTripThroughBytes() {
        test.batch.take(BatchControl.of("b").withBudget(new BigDecimal("1.50"), 77L), NOW);
        test.batch.order.isOn = true;
        test.take(result(3, 5, "x"), false);
        test.batch.order.held = 1;

        BatchState again = BatchStateCodec.decode(BatchStateCodec.encode(test.batch));

        assertThat(again).usingRecursiveComparison().isEqualTo(test.batch);
    }

    @Test
    void readsTheStateThatTheVersionBeforeHasWritten() {
        BatchState old = BatchStateCodec.decode(Base64.getDecoder().decode(VERSION_1));

        BatchStatus status = old.status();
        assertThat(status.batchId()).isEqualTo("b");
        assertThat(status.total()).isEqualTo(5);
        assertThat(status.failures()).isEqualTo(Map.of("x", 1L));
        assertThat(status.cost()).isEqualByComparingTo("0.000001");
        assertThat(status.usage()).isEqualTo(new Usage(1, Map.of(), 2, Map.of("reasoning_tokens", 1L), 3));
        assertThat(status.possibleDuplicates()).isZero();
        assertThat(status.lastResultAt()).isEqualTo(Instant.ofEpochMilli(2_003));
        assertThat(old.stop.maxCostUsd).isEqualByComparingTo("1.50");
        assertThat(old.stop.maxTotalTokens).isEqualTo(77);
    }

    @Test
    void keepsWhyTheBatchWaits() {
        for (Instant until : new Instant[] {null, Instant.ofEpochMilli(9_000)}) {
            var waiting = new Waiting("outage", Instant.ofEpochMilli(5_000), until, until == null ? null : "words");
            test.batch.take(BatchNote.waiting("b", "responses", null, waiting), 5_000);

            BatchState again = BatchStateCodec.decode(BatchStateCodec.encode(test.batch));

            assertThat(again.status().waiting()).isEqualTo(waiting);
        }
    }

    @Test
    void readsAStateThatWasWrittenBeforeItSaidWhyItWaits() {
        test.take(result(0, 3, null), false);
        byte[] now = BatchStateCodec.encode(test.batch);
        byte[] before = Arrays.copyOf(now, now.length - Long.BYTES - 1);
        before[0] = 4;

        assertThat(BatchStateCodec.decode(before).status()).isEqualTo(test.batch.status());
    }

    @Test
    void readsAStateThatWasWrittenBeforeItKeptTheTimeOfASuccess() {
        test.take(result(0, 3, null), false);
        byte[] now = BatchStateCodec.encode(test.batch);
        byte[] before = Arrays.copyOf(now, now.length - Long.BYTES);
        before[0] = 5;

        assertThat(BatchStateCodec.decode(before).status()).isEqualTo(test.batch.status());
    }

    @Test
    void readsTextsOfAnyLengthBack() {
        test.batch = new BatchState("b".repeat(70_000), "r".repeat(70_000));

        assertThat(BatchStateCodec.decode(BatchStateCodec.encode(test.batch)))
                .usingRecursiveComparison()
                .isEqualTo(test.batch);
    }

    @Property(tries = 300)
    void refusesDamagedBytesWithoutTakingTheirLengthsAtTheirWord(@ForAll long seed) {
        Random random = new Random(seed);
        test.batch = new BatchState("b", "responses");
        test.take(result(0, 5, "server_error"), false);
        byte[] bytes = random.nextBoolean()
                ? BatchStateCodec.encode(test.batch)
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

    @Test
    void readsAStateThatWasWrittenBeforeDeadLettersWereCounted() {
        test.take(result(0, 3, null), false);
        byte[] now = BatchStateCodec.encode(test.batch);
        int added = 2 * Long.BYTES + Integer.BYTES + 2 * Long.BYTES + 1 + 1 + Long.BYTES;
        byte[] before = Arrays.copyOf(now, now.length - added);
        before[0] = 3;

        assertThat(BatchStateCodec.decode(before).status()).isEqualTo(test.batch.status());
    }

    @Test
    void keepsWhatThereIsToSayBesideResults() {
        test.batch.take(BatchNote.deadLetter("b", "responses", 3, "`index` is missing"), 5_000);
        test.batch.take(BatchNote.deadLetter("b", "responses", null, "another"), 6_000);
        test.batch.take(BatchNote.deadLetter("b", "responses", null, "a third"), 6_500);
        test.batch.take(BatchNote.of("b", "responses", BatchNote.Kind.REPEAT), 7_000);
        test.batch.stayIncompleteIfSilent(10_000, Duration.ofSeconds(3));

        BatchStatus status =
                BatchStateCodec.decode(BatchStateCodec.encode(test.batch)).status();

        assertThat(status).isEqualTo(test.batch.status());
        assertThat(status.deadLetters()).isEqualTo(3);
        assertThat(status.deadLetterReason()).isEqualTo("`index` is missing");
        assertThat(status.repeats()).isEqualTo(1);
        assertThat(status.total()).isEqualTo(3);
        assertThat(status.incomplete()).isTrue();
        assertThat(status.submittedAt()).isEqualTo(Instant.ofEpochMilli(5_000));
    }
}
