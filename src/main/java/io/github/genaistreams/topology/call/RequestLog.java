package io.github.genaistreams.topology.call;

import java.util.List;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * The request and retry topics, read besides the stream. They store the open requests: a record that stays long enough is
 * not written a second time. Thread-safe.
 */
public interface RequestLog {

    /** Stores nothing: every open request is journaled whole. */
    RequestLog NONE = new RequestLog() {
        @Override
        public boolean keeps(String topic, long timestamp, long now) {
            return false;
        }

        @Override
        public Reading read(TopicPartition partition, List<Long> offsets) {
            throw new IllegalStateException("nothing is kept");
        }

        @Override
        public Scan scan(
                TopicPartition partition,
                long from,
                Function<ConsumerRecord<byte[], byte[]>, @Nullable String> batchOf) {
            return Scan.NOTHING;
        }
    };

    /**
     * Whether a record is certain to stay for some time.
     *
     * @param timestamp time stamp of the record, epoch milliseconds
     * @param now       epoch milliseconds
     */
    boolean keeps(String topic, long timestamp, long now);

    /**
     * Starts to read records again, on another thread.
     *
     * @param offsets offsets of records, in ascending order
     */
    Reading read(TopicPartition partition, List<Long> offsets);

    /**
     * Starts to read committed records from an offset on, also those that are written later, on another thread.
     *
     * @param batchOf the batch of a record; null if it is not known. Called on that thread
     */
    Scan scan(TopicPartition partition, long from, Function<ConsumerRecord<byte[], byte[]>, @Nullable String> batchOf);

    /** The batches of the records of a partition. For one thread. */
    interface Scan extends AutoCloseable {

        /** A partition without records. */
        Scan NOTHING = new Scan() {
            @Override
            public @Nullable Scanned next() {
                return null;
            }

            @Override
            public Reading read(List<Long> offsets) {
                throw new IllegalStateException("nothing was scanned");
            }

            @Override
            public void close() {}
        };

        /** The next records, in the order of offsets; null if they have not arrived. Does not block. */
        @Nullable
        Scanned next();

        /** Starts to read scanned records, as {@link RequestLog#read} does. */
        Reading read(List<Long> offsets);

        /** Stops reading. */
        @Override
        void close();
    }

    /** Records of one batch, one at each offset from {@code from} to {@code to}, exclusive. */
    record Scanned(String batchId, long from, long to) {}

    /** Records that are being read again. For one thread. */
    interface Reading extends AutoCloseable {

        /** The next record, in the order of offsets; null if it has not arrived, or if all have. Does not block. */
        @Nullable
        Reread next();

        /** Stops reading, even if records are missing. */
        @Override
        void close();
    }

    /** What was found at an offset. */
    sealed interface Reread {

        long offset();

        /** The topic has the record. */
        record Found(ConsumerRecord<byte[], byte[]> record) implements Reread {
            @Override
            public long offset() {
                return record.offset();
            }
        }

        /** The topic no longer has it. */
        record Gone(long offset) implements Reread {}
    }
}
