package io.github.genaistreams.topology.batch;

import static io.github.genaistreams.topology.batch.AssemblerCase.encoded;
import static io.github.genaistreams.topology.batch.AssemblerCase.result;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.genaistreams.model.BatchNote;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.Waiting;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.ItemKeys;
import io.github.genaistreams.wire.ResultSummary;
import io.github.genaistreams.wire.WireException;
import io.github.genaistreams.wire.WireFormat;
import io.github.genaistreams.wire.WireHeaders;
import io.github.genaistreams.wire.WriterSchemas;
import java.time.Duration;
import java.time.Instant;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.processor.api.Record;
import org.junit.jupiter.api.Test;

class BatchRecordsTest {

    private static final Instant NOW = AssemblerCase.START;
    private static final int MOST_BYTES = 10_000;

    private final BatchRecords records = new BatchRecords(WriterSchemas.NONE, MOST_BYTES);
    private final CallResult result = result("b", 3, 5, true);

    private CallResult read(byte[] value, Headers headers) {
        return records.result(new Record<>(ItemKeys.encode(result.key()), value, 0, headers), NOW.toEpochMilli());
    }

    private CallResult read(CallResult result) {
        return read(encoded(result), new RecordHeaders());
    }

    private static BatchNote read(BatchNote note) {
        return BatchRecords.note(Codecs.BATCH_NOTE.encode(note, WireFormat.JSON));
    }

    private static void refuses(BatchNote note, String why) {
        assertThatThrownBy(() -> read(note)).isInstanceOf(WireException.class).hasMessageContaining(why);
    }

    @Test
    void readsAResultFromItsSummaryWithoutParsingIt() {
        byte[] value = "cannot be parsed".getBytes(UTF_8);
        Headers headers = new RecordHeaders();
        headers.add(WireHeaders.SUMMARY, ResultSummary.of(result, value).orElseThrow());

        CallResult read = read(value, headers);

        assertThat(read.key()).isEqualTo(result.key());
        assertThat(read.success()).isTrue();
        assertThat(read.batchSize()).isEqualTo(5);
        assertThat(read.cost()).isEqualByComparingTo(result.cost());
    }

    @Test
    void readsAResultItselfIfTheSummaryIsOfAnotherValue() {
        Headers headers = new RecordHeaders();
        headers.add(
                WireHeaders.SUMMARY,
                ResultSummary.of(result("b", 3, 9, false), new byte[1]).orElseThrow());

        CallResult read = read(encoded(result), headers);

        assertThat(read.success()).isTrue();
        assertThat(read.batchSize()).isEqualTo(5);
    }

    @Test
    void refusesAResultThatIsNone() {
        assertThatThrownBy(() -> read(null, new RecordHeaders())).isInstanceOf(WireException.class);
        assertThatThrownBy(() -> read("garbage".getBytes(UTF_8), new RecordHeaders()))
                .isInstanceOf(WireException.class);
    }

    @Test
    void refusesAResultLargerThanAnyOfAWorker() {
        byte[] value = encoded(result);
        Headers headers = new RecordHeaders();
        headers.add("x", new byte[MOST_BYTES]);

        assertThatThrownBy(() -> read(value, headers))
                .isInstanceOf(WireException.class)
                .hasMessageContaining("record.max.bytes");
    }

    @Test
    void takesTimesAsTheyAreUnlessNoClockOfAWorkerHasThem() {
        Instant latest = NOW.plus(Duration.ofDays(1));
        CallResult good =
                read(result.toBuilder().submittedAt(NOW).completedAt(latest).build());
        assertThat(good.submittedAt()).isEqualTo(NOW);
        assertThat(good.completedAt()).isEqualTo(latest);

        CallResult bad = read(result.toBuilder()
                .submittedAt(Instant.EPOCH.minusSeconds(9))
                .completedAt(latest.plusSeconds(9))
                .build());
        assertThat(bad.submittedAt()).isEqualTo(Instant.EPOCH);
        assertThat(bad.completedAt()).isEqualTo(latest);
    }

    @Test
    void readsANote() {
        var waiting = new Waiting("outage", NOW, NOW.plusSeconds(5), "words");

        assertThat(read(BatchNote.waiting("b", "responses", 3, waiting)).waiting())
                .isEqualTo(waiting);
        assertThat(read(BatchNote.goesOn("b", "responses")).waiting()).isNull();
        assertThat(read(BatchNote.deadLetter("b", "responses", 3, "why")).reason())
                .isEqualTo("why");
    }

    @Test
    void refusesANoteThatNoWorkerWrites() {
        String large = "x".repeat(10_001);
        assertThatThrownBy(() -> BatchRecords.note(null)).isInstanceOf(WireException.class);
        refuses(BatchNote.goesOn(" ", "responses"), "batch_id");
        refuses(BatchNote.goesOn("b", "x".repeat(1_001)), "`api`");
        refuses(BatchNote.deadLetter("b", "responses", 3, large), "`reason`");
        refuses(BatchNote.waiting("b", "responses", 3, new Waiting(large, NOW, null, null)), "`waiting`");
        refuses(BatchNote.waiting("b", "responses", 3, new Waiting("outage", NOW, null, large)), "`waiting`");
    }
}
