package io.github.genaistreams.topology.topic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.genaistreams.topology.call.RequestLog;
import io.github.genaistreams.topology.call.RequestLog.Reread;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.LongStream;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Failures and bounds; {@link TopicReaderTest} reads from a real broker. */
class OffsetReaderTest {

    private static final TopicPartition PARTITION = new TopicPartition("requests", 0);
    private static final TopicPartition OTHER = new TopicPartition("requests", 1);
    private static final int LEAP = 20;

    private final Partitions first = new Partitions();
    private final Partitions second = new Partitions();
    private final BlockingQueue<Consumer<byte[], byte[]>> consumers = new LinkedBlockingQueue<>(List.of(first, second));
    private final OffsetReader reader = new OffsetReader(consumers::remove, LEAP, Duration.ofMillis(1));

    @AfterEach
    void close() {
        reader.close();
    }

    /** Two partitions with a record at each offset below {@link #END}, of which a poll returns one. */
    private static final class Partitions extends MockConsumer<byte[], byte[]> {

        private static final long END = 100;

        final List<Long> seeks = new CopyOnWriteArrayList<>();
        volatile long begin;
        volatile int polls;
        volatile long withoutRecords = END;
        volatile KafkaException onPoll;
        volatile KafkaException onClose;

        Partitions() {
            super("none");
            beginAt(0);
            updateEndOffsets(Map.of(PARTITION, END, OTHER, END));
        }

        void beginAt(long offset) {
            begin = offset;
            updateBeginningOffsets(Map.of(PARTITION, offset, OTHER, offset));
        }

        @Override
        public synchronized void seek(TopicPartition partition, long offset) {
            if (offset < 0) {
                throw new IllegalArgumentException("seek offset must not be a negative number");
            }
            super.seek(partition, offset);
            seeks.add(offset);
        }

        @Override
        public synchronized ConsumerRecords<byte[], byte[]> poll(Duration timeout) {
            polls++;
            if (onPoll != null) {
                throw onPoll;
            }
            TopicPartition partition = assignment().iterator().next();
            long next = position(partition);
            if (next < begin || next > END) {
                throw new OffsetOutOfRangeException(Map.of(partition, next));
            }
            if (next >= withoutRecords) {
                super.seek(partition, END);
                return ConsumerRecords.empty();
            }
            super.seek(partition, next + 1);
            return new ConsumerRecords<>(Map.of(partition, List.of(record(partition, next))), Map.of());
        }

        @Override
        public synchronized void close(CloseOptions options) {
            super.close(options);
            if (onClose != null) {
                throw onClose;
            }
        }

        /** Of a megabyte, as it says. */
        private static ConsumerRecord<byte[], byte[]> record(TopicPartition partition, long offset) {
            return new ConsumerRecord<>(
                    partition.topic(),
                    partition.partition(),
                    offset,
                    0,
                    TimestampType.CREATE_TIME,
                    0,
                    1 << 20,
                    new byte[0],
                    new byte[0],
                    new RecordHeaders(),
                    Optional.empty());
        }
    }

    private static List<Reread> next(RequestLog.Reading reading, int count) {
        List<Reread> read = new ArrayList<>();
        await().pollInterval(Duration.ofMillis(1)).until(() -> {
            for (Reread next = reading.next(); next != null; next = reading.next()) {
                read.add(next);
            }
            return read.size() >= count;
        });
        return read;
    }

    private List<Reread> read(TopicPartition partition, Long... offsets) {
        return next(reader.read(partition, List.of(offsets)), offsets.length);
    }

    @Test
    void readsOverAShortGapAndLeapsOverALongOne() {
        assertThat(read(PARTITION, 3L, 4L + LEAP)).hasOnlyElementsOfType(Reread.Found.class);
        assertThat(first.seeks).containsExactly(3L);
        assertThat(first.polls).as("none too many").isEqualTo(2 + LEAP);

        assertThat(read(PARTITION, 3L, 5L + LEAP)).hasOnlyElementsOfType(Reread.Found.class);
        assertThat(first.seeks).containsExactly(3L, 3L, 5L + LEAP);
    }

    @Test
    void saysOfWhatIsOutsideOfThePartitionThatItIsGone() {
        first.beginAt(2);

        assertThat(read(PARTITION, 0L, 1L, 2L, 3L))
                .extracting(Object::getClass)
                .containsExactly(gone(), gone(), found(), found());
        first.beginAt(Partitions.END);
        assertThat(read(PARTITION, 99L, 100L, 5_000L)).hasOnlyElementsOfType(Reread.Gone.class);
    }

    /** The end of a transaction takes an offset as well. */
    @Test
    void saysOfAnOffsetWithoutARecordThatItIsGone() {
        first.withoutRecords = 10;

        assertThat(read(PARTITION, 9L, 10L, 99L)).extracting(Object::getClass).containsExactly(found(), gone(), gone());
    }

    private static Class<?> gone() {
        return Reread.Gone.class;
    }

    private static Class<?> found() {
        return Reread.Found.class;
    }

    @Test
    void readsNoMoreThanMayWaitUntilItIsTaken() {
        RequestLog.Reading reading =
                reader.read(PARTITION, LongStream.range(0, 20).boxed().toList());
        // Another one is read meanwhile, so the first one's turn is over.
        assertThat(read(OTHER, 7L)).hasSize(1);
        int polls = first.polls;
        assertThat(polls).isBetween(9, 10);

        assertThat(next(reading, 20))
                .extracting(Reread::offset)
                .containsExactlyElementsOf(LongStream.range(0, 20).boxed().toList());
    }

    @Test
    void triesAgainWithANewConsumerAfterAFailure() {
        first.onPoll = new KafkaException("no node");
        first.onClose = new KafkaException("not even this");

        assertThat(read(PARTITION, 1L, 2L)).hasOnlyElementsOfType(Reread.Found.class);
        assertThat(first.closed()).isTrue();
        assertThat(second.seeks).containsExactly(1L);
    }

    /** Whatever is wrong with one of them, the open requests of the others need their records. */
    @Test
    void readsForOthersAlthoughTheRecordsOfOneCannotBeRead() {
        for (int i = 0; i < 1_000; i++) {
            consumers.add(new Partitions());
        }
        RequestLog.Reading impossible = reader.read(PARTITION, List.of(-1L));

        assertThat(read(OTHER, 1L)).hasSize(1);
        assertThat(impossible.next()).isNull();
        impossible.close();
    }

    @Test
    void readsNothingForWhomeverHasClosedItsReading() {
        RequestLog.Reading closed = reader.read(PARTITION, List.of(50L));
        closed.close();
        read(OTHER, 7L);
        int seeks = first.seeks.size();

        read(OTHER, 8L);
        assertThat(first.seeks).hasSize(seeks + 1);
        assertThat(closed.next()).isNull();
    }

    @Test
    void closesItsConsumerWithItself() {
        read(PARTITION, 1L);

        reader.close();

        await().atMost(Duration.ofSeconds(3)).pollInterval(Duration.ofMillis(1)).until(first::closed);
    }
}
