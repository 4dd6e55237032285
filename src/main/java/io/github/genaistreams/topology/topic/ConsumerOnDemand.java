package io.github.genaistreams.topology.topic;

import java.time.Duration;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A consumer that is open only while it is needed, and is opened again after a failure. For one thread. */
final class ConsumerOnDemand {

    private static final Logger LOG = LoggerFactory.getLogger(ConsumerOnDemand.class);

    private final Supplier<Consumer<byte[], byte[]>> consumers;
    private @Nullable Consumer<byte[], byte[]> consumer;

    /** @param consumers opens a consumer */
    ConsumerOnDemand(Supplier<Consumer<byte[], byte[]>> consumers) {
        this.consumers = consumers;
    }

    /** The open consumer. Opens one if there is none. */
    Consumer<byte[], byte[]> open() {
        if (consumer == null) {
            consumer = consumers.get();
        }
        return consumer;
    }

    /** Closes the consumer, if one is open. It may be opened again. */
    void close() {
        Consumer<byte[], byte[]> old = consumer;
        consumer = null;
        if (old == null) {
            return;
        }
        try {
            old.close(CloseOptions.timeout(Duration.ZERO));
        } catch (InterruptException e) {
            throw e;
        } catch (KafkaException e) {
            LOG.debug("A consumer could not be closed", e);
        }
    }
}
