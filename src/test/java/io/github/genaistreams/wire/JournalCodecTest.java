package io.github.genaistreams.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.genaistreams.fuzz.GoodRecords;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.domains.Domain;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.EncoderFactory;
import org.junit.jupiter.api.Test;

class JournalCodecTest {

    /** {@link GoodRecords#entry()} as the second version wrote it: in Avro. */
    private static final String SECOND_VERSION =
            "wwEXt3DRCke0AQQEgPjkvoJngPjkvoJnAhJzbG93IGRvd24QcmVxdWVzdHMCJnJhdGVfbGltaXRfZXhjZWVkZWQCCm1vZGVsAQLaBgQW"
                    + "dHJhY2VwYXJlbnQCDDAwLWFiYwplbXB0eQAABHt9AgxyZXNwXzGA+OS+gmcCCnJlcS0xAgIGAhpjYWNoZWRfdG9rZW5zAgAKBBhhdW"
                    + "Rpb190b2tlbnMCIHJlYXNvbmluZ190b2tlbnMEABACBjAuNQIwYW4gYXR0ZW1wdCBnb3Qgbm8gYW5zd2VyAQ==";

    /** One without anything that may be missing, likewise. */
    private static final String SHORT_OF_SECOND_VERSION = "wwEXt3DRCke0AQIG0A/oBwAAAAAA";

    @Property(tries = 300)
    @Domain(WireArbitraries.class)
    void anEntryIsTheSameAfterARoundTripThroughBytes(@ForAll JournalEntry entry) {
        assertThat(JournalCodec.decode(JournalCodec.encode(entry))).isEqualTo(entry);
    }

    @Property(tries = 100)
    @Domain(WireArbitraries.class)
    void aJournalEntryCutAnywhereIsRefused(@ForAll JournalEntry entry) {
        byte[] bytes = JournalCodec.encode(entry);
        for (int length = 0; length < bytes.length; length++) {
            byte[] cut = Arrays.copyOf(bytes, length);
            assertThatThrownBy(() -> JournalCodec.decode(cut)).isInstanceOf(WireException.class);
        }
        byte[] longer = Arrays.copyOf(bytes, bytes.length + 1);
        assertThatThrownBy(() -> JournalCodec.decode(longer)).isInstanceOf(WireException.class);
    }

    @Test
    void entriesOfTheSecondVersionAreRead() {
        assertThat(JournalCodec.decode(Base64.getDecoder().decode(SECOND_VERSION)))
                .isEqualTo(GoodRecords.entry());
        assertThat(JournalCodec.decode(Base64.getDecoder().decode(SHORT_OF_SECOND_VERSION)))
                .isEqualTo(new JournalEntry(
                        JournalEntry.State.RETRYING,
                        3,
                        Instant.ofEpochMilli(1_000),
                        Instant.ofEpochMilli(500),
                        null,
                        List.of(),
                        new byte[0],
                        null,
                        null));
    }

    @Test
    void anEntryOfTheSecondVersionThatIsDamagedIsRefused() {
        byte[] written = Base64.getDecoder().decode(SECOND_VERSION);

        for (int length = 0; length < written.length; length++) {
            byte[] cut = Arrays.copyOf(written, length);
            assertThatThrownBy(() -> JournalCodec.decode(cut)).isInstanceOf(WireException.class);
        }
        assertThatThrownBy(() -> JournalCodec.decode(Arrays.copyOf(written, written.length + 1)))
                .isInstanceOf(WireException.class)
                .hasMessageContaining("bytes after its end");
    }

    @Test
    void anEntryOfALaterVersionIsRefusedBySayingSo() {
        byte[] later = JournalCodec.encode(GoodRecords.entry());
        later[0]++;

        assertThatThrownBy(() -> JournalCodec.decode(later))
                .isInstanceOf(WireException.class)
                .hasMessage("a journal entry of version 2; this version reads up to 1: run the version that wrote it");
    }

    @Test
    void anEntryOfTheFirstVersionIsRead() throws Exception {
        Schema earlier = new Schema.Parser()
                .parse(Path.of("schemas", "older", "journal-entry.v1.avsc").toFile());
        var job = new GenericData.Record(
                earlier.getField("remote_job").schema().getTypes().get(1));
        job.put("id", "/api/v1/marker/r1");
        job.put("accepted_at", 5_000L);
        var written = new GenericData.Record(earlier);
        written.put(
                "state", new GenericData.EnumSymbol(earlier.getField("state").schema(), "OPEN"));
        written.put("attempt", 2);
        written.put("not_before", 0L);
        written.put("submitted_at", 1_000L);
        written.put("headers", List.of());
        written.put("request", ByteBuffer.wrap("{}".getBytes(UTF_8)));
        written.put("remote_job", job);
        var out = new ByteArrayOutputStream();
        out.write(SingleObject.header(RecordSchema.fingerprint(earlier)));
        var encoder = EncoderFactory.get().binaryEncoder(out, null);
        new GenericDatumWriter<>(earlier).write(written, encoder);
        encoder.flush();

        JournalEntry entry = JournalCodec.decode(out.toByteArray());

        assertThat(entry.attempt()).isEqualTo(2);
        assertThat(entry.remoteJob())
                .isEqualTo(new JournalEntry.Job("/api/v1/marker/r1", Instant.ofEpochSecond(5), null));
    }

    @Test
    void aJournalEntryShowsNoContentWhenPrinted() {
        var header = new JournalEntry.Header("trace", "secret".getBytes(UTF_8));
        var entry = new JournalEntry(
                JournalEntry.State.OPEN,
                1,
                Instant.EPOCH,
                Instant.EPOCH,
                null,
                List.of(header),
                "secret".getBytes(UTF_8),
                null,
                null);

        assertThat(entry + " " + header).doesNotContain("secret").contains("6 bytes");
    }
}
