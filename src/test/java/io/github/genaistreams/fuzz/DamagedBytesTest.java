package io.github.genaistreams.fuzz;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.genaistreams.fuzz.GoodRecords.Sample;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.wire.Codec;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.Decoded;
import io.github.genaistreams.wire.ItemKeys;
import io.github.genaistreams.wire.JournalCodec;
import io.github.genaistreams.wire.RequestDecoder;
import io.github.genaistreams.wire.WireException;
import io.github.genaistreams.wire.WireFormat;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.Random;
import java.util.function.Consumer;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever the bytes are, a decoder gives a value or says in one sentence why not; it never fills the memory. */
class DamagedBytesTest {

    private static final int HEADER = 10;

    @ParameterizedTest
    @ValueSource(
            longs = {
                1L << 20,
                1_500_000_000,
                Integer.MAX_VALUE - 8,
                Integer.MAX_VALUE,
                Long.MAX_VALUE,
                Long.MIN_VALUE,
                -2
            })
    void doesNotBelieveAnAvroValueThatClaimsMoreThanItHas(long claim) {
        for (Sample<?> sample : GoodRecords.all("b", 1)) {
            everywhere(avro(sample), claim, bytes -> decoded(sample.codec(), bytes));
        }
        everywhere(
                avro(new Sample<>(Codecs.RESPONSES_REQUEST, GoodRecords.request("b", 1))),
                claim,
                bytes -> assertThat(RequestDecoder.responses().decode(bytes)).isNotNull());
    }

    @Test
    void saysThatAnAvroValueClaimsMoreThanItHas() {
        byte[] good = avro(new Sample<>(Codecs.RESPONSES_REQUEST, GoodRecords.request("b", 1)));

        byte[] claiming = with(good, HEADER, 1_500_000_000);

        assertThat(RequestDecoder.responses().decode(claiming))
                .isEqualTo(new Decoded.Unreadable<ResponsesRequest>(
                        "the Avro value is truncated: it claims more bytes than it has"));
    }

    /** In place of every byte, which may be the length of a text, of bytes, of a block of a list or a map. */
    private static void everywhere(byte[] good, long claim, Consumer<byte[]> reader) {
        for (int at = HEADER; at < good.length; at++) {
            reader.accept(with(good, at, claim));
        }
    }

    private static byte[] with(byte[] good, int at, long claim) {
        var out = new ByteArrayOutputStream();
        out.write(good, 0, at);
        long zigzag = claim << 1 ^ claim >> 63;
        while ((zigzag & ~0x7fL) != 0) {
            out.write((int) (zigzag & 0x7f | 0x80));
            zigzag >>>= 7;
        }
        out.write((int) zigzag);
        out.write(good, at + 1, good.length - at - 1);
        return out.toByteArray();
    }

    @Property(tries = 1_000)
    void readsOrRefusesDamagedRecordsAndEntries(@ForAll long seed) {
        Random random = new Random(seed);
        for (Sample<?> sample : GoodRecords.all("b", 1)) {
            decoded(sample.codec(), damaged(avro(sample), random));
            decoded(sample.codec(), damaged(encoded(sample, WireFormat.JSON), random));
        }
        byte[] entry = damaged(GoodRecords.entryBytes(), random);
        try {
            JournalCodec.encode(JournalCodec.decode(entry));
        } catch (WireException e) {
            assertThat(e.getMessage()).isNotBlank();
        }
        try {
            ItemKeys.decode(damaged("{\"batch_id\":\"b\",\"index\":3}".getBytes(UTF_8), random));
        } catch (WireException e) {
            assertThat(e.getMessage()).isNotBlank();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1e999999999",
                "1E2147483647",
                "-1e-999999999",
                "1e99999999999999999999",
                "1e1001",
                "0e2147483647"
            })
    void refusesAnAmountThatWouldFillTheMemoryOnceItIsWrittenOut(String amount) {
        String result = new String(
                encoded(new Sample<>(Codecs.CALL_RESULT, GoodRecords.result("b", 1)), WireFormat.JSON), UTF_8);
        String control = "{\"batch_id\":\"b\",\"max_cost_usd\":" + amount + "}";

        for (String json : new String[] {
            result.replace("\"cost\":0.00015", "\"cost\":" + amount),
            result.replace("\"final_cost_cents\":1.5", "\"final_cost_cents\":" + amount)
        }) {
            assertThat(json).isNotEqualTo(result);
            assertThatThrownBy(() -> Codecs.CALL_RESULT.decode(json.getBytes(UTF_8)))
                    .isInstanceOf(WireException.class);
        }
        assertThatThrownBy(() -> Codecs.BATCH_CONTROL.decode(control.getBytes(UTF_8)))
                .isInstanceOf(WireException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"+1000000000-12-31T23:59:59Z", "-1000000000-01-01T00:00:00Z", "+300000000-01-01T00:00:00Z"})
    void refusesATimeThatHasNoMilliseconds(String time) {
        String result = new String(
                encoded(new Sample<>(Codecs.CALL_RESULT, GoodRecords.result("b", 1)), WireFormat.JSON), UTF_8);

        assertThatThrownBy(() -> Codecs.CALL_RESULT.decode(
                        result.replace("2026-01-31T12:00:00Z", time).getBytes(UTF_8)))
                .isInstanceOf(WireException.class)
                .hasMessageContaining("submitted_at");
    }

    @Test
    void readsALongListOfWordsWithoutRunningOutOfStack() {
        var request = GoodRecords.request("b", 1).toBuilder()
                .userPrompt("a")
                .extraBody(com.fasterxml.jackson.databind.node.JsonNodeFactory.instance.objectNode())
                .build();
        byte[] good = Codecs.RESPONSES_REQUEST.encode(request, WireFormat.AVRO);
        String text = "auto, ".repeat(50_000) + "auto";
        int at =
                new String(good, java.nio.charset.StandardCharsets.ISO_8859_1).indexOf("{\"type\":\"auto\",\"n\":1.5}");
        var out = new ByteArrayOutputStream();
        out.write(good, 0, at - 1);
        long zigzag = (long) text.length() << 1;
        while ((zigzag & ~0x7fL) != 0) {
            out.write((int) (zigzag & 0x7f | 0x80));
            zigzag >>>= 7;
        }
        out.write((int) zigzag);
        out.writeBytes(text.getBytes(UTF_8));
        int after = at + "{\"type\":\"auto\",\"n\":1.5}".length();
        out.write(good, after, good.length - after);

        assertThat(RequestDecoder.responses().decode(out.toByteArray())).isInstanceOf(Decoded.Invalid.class);
    }

    private static byte[] damaged(byte[] good, Random random) {
        byte[] bytes = good.clone();
        for (int i = random.nextInt(4); i >= 0; i--) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
        }
        return random.nextInt(4) == 0 ? Arrays.copyOf(bytes, random.nextInt(bytes.length)) : bytes;
    }

    private static void decoded(Codec<?> codec, byte[] bytes) {
        try {
            codec.decode(bytes);
        } catch (WireException e) {
            assertThat(e.getMessage()).isNotBlank();
        }
    }

    private static byte[] avro(Sample<?> sample) {
        return encoded(sample, WireFormat.AVRO);
    }

    private static <T> byte[] encoded(Sample<T> sample, WireFormat format) {
        return sample.codec().encode(sample.value(), format);
    }
}
