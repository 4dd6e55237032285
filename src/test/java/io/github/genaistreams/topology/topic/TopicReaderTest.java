package io.github.genaistreams.topology.topic;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.genaistreams.embedded.SharedKafka;
import io.github.genaistreams.topology.call.RequestLog;
import io.github.genaistreams.topology.call.RequestLog.Reread;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Reads from a real broker, whose transactions leave gaps between offsets. */
class TopicReaderTest {

    private static final long DAY = Duration.ofDays(1).toMillis();

    @RegisterExtension
    static final SharedKafka KAFKA = new SharedKafka();

    private static Admin admin;

    private TopicPartition partition;
    private TopicReader reader;

    @BeforeAll
    static void openAdmin() {
        admin = Admin.create(Map.of("bootstrap.servers", KAFKA.broker().bootstrapServers()));
    }

    @AfterAll
    static void closeAdmin() {
        admin.close();
    }

    @BeforeEach
    void start(TestInfo test) throws Exception {
        partition = new TopicPartition(test.getTestMethod().orElseThrow().getName(), 0);
        admin.createTopics(List.of(new NewTopic(partition.topic(), 1, (short) 1)))
                .all()
                .get();
        reader = new TopicReader(
                Map.of("bootstrap.servers", KAFKA.broker().bootstrapServers(), "max.poll.records", 7), "test");
    }

    @AfterEach
    void stop() {
        reader.close();
    }

    private List<Long> write(int transactions, int bytes) throws Exception {
        return write(transactions, 3, bytes);
    }

    /** So many records in each of so many transactions, of which each adds a marker. Returns the records' offsets. */
    private List<Long> write(int transactions, int records, int bytes) throws Exception {
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        try (var producer = new KafkaProducer<>(
                Map.<String, Object>of(
                        "bootstrap.servers", KAFKA.broker().bootstrapServers(), "transactional.id", partition.topic()),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            producer.initTransactions();
            for (int i = 0; i < transactions; i++) {
                producer.beginTransaction();
                for (int j = 0; j < records; j++) {
                    byte[] value = new byte[bytes];
                    value[0] = (byte) sent.size();
                    sent.add(producer.send(
                            new ProducerRecord<>(partition.topic(), 0, ("k" + sent.size()).getBytes(UTF_8), value)));
                }
                producer.commitTransaction();
            }
        }
        List<Long> offsets = new ArrayList<>();
        for (Future<RecordMetadata> each : sent) {
            offsets.add(each.get().offset());
        }
        return offsets;
    }

    private List<Reread> read(List<Long> offsets) {
        List<Reread> read = new ArrayList<>();
        try (RequestLog.Reading reading = reader.read(partition, offsets)) {
            await().atMost(Duration.ofSeconds(30)).until(() -> {
                for (Reread next = reading.next(); next != null; next = reading.next()) {
                    read.add(next);
                }
                return read.size() == offsets.size();
            });
        }
        return read;
    }

    @Test
    void readsWhatIsWantedAndNothingElseInOrder() throws Exception {
        List<Long> all = write(10, 10);
        List<Long> wanted = List.of(all.get(0), all.get(4), all.get(5), all.get(29));

        assertThat(read(wanted)).allSatisfy(next -> assertThat(next).isInstanceOf(Reread.Found.class));
        assertThat(read(wanted)).extracting(Reread::offset).containsExactlyElementsOf(wanted);
        assertThat(read(wanted))
                .extracting(next -> (int) ((Reread.Found) next).record().value()[0])
                .containsExactly(0, 4, 5, 29);
    }

    @Test
    void jumpsOverWhatNobodyWants() throws Exception {
        List<Long> all = write(2, 1_000, 1);
        List<Long> wanted = List.of(all.get(1), all.get(all.size() - 1));

        assertThat(read(wanted)).hasOnlyElementsOfType(Reread.Found.class);
    }

    @Test
    void readsMoreThanItLetsWaitAtOnce() throws Exception {
        List<Long> all = write(10, 900_000);

        assertThat(read(all)).extracting(Reread::offset).containsExactlyElementsOf(all);
    }

    /** A broker holds the fetch after the last record, and answers nothing else on that connection meanwhile. */
    @Test
    void goesOnWithTheNextPartitionAtOnce() throws Exception {
        int partitions = 20;
        String topic = partition.topic() + "-parts";
        admin.createTopics(List.of(new NewTopic(topic, partitions, (short) 1)))
                .all()
                .get();
        try (var producer = new KafkaProducer<>(
                Map.<String, Object>of("bootstrap.servers", KAFKA.broker().bootstrapServers()),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            for (int i = 0; i < partitions; i++) {
                producer.send(new ProducerRecord<>(topic, i, new byte[1], new byte[1]));
            }
        }
        // The reader has its connection.
        read(write(1, 10));

        long begun = System.nanoTime();
        List<RequestLog.Reading> readings = IntStream.range(0, partitions)
                .mapToObj(i -> reader.read(new TopicPartition(topic, i), List.of(0L)))
                .toList();
        for (RequestLog.Reading reading : readings) {
            await().pollInterval(Duration.ofMillis(5)).until(() -> reading.next() instanceof Reread.Found);
        }
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(5));
    }

    @Test
    void saysOfEachRecordThatWasDeletedThatItIsGone() throws Exception {
        List<Long> all = write(3, 10);
        admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(all.get(4))))
                .all()
                .get();

        List<Reread> read = read(all);
        assertThat(read.subList(0, 4)).hasOnlyElementsOfType(Reread.Gone.class);
        assertThat(read.subList(4, 9)).hasOnlyElementsOfType(Reread.Found.class);
        assertThat(read).extracting(Reread::offset).containsExactlyElementsOf(all);
    }

    @Test
    void saysThatAllIsGoneOfATopicThatWasDeletedAltogether() throws Exception {
        List<Long> all = write(2, 10);
        admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(-1)))
                .all()
                .get();
        List<Long> beyond = LongStream.of(1_000, 2_000).boxed().toList();

        assertThat(read(all)).hasOnlyElementsOfType(Reread.Gone.class).hasSize(6);
        assertThat(read(beyond)).hasOnlyElementsOfType(Reread.Gone.class).hasSize(2);
    }

    @Test
    void readsSeveralPartitionsAtOnceAlsoWhenOneIsClosedMeanwhile() throws Exception {
        List<Long> all = write(5, 10);
        reader.read(partition, all).close();
        RequestLog.Reading first = reader.read(partition, all);

        assertThat(read(all)).hasSize(15);
        await().until(() -> first.next() != null);
    }

    @Test
    void countsOnATopicForHalfOfItsRetentionAndOnNoOther() throws Exception {
        create("a-day", Map.of("retention.ms", Long.toString(DAY)));
        create("for-ever", Map.of("retention.ms", "-1"));
        create("by-size", Map.of("retention.bytes", "1000000000"));
        create("compacted", Map.of("cleanup.policy", "compact"));
        create("both", Map.of("cleanup.policy", "compact,delete"));
        long now = 10 * DAY;
        // The controller has new topics at once, the broker that is asked a moment later.
        await().until(() -> {
            reader.readRetention(admin, Set.of("a-day", "for-ever", "by-size", "compacted", "both", "not-there"));
            return reader.keeps("a-day", now, now) && reader.keeps("for-ever", now, now);
        });

        assertThat(reader.keeps("a-day", now - DAY / 2 + 1, now)).isTrue();
        assertThat(reader.keeps("a-day", now - DAY / 2, now)).isFalse();
        assertThat(reader.keeps("a-day", 0, now)).isFalse();
        assertThat(reader.keeps("for-ever", 0, now)).isTrue();
        assertThat(List.of("by-size", "compacted", "both", "not-there", "never-looked-at"))
                .noneMatch(topic -> reader.keeps(topic, now, now));
    }

    private static void create(String topic, Map<String, String> configs) throws Exception {
        admin.createTopics(List.of(new NewTopic(topic, 1, (short) 1).configs(configs)))
                .all()
                .get();
    }
}
