package io.github.genaistreams.topology.call;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.wire.WireHeaders;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.processor.api.Record;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SubmittedAtTest {

    private static final long SPLIT_AT = 5_000;

    /** Anybody may send the header: nothing in it makes a record later than it is, or ends anything. */
    @ParameterizedTest
    @CsvSource({"4000, 4000", "0, 0", "5000, 5000", "6000, 5000", "-1, 5000", "soon, 5000", "99999999999999999999, 5000"
    })
    void takesATimeBeforeThatOfTheRecordOnly(String header, long time) {
        var headers =
                new RecordHeaders().add("mine", new byte[0]).add(WireHeaders.SUBMITTED_AT, header.getBytes(UTF_8));

        Record<byte[], byte[]> restored =
                SubmittedAt.restored(new Record<byte[], byte[]>(null, null, SPLIT_AT, headers));

        assertThat(restored.timestamp()).isEqualTo(time);
        assertThat(restored.headers().toArray()).extracting(each -> each.key()).containsExactly("mine");
    }

    @Test
    void leavesARecordAloneThatSaysNothingOfIt() {
        var record = new Record<byte[], byte[]>(null, null, SPLIT_AT, new RecordHeaders());

        assertThat(SubmittedAt.restored(record)).isSameAs(record);
    }
}
