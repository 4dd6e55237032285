package io.github.genaistreams.topology.gate;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.flow.Lanes;
import io.github.genaistreams.topology.topic.TaskCounts;
import io.github.genaistreams.wire.WriterSchemas;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.streams.StreamsConfig;
import org.junit.jupiter.api.Test;

/** Without a broker: a client connects only when it is used. */
class IntakeGateTest {

    private final IntakeGate gate =
            new IntakeGate(new Lanes(), Duration.ofSeconds(60), TaskCounts.unknown(), WriterSchemas.NONE);
    private final StreamsConfig streams =
            new StreamsConfig(Map.of("application.id", "test", "bootstrap.servers", "localhost:1"));

    private static void close(Consumer<?, ?> consumer) {
        consumer.close(CloseOptions.timeout(Duration.ZERO));
    }

    @Test
    void givesEachStreamThreadAConsumerThatPassesTheGate() {
        try (Admin admin = gate.getAdmin(streams.getAdminConfigs("admin"))) {
            assertThat(admin).isNotNull();
            Map<String, Object> config = new HashMap<>(streams.getMainConsumerConfigs("test", "consumer", 1));
            // That of Kafka Streams needs more of it than there is here.
            config.put("partition.assignment.strategy", InPlaceOfStreams.class.getName());
            Consumer<byte[], byte[]> first = gate.getConsumer(config);
            Consumer<byte[], byte[]> second = gate.getConsumer(config);

            assertThat(first).isInstanceOf(GatedConsumer.class).isNotSameAs(second);
            close(first);
            close(second);
        }
    }

    @Test
    void givesARecordOfAGlobalStoreATime() {
        Consumer<byte[], byte[]> consumer = gate.getGlobalConsumer(streams.getGlobalConsumerConfigs("global"));

        assertThat(consumer).isInstanceOf(TimedConsumer.class);
        close(consumer);
    }

    @Test
    void restoresWithAPlainConsumer() {
        Consumer<byte[], byte[]> consumer = gate.getRestoreConsumer(streams.getRestoreConsumerConfigs("restore"));

        assertThat(consumer.getClass()).isEqualTo(KafkaConsumer.class);
        close(consumer);
    }

    @Test
    void measuresTheCommitsOfItsProducers() {
        Map<String, Object> config = streams.getProducerConfigs("producer");
        config.put("transactional.id", "test");
        Producer<byte[], byte[]> producer = gate.getProducer(config);

        assertThat(producer).isInstanceOf(PacedProducer.class);
        producer.close(Duration.ZERO);
    }
}
