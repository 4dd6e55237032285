package io.github.genaistreams.topology.call;

import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * The request and retry topics as the place where open requests are kept: what they keep long enough is not written a second time.
 * Thread-safe.
 */
public interface RequestLog {

    /** Keeps nothing: every open request is journaled whole. */
    RequestLog NONE = new RequestLog() {
        @Override
        public boolean keeps(String topic, long timestamp, long now) {
            return false;
        }

        @Override
        public Reading read(TopicPartition partition, List<Long> offsets) {
            throw new IllegalStateException("nothing is kept");
        }
    };

    /**
     * Whether a record can be counted on to be there for some time to come.
     *
     * @param timestamp of the record, epoch milliseconds
     * @param now       likewise
     */
    boolean keeps(String topic, long timestamp, long now);

    /**
     * Begins to read records again, on another thread.
     *
     * @param offsets in ascending order; each was the offset of a record once
     */
    Reading read(TopicPartition partition, List<Long> offsets);

    /** Records on their way back. For one thread. */
    interface Reading extends AutoCloseable {

        /** The next one, in the order of offsets; null if it has not come yet, or all have. Does not block. */
        Reread next();

        /** Ends it, whether or not all have come. */
        @Override
        void close();
    }

    /** What has become of a record. */
    sealed interface Reread {

        long offset();

        /** It is there. */
        record Found(ConsumerRecord<byte[], byte[]> record) implements Reread {
            @Override
            public long offset() {
                return record.offset();
            }
        }

        /** The topic has it no more. */
        record Gone(long offset) implements Reread {}
    }
}
