package io.github.genaistreams.client.kafka;

import java.time.Duration;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.errors.TimeoutException;

/** Polls for records that are known to exist. If the cluster returns none for too long, it has failed. For one thread. */
public final class PatientPoll {

    private static final Duration STEP = Duration.ofMillis(500);

    private final Consumer<byte[], byte[]> consumer;
    private final Duration silence;
    private long lastMove = System.nanoTime();

    /** @param silence how long the cluster may return nothing */
    public PatientPoll(Consumer<byte[], byte[]> consumer, Duration silence) {
        this.consumer = consumer;
        this.silence = silence;
    }

    /**
     * The next records; may be empty.
     *
     * @throws TimeoutException if there were no records for too long
     */
    public ConsumerRecords<byte[], byte[]> poll() {
        ConsumerRecords<byte[], byte[]> records = consumer.poll(STEP);
        if (!records.isEmpty()) {
            lastMove = System.nanoTime();
        } else if (System.nanoTime() - lastMove > silence.toNanos()) {
            throw new TimeoutException("no records for " + silence);
        }
        return records;
    }
}
