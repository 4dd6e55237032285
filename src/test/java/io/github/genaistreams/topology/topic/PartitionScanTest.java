package io.github.genaistreams.topology.topic;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.topology.call.RequestLog.Scanned;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PartitionScanTest {

    private static final TopicPartition PARTITION = new TopicPartition("requests", 0);

    private final OffsetReader reader = OffsetReader.ofFewAtOnce(Map.of("bootstrap.servers", "localhost:1"), "test");
    private final PartitionScan scan = new PartitionScan(PARTITION, 10, PartitionScanTest::batchOf, reader);

    @AfterEach
    void close() {
        reader.close();
    }

    private static String batchOf(ConsumerRecord<byte[], byte[]> record) {
        String key = new String(record.key(), UTF_8);
        if (key.equals("broken")) {
            throw new IllegalStateException("cannot be read");
        }
        return key.equals("unknown") ? null : key;
    }

    /** Records from this offset on; an empty name is an offset without one. */
    private void read(long from, String... batches) {
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        for (int i = 0; i < batches.length; i++) {
            if (!batches[i].isEmpty()) {
                records.add(new ConsumerRecord<>("requests", 0, from + i, batches[i].getBytes(UTF_8), new byte[1]));
            }
        }
        scan.read(records);
    }

    private List<Scanned> found() {
        List<Scanned> found = new ArrayList<>();
        for (Scanned next = scan.next(); next != null; next = scan.next()) {
            found.add(next);
        }
        return found;
    }

    @Test
    void combinesRecordsOfOneBatchThatFollowEachOther() {
        read(10, "a", "a", "b", "a");

        assertThat(found())
                .containsExactly(new Scanned("a", 10, 12), new Scanned("b", 12, 13), new Scanned("a", 13, 14));
        assertThat(scan.position()).isEqualTo(14);
    }

    @Test
    void endsARunAtARecordWhoseBatchIsNotKnown() {
        read(10, "a", "unknown", "a", "broken", "a");

        assertThat(found())
                .containsExactly(new Scanned("a", 10, 11), new Scanned("a", 12, 13), new Scanned("a", 14, 15));
    }

    @Test
    void endsARunAtAnOffsetWithoutARecord() {
        read(10, "a", "", "a");

        assertThat(found()).containsExactly(new Scanned("a", 10, 11), new Scanned("a", 12, 13));
    }

    @Test
    void leavesOutWhatIsBeforeItsBeginning() {
        read(8, "a", "a", "a");

        assertThat(found()).containsExactly(new Scanned("a", 10, 11));
    }

    @Test
    void isFullUntilTheTaskHasTakenSome() {
        for (int i = 0; i < PartitionScan.MAX_WAITING; i++) {
            assertThat(scan.isFull()).isFalse();
            read(10 + i, i % 2 == 0 ? "a" : "b");
        }
        assertThat(scan.isFull()).isTrue();

        scan.next();
        assertThat(scan.isFull()).isFalse();
    }

    @Test
    void goesOnBehindRecordsThatAreNotToBeSeen() {
        read(10, "a");
        scan.skipTo(40);
        assertThat(scan.position()).isEqualTo(40);
        scan.skipTo(20);
        assertThat(scan.position()).as("never back").isEqualTo(40);
    }

    @Test
    void givesNothingOnceItIsClosed() {
        read(10, "a");
        scan.close();

        assertThat(scan.isClosed()).isTrue();
        assertThat(found()).isEmpty();
    }
}
