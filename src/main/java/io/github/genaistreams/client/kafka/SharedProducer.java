package io.github.genaistreams.client.kafka;

import org.apache.kafka.clients.producer.Producer;
import org.jspecify.annotations.Nullable;

/** The producer of a client, created when it is first used. Thread-safe. */
public final class SharedProducer implements AutoCloseable {

    private final KafkaSettings settings;
    private @Nullable Producer<byte[], byte[]> producer; // null until the first use

    public SharedProducer(KafkaSettings settings) {
        this.settings = settings;
    }

    /** The producer. The caller must not close it. */
    public synchronized Producer<byte[], byte[]> get() {
        Producer<byte[], byte[]> shared = producer == null ? settings.producer() : producer;
        producer = shared;
        return shared;
    }

    /** Waits for records that are being sent. May be called twice. */
    @Override
    public void close() {
        Producer<byte[], byte[]> unused;
        synchronized (this) {
            unused = producer;
            producer = null;
        }
        if (unused != null) {
            unused.close(settings.answerTimeout());
        }
    }
}
