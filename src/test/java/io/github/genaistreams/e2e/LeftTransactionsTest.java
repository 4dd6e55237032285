package io.github.genaistreams.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.genaistreams.sandbox.SandboxSettings;
import io.github.genaistreams.worker.GenAiConfig;
import io.github.genaistreams.worker.Worker;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LeftTransactionsTest {

    /** Longer than the test may take: no transaction here ends by itself. */
    private static final int NEVER = (int) Duration.ofMinutes(10).toMillis();

    @TempDir
    Path dir;

    @Test
    void endsWhatAWorkerHasLeftOpenThatIsGoneAndNothingElse() {
        String gone = UUID.randomUUID().toString();
        try (TestCluster cluster = TestCluster.start(SandboxSettings.DEFAULTS, 1);
                SeenRecords results = cluster.results();
                var killed = open(
                        cluster, "genai-worker-" + gone + "-1", cluster.topics().results());
                // Of other groups, whose names begin like this one's.
                var other = open(
                        cluster,
                        "genai-worker-2-" + gone + "-1",
                        cluster.topics().deltas());
                var another = open(
                        cluster,
                        "genai-worker-" + gone + "-x-1",
                        cluster.topics().deltas());
                Worker worker = Worker.start(new GenAiConfig(cluster.worker(dir, 10)))) {
            cluster.submit("after", 20, r -> r);

            // The killed one's transaction is before them in the same partition.
            results.readUntil(() -> results.items() == 20, Duration.ofSeconds(30));

            assertThatThrownBy(killed::commitTransaction).isInstanceOf(KafkaException.class);
            other.commitTransaction();
            another.commitTransaction();
            assertThat(worker.stats().calls()).isEqualTo(20);
        }
    }

    private static KafkaProducer<byte[], byte[]> open(TestCluster cluster, String id, String topic) {
        var producer = new KafkaProducer<>(
                Map.of(
                        ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        cluster.kafka().bootstrapServers(),
                        ProducerConfig.TRANSACTIONAL_ID_CONFIG,
                        id,
                        ProducerConfig.TRANSACTION_TIMEOUT_CONFIG,
                        NEVER),
                new ByteArraySerializer(),
                new ByteArraySerializer());
        producer.initTransactions();
        producer.beginTransaction();
        producer.send(new ProducerRecord<>(topic, 0, null, "{}".getBytes(StandardCharsets.UTF_8)));
        producer.flush();
        return producer;
    }
}
