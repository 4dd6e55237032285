package io.github.genaistreams.client.read;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.wire.WireHeaders;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How a control record names the failures that were submitted again. */
class ResubmittedHeaderTest {

    @Test
    void isReportedInRangesOfIndexes() {
        Map<Integer, Long> failures = new HashMap<>();
        IntStream.rangeClosed(0, 99).forEach(index -> failures.put(index, 500L + index));
        failures.put(105, 7L);
        failures.put(Integer.MAX_VALUE - 1, 8L);

        List<byte[]> headers = Resubmitted.headers(failures);

        assertThat(headers).extracting(header -> new String(header, UTF_8)).containsExactly("600:0-99,105,2147483646");
        Resubmitted read = Resubmitted.of(List.of(control(headers.get(0))));
        assertThat(failures).allSatisfy((index, offset) -> assertThat(read.has(index, offset))
                .isTrue());
        assertThat(read.has(0, 600)).isFalse();
        assertThat(read.has(100, 5)).isFalse();
    }

    @Test
    void isReportedInSeveralRecordsIfThereAreMany() {
        Map<Integer, Long> failures = new HashMap<>();
        IntStream.range(0, 100_000).forEach(i -> failures.put(2 * i, (long) i));

        List<byte[]> headers = Resubmitted.headers(failures);

        assertThat(headers).hasSizeGreaterThan(1).allSatisfy(header -> assertThat(header.length)
                .isLessThan(300_000));
        Resubmitted read = Resubmitted.of(
                headers.stream().map(ResubmittedHeaderTest::control).toList());
        assertThat(failures.keySet()).allMatch(index -> read.has(index, 5));
        assertThat(read.has(1, 5)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ":",
                "1",
                "x:1",
                "1:",
                "1:x",
                "1:2-",
                "1:5-2",
                "1:-3",
                "1:99999999999",
                "99999999999999999999999999:1"
            })
    void isEmptyForAnInvalidHeader(String header) {
        assertThat(Resubmitted.of(List.of(control(header.getBytes(UTF_8)))).isEmpty())
                .isTrue();
    }

    private static ConsumerRecord<byte[], byte[]> control(byte[] header) {
        var record = new ConsumerRecord<>("control", 0, 0, new byte[0], new byte[0]);
        record.headers().add(WireHeaders.RESUBMITTED, header);
        return record;
    }
}
