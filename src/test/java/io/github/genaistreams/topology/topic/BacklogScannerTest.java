package io.github.genaistreams.topology.topic;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.genaistreams.embedded.SharedKafka;
import io.github.genaistreams.topology.call.RequestLog;
import io.github.genaistreams.topology.call.RequestLog.Scanned;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Reads from a real broker, which decides what is committed. */
class BacklogScannerTest {

    @RegisterExtension
    static final SharedKafka KAFKA = new SharedKafka();

    private TopicPartition first;
    private TopicPartition second;
    private TopicReader reader;
    private KafkaProducer<byte[], byte[]> producer;

    @BeforeEach
    void start(TestInfo test) throws Exception {
        String topic = test.getTestMethod().orElseThrow().getName();
        first = new TopicPartition(topic, 0);
        second = new TopicPartition(topic, 1);
        Map<String, Object> client = Map.of("bootstrap.servers", KAFKA.broker().bootstrapServers());
        try (Admin admin = Admin.create(client)) {
            admin.createTopics(List.of(new NewTopic(topic, 2, (short) 1))).all().get();
        }
        reader = new TopicReader(client, "test");
        producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", KAFKA.broker().bootstrapServers(), "transactional.id", topic),
                new ByteArraySerializer(),
                new ByteArraySerializer());
        producer.initTransactions();
    }

    @AfterEach
    void stop() {
        producer.close();
        reader.close();
    }

    private void send(TopicPartition partition, String... batches) {
        for (String batch : batches) {
            producer.send(new ProducerRecord<>(
                    partition.topic(), partition.partition(), batch.getBytes(UTF_8), new byte[10]));
        }
    }

    private void write(TopicPartition partition, String... batches) {
        producer.beginTransaction();
        send(partition, batches);
        producer.commitTransaction();
    }

    private static String batchOf(ConsumerRecord<byte[], byte[]> record) {
        String key = new String(record.key(), UTF_8);
        if (key.equals("broken")) {
            throw new IllegalStateException("cannot be read");
        }
        return key.equals("unknown") ? null : key;
    }

    private static List<Scanned> read(RequestLog.Scan scan, int runs) {
        List<Scanned> read = new ArrayList<>();
        await().atMost(Duration.ofSeconds(30)).until(() -> {
            for (Scanned next = scan.next(); next != null; next = scan.next()) {
                read.add(next);
            }
            return read.size() >= runs;
        });
        return read;
    }

    @Test
    void findsTheBatchesOfCommittedRecordsOnlyAlsoOfThoseThatComeLater() {
        write(first, "passed", "a", "a", "unknown", "a", "broken", "b");
        producer.beginTransaction();
        send(first, "b", "b");
        producer.flush();
        producer.abortTransaction();
        write(first, "b");
        write(second, "c");

        try (RequestLog.Scan scan = reader.scan(first, 1, BacklogScannerTest::batchOf);
                RequestLog.Scan other = reader.scan(second, 0, BacklogScannerTest::batchOf)) {
            // Offset 7 is the marker of the first transaction, 8 to 10 are the aborted one.
            assertThat(read(scan, 4))
                    .containsExactly(
                            new Scanned("a", 1, 3),
                            new Scanned("a", 4, 5),
                            new Scanned("b", 6, 7),
                            new Scanned("b", 11, 12));
            assertThat(read(other, 1)).containsExactly(new Scanned("c", 0, 1));

            write(first, "late");
            assertThat(read(scan, 1)).containsExactly(new Scanned("late", 13, 14));
        }
    }

    @Test
    void readsAPartitionAgainForItsNextTask() {
        write(first, "a", "a", "b");
        try (RequestLog.Scan scan = reader.scan(first, 0, BacklogScannerTest::batchOf)) {
            read(scan, 2);
        }

        try (RequestLog.Scan again = reader.scan(first, 2, BacklogScannerTest::batchOf)) {
            assertThat(read(again, 1)).containsExactly(new Scanned("b", 2, 3));
        }
    }

    @Test
    void readsOnWhenATaskTakesWhatWasFound() {
        producer.beginTransaction();
        for (int i = 0; i < 3_000; i++) {
            send(first, i % 2 == 0 ? "a" : "b");
        }
        producer.commitTransaction();

        try (RequestLog.Scan scan = reader.scan(first, 0, BacklogScannerTest::batchOf)) {
            assertThat(read(scan, 3_000)).hasSize(3_000);
        }
    }

    @Test
    void goesOnWithANewConsumerAlsoIfItCannotEvenCloseTheOldOne() {
        write(first, "a", "b");
        Map<String, Object> client = Map.of(
                "bootstrap.servers",
                KAFKA.broker().bootstrapServers(),
                "isolation.level",
                "read_committed",
                "enable.auto.commit",
                false);
        var broken = new KafkaConsumer<>(client, new ByteArrayDeserializer(), new ByteArrayDeserializer()) {
            @Override
            public ConsumerRecords<byte[], byte[]> poll(Duration timeout) {
                throw new KafkaException("no node");
            }

            @Override
            public void close(CloseOptions options) {
                super.close(options);
                throw new KafkaException("not even this");
            }
        };
        var consumers = new LinkedBlockingQueue<Consumer<byte[], byte[]>>(
                List.of(broken, new KafkaConsumer<>(client, new ByteArrayDeserializer(), new ByteArrayDeserializer())));

        try (var scanner = new BacklogScanner(consumers::remove, OffsetReader.ofFewAtOnce(client, "test-found"));
                RequestLog.Scan scan = scanner.scan(first, 0, BacklogScannerTest::batchOf)) {
            assertThat(read(scan, 2)).containsExactly(new Scanned("a", 0, 1), new Scanned("b", 1, 2));
        }
    }

    @Test
    void neverFindsWhatIsBeforeItsBeginningIfTheTopicHasLostItsEnd() {
        write(first, "a", "a");

        try (RequestLog.Scan scan = reader.scan(first, 50, BacklogScannerTest::batchOf)) {
            producer.beginTransaction();
            for (int i = 0; i < 60; i++) {
                send(first, "b");
            }
            producer.commitTransaction();

            assertThat(read(scan, 1)).allMatch(found -> found.from() >= 50);
        }
    }
}
