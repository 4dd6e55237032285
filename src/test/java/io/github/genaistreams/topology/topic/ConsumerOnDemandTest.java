package io.github.genaistreams.topology.topic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.junit.jupiter.api.Test;

/** A consumer is open while it is needed, and only one. */
class ConsumerOnDemandTest {

    private final List<MockConsumer<byte[], byte[]>> opened = new ArrayList<>();
    private RuntimeException onClose;
    private RuntimeException onOpen;
    private final ConsumerOnDemand consumer = new ConsumerOnDemand(() -> {
        if (onOpen != null) {
            throw onOpen;
        }
        opened.add(new MockConsumer<>("none") {
            @Override
            public synchronized void close(CloseOptions options) {
                super.close(options);
                if (onClose != null) {
                    throw onClose;
                }
            }
        });
        return opened.get(opened.size() - 1);
    });

    @Test
    void opensAConsumerOnlyWhenItIsNeededAndKeepsIt() {
        consumer.close();
        assertThat(opened).isEmpty();
        assertThat(consumer.open()).isSameAs(consumer.open());
        assertThat(opened).hasSize(1);
    }

    @Test
    void opensAnotherAfterItWasClosedOrHasFailedToClose() {
        consumer.open();
        onClose = new KafkaException("the broker is gone");
        consumer.close();
        onClose = null;
        consumer.open();

        assertThat(opened).extracting(MockConsumer::closed).containsExactly(true, false);
        consumer.close();
        consumer.close();
        assertThat(opened).extracting(MockConsumer::closed).containsExactly(true, true);
    }

    @Test
    void triesAgainToOpenWhatCouldNotBeOpened() {
        onOpen = new KafkaException("no such host");
        assertThatThrownBy(consumer::open).isSameAs(onOpen);
        onOpen = null;

        assertThat(consumer.open()).isSameAs(opened.get(0));
    }

    /** Its thread is to end. */
    @Test
    void passesAnInterruptOn() {
        consumer.open();
        onClose = new InterruptException("stop");
        assertThatThrownBy(consumer::close).isSameAs(onClose);
        // Its constructor has interrupted this thread.
        Thread.interrupted();
    }
}
