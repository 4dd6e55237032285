package io.github.genaistreams.topology.batch;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.genaistreams.wire.WireException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.processor.api.Record;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HeldResultTest {

    private static final Record<byte[], byte[]> SAMPLE = new Record<>(
            null,
            "value".getBytes(UTF_8),
            1_000,
            new RecordHeaders().add("k", "v".getBytes(UTF_8)).add("null", null));

    /** The sample, as the first version wrote it. */
    private static final String FIRST_VERSION = "00000000000003e8" + "00000002" + "00016b" + "0000000176"
            + "00046e756c6c" + "ffffffff" + "0000000576616c7565";

    /** The same, as the second one wrote it at first. */
    private static final String SECOND_VERSION = "fe" + "00000000000003e8" + "00000002" + "000000016b" + "0000000176"
            + "000000046e756c6c" + "ffffffff" + "0000000576616c7565";

    @Test
    void keepsHeadersWithKeysOfAnyLength() {
        var headers =
                new RecordHeaders().add("k".repeat(70_000), new byte[] {1}).add("ü\u0000\uD83D\uDE00", null);
        var record = new Record<byte[], byte[]>(null, new byte[0], Long.MAX_VALUE, headers);

        assertThat(HeldResult.<byte[]>decode(null, HeldResult.encode(record)))
                .usingRecursiveComparison()
                .isEqualTo(record);
    }

    @ParameterizedTest
    @ValueSource(strings = {FIRST_VERSION, SECOND_VERSION})
    void readsWhatEarlierVersionsHaveWritten(String written) {
        assertThat(HeldResult.<byte[]>decode(null, HexFormat.of().parseHex(written)))
                .usingRecursiveComparison()
                .isEqualTo(SAMPLE);
        assertThat(HeldResult.<byte[]>decode(null, HeldResult.encode(SAMPLE)))
                .usingRecursiveComparison()
                .isEqualTo(SAMPLE);
    }

    @Test
    void saysThatALaterVersionIsNotKnown() {
        byte[] later = HeldResult.encode(SAMPLE);
        later[0] = 3;

        assertThatThrownBy(() -> HeldResult.decode(null, later))
                .hasMessageContaining("version 3; this version reads up to 2");
    }

    @Property(tries = 1_000)
    void refusesDamagedBytesWithoutTakingTheirLengthsAtTheirWord(@ForAll long seed) {
        Random random = new Random(seed);
        byte[] bytes = random.nextBoolean()
                ? HeldResult.encode(SAMPLE)
                : HexFormat.of().parseHex(FIRST_VERSION);
        for (int i = random.nextInt(4); i >= 0; i--) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
        }
        byte[] damaged = random.nextInt(4) == 0 ? Arrays.copyOf(bytes, random.nextInt(bytes.length)) : bytes;
        try {
            HeldResult.decode(null, damaged);
        } catch (WireException e) {
            assertThat(e).hasMessageContaining("held result");
        }
    }
}
