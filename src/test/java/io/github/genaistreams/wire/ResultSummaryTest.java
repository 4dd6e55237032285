package io.github.genaistreams.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.model.Spent;
import io.github.genaistreams.model.Usage;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.zip.CRC32C;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.domains.Domain;
import org.junit.jupiter.api.Test;

class ResultSummaryTest {

    private static final ItemKey ITEM = new ItemKey("b", 7);
    private static final byte[] KEY = ItemKeys.encode(ITEM);

    @Property(tries = 300)
    @Domain(WireArbitraries.class)
    void saysWhatTheResultSays(@ForAll CallResult result) {
        byte[] value = Codecs.CALL_RESULT.encode(result, WireFormat.JSON);
        CallResult read = Codecs.CALL_RESULT_SUMMARY.decode(value);

        CallResult summary = ResultSummary.of(result, value)
                .map(bytes -> ResultSummary.read(bytes, ItemKeys.encode(result.key()), value)
                        .orElseThrow())
                .orElse(null);

        if (summary == null) {
            assertThat(JsonText.isWellFormed(result.api() + code(result) + result.costUnknownReason() + result.usage()))
                    .isFalse();
            return;
        }
        assertThat(summary.key()).isEqualTo(read.key());
        assertThat(summary.batchSize()).isEqualTo(read.batchSize());
        assertThat(summary.api()).isEqualTo(read.api());
        assertThat(summary.success()).isEqualTo(read.success());
        assertThat(Spent.NOTHING.plus(summary)).isEqualTo(Spent.NOTHING.plus(read));
        assertThat(summary.usage()).isEqualTo(read.usage());
        assertThat(summary.cost()).isEqualTo(read.cost());
        assertThat(summary.submittedAt()).isEqualTo(read.submittedAt());
        assertThat(summary.completedAt()).isEqualTo(read.completedAt());
        assertThat(summary.success() ? null : summary.error().code()).isEqualTo(code(result));
    }

    private static String code(CallResult result) {
        return result.success()
                ? null
                : result.error().code() != null
                        ? result.error().code()
                        : result.error().type();
    }

    @Test
    void hasEveryDecimalOfACost() {
        BigDecimal cost = new BigDecimal("1234567890.000000000001");
        byte[] value = {1, 2, 3};

        byte[] summary = ResultSummary.of(result().cost(cost).build(), value).orElseThrow();

        assertThat(ResultSummary.read(summary, KEY, value).orElseThrow().cost()).isEqualTo(cost);
    }

    @Test
    void isMissingForAFailureWithoutAnError() {
        CallResult incomplete = result().success(false).error(null).build();

        assertThat(ResultSummary.of(incomplete, new byte[] {1})).isEmpty();
    }

    @Test
    void holdsForItsOwnItemAndValueAlone() {
        byte[] value = "{\"some\":\"answer\"}".getBytes(UTF_8);
        byte[] summary = ResultSummary.of(result().build(), value).orElseThrow();
        assertThat(ResultSummary.read(summary, KEY, value)).isPresent();

        byte[] other = value.clone();
        other[3]++;
        assertThat(ResultSummary.read(summary, KEY, other)).isEmpty();
        assertThat(ResultSummary.read(summary, ItemKeys.encode(new ItemKey("b", 8)), value))
                .isEmpty();
        assertThat(ResultSummary.read(summary, ItemKeys.encode(new ItemKey("c", 7)), value))
                .isEmpty();
        assertThat(ResultSummary.read(summary, "{\"batch_id\":null,\"index\":7}".getBytes(UTF_8), value))
                .isEmpty();
        assertThat(ResultSummary.read(summary, "b".getBytes(UTF_8), value)).isEmpty();
        assertThat(ResultSummary.read(summary, null, value)).isEmpty();
        assertThat(ResultSummary.read(null, KEY, value)).isEmpty();
    }

    @Test
    void damageIsDetectedEverywhere() {
        byte[] value = {1, 2, 3};
        byte[] summary = ResultSummary.of(result().build(), value).orElseThrow();

        for (int at = 0; at < summary.length; at++) {
            byte[] damaged = summary.clone();
            damaged[at] ^= 0x10;
            assertThat(ResultSummary.read(damaged, KEY, value)).as("byte " + at).isEmpty();
            assertThat(ResultSummary.read(Arrays.copyOf(summary, at), KEY, value))
                    .as("cut at " + at)
                    .isEmpty();
        }
        assertThat(ResultSummary.read(Arrays.copyOf(summary, summary.length + 1), KEY, value))
                .isEmpty();
    }

    /** Whoever knows how it is made can make one that is garbage. */
    @Test
    void garbageWithTheRightChecksumIsNotASummary() {
        Random random = new Random(1);
        byte[] value = {1, 2, 3};
        byte[] good = ResultSummary.of(result().build(), value).orElseThrow();
        int read = 0;
        for (int i = 0; i < 100_000; i++) {
            byte[] forged = good.clone();
            for (int changes = random.nextInt(3); changes >= 0; changes--) {
                forged[5 + random.nextInt(forged.length - 5)] = (byte) random.nextInt();
            }
            forged = random.nextInt(4) == 0 ? Arrays.copyOf(forged, 6 + random.nextInt(2 * forged.length)) : forged;
            var crc = new CRC32C();
            crc.update(forged, 5, forged.length - 5);
            crc.update("b".getBytes(UTF_8));
            crc.update(new byte[] {0, 0, 0, 7});
            crc.update(value);
            ByteBuffer.wrap(forged).putInt(1, (int) crc.getValue());

            CallResult result = ResultSummary.read(forged, KEY, value).orElse(null);
            if (result != null) {
                read++;
                assertThat(result.key()).isEqualTo(ITEM);
                assertThat(Spent.NOTHING.plus(result).cost().usd().signum()).isNotNegative();
            }
        }
        assertThat(read).as("figures that can be").isBetween(1_000, 99_000);
    }

    @Test
    void whatHasMuchToSayHasNone() {
        Map<String, Long> many = new HashMap<>();
        for (int i = 0; i < 500; i++) {
            many.put("kind_of_token_" + i, 1L);
        }

        assertThat(ResultSummary.of(
                        result().usage(new Usage(1, many, 1, null, 2)).build(), new byte[3]))
                .isEmpty();
        assertThat(ResultSummary.of(
                        result().costUnknownReason("x".repeat(5_000)).build(), new byte[3]))
                .isEmpty();
        assertThat(ResultSummary.of(
                        result().costUnknownReason("half a pair \uD800").build(), new byte[3]))
                .isEmpty();
    }

    private static CallResult.Builder result() {
        return CallResult.builder(ITEM, "responses")
                .batchSize(100)
                .error(new CallError("It went wrong", "server_error", "overloaded", null, true, 500))
                .attempts(3)
                .pageCount(2)
                .usage(new Usage(36, Map.of("cached_tokens", 30L), 87, Map.of("reasoning_tokens", 64L), 123))
                .cost(new BigDecimal("0.000123"))
                .costUnknownReason("an attempt got no answer")
                .possibleDuplicate(true)
                .submittedAt(Instant.ofEpochMilli(1_790_000_000_123L))
                .completedAt(Instant.ofEpochMilli(1_790_000_001_456L));
    }
}
