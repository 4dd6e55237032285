package io.github.genaistreams.topology.call;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.topology.call.RequestLog.Reread;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;

/** Each wanted offset is answered once, in ascending order, whatever the topic still has. */
class RereadJobTest {

    private static final TopicPartition PARTITION = new TopicPartition("requests", 0);

    private static RereadJob job(Long... offsets) {
        return new RereadJob(PARTITION, List.of(offsets));
    }

    private static ConsumerRecord<byte[], byte[]> record(long offset, int bytes) {
        return new ConsumerRecord<>(
                PARTITION.topic(),
                0,
                offset,
                0,
                TimestampType.CREATE_TIME,
                -1,
                bytes,
                null,
                bytes < 0 ? null : new byte[bytes],
                new RecordHeaders(),
                Optional.empty());
    }

    /** What a task takes: an offset that was found, or the negative of one that is gone. */
    private static List<Long> takeAll(RereadJob job) {
        List<Long> taken = new ArrayList<>();
        for (Reread next = job.next(); next != null; next = job.next()) {
            taken.add(next instanceof Reread.Found ? next.offset() : -next.offset());
        }
        return taken;
    }

    @Test
    void answersEachOffsetOnceInOrder() {
        RereadJob job = job(2L, 5L, 9L);
        assertThat(job.wanted()).isEqualTo(2);
        for (long offset = 0; offset < 12; offset++) {
            job.found(record(offset, 1));
            job.found(record(offset, 1));
        }

        assertThat(takeAll(job)).containsExactly(2L, 5L, 9L);
        assertThat(job.wanted()).isNull();
        assertThat(job.isDone()).isTrue();
    }

    /** Compaction, deletion and aborted transactions leave gaps. */
    @Test
    void saysThatAnOffsetIsGoneOnceALaterRecordIsRead() {
        RereadJob job = job(2L, 5L, 6L, 9L);
        job.found(record(1, 1));
        assertThat(job.next()).as("it may still come").isNull();
        job.found(record(6, 1));
        job.found(record(9, 1));

        assertThat(takeAll(job)).containsExactly(-2L, -5L, 6L, 9L);
    }

    @Test
    void isWithoutWhatIsBelowTheBeginningOfTheTopic() {
        RereadJob job = job(2L, 5L, 9L);
        job.goneBelow(5);
        assertThat(job.wanted()).isEqualTo(5);
        assertThat(takeAll(job)).containsExactly(-2L);
        job.goneBelow(3);
        assertThat(takeAll(job)).isEmpty();
    }

    @Test
    void isWithoutWhatIsAtTheEndOfTheTopicOrBeyond() {
        RereadJob job = job(2L, 5L, 9L);
        job.found(record(2, 1));
        job.goneFrom(5);

        assertThat(takeAll(job)).containsExactly(2L, -5L, -9L);
        assertThat(job.isDone()).isTrue();
    }

    @Test
    void isDoneWhenItsReaderIsBeforeItsTaskHasTakenAll() {
        RereadJob job = job(2L);
        job.found(record(2, 1));

        assertThat(job.isDone()).isTrue();
        assertThat(takeAll(job)).containsExactly(2L);
        assertThat(job().isDone()).as("nothing is wanted").isTrue();
    }

    @Test
    void isFullFrom8MegabytesUntilSomeAreTaken() {
        RereadJob job = job(0L, 1L, 2L);
        job.found(record(0, (8 << 20) - 1));
        assertThat(job.isFull()).isFalse();
        job.found(record(1, 1));
        assertThat(job.isFull()).isTrue();
        job.next();
        assertThat(job.isFull()).isFalse();
    }

    /** Otherwise, it would be full for ever or never. */
    @Test
    void countsNoBytesOfWhatItDoesNotKeepOrHasNone() {
        RereadJob job = job(1L, 2L);
        job.found(record(0, 9 << 20));
        assertThat(job.isFull()).isFalse();
        job.found(record(1, -1));
        job.goneFrom(2);
        assertThat(takeAll(job)).containsExactly(1L, -2L);
        assertThat(job.isFull()).isFalse();
    }

    @Test
    void givesNothingMoreToATaskThatHasClosedIt() {
        RereadJob job = job(1L, 2L);
        job.found(record(1, 1));
        job.close();

        assertThat(job.next()).isNull();
        assertThat(job.isDone()).isTrue();
    }
}
