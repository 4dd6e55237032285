package io.github.genaistreams.topology.gate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import io.github.genaistreams.embedded.LocalKafka;
import io.github.genaistreams.flow.Lanes;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.streams.errors.TaskMigratedException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** On a real broker, which decides whose transactions are committed. */
class PacedProducerTest {

    private static final TopicPartition REQUESTS = new TopicPartition("requests", 0);
    private static final TopicPartition RESULTS = new TopicPartition("results", 0);

    private final LocalKafka kafka = LocalKafka.start(LocalKafka.Options.temporary());
    private final ThreadLocal<Map<TopicPartition, OffsetAndMetadata>> committed = ThreadLocal.withInitial(HashMap::new);
    private final Lanes lanes = new Lanes();
    private final List<Exception> told = new CopyOnWriteArrayList<>();
    private PacedProducer producer;
    private KafkaConsumer<byte[], byte[]> member;

    @BeforeEach
    void start() throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()))) {
            admin.createTopics(List.of(
                            new NewTopic(REQUESTS.topic(), 1, (short) 1), new NewTopic(RESULTS.topic(), 1, (short) 1)))
                    .all()
                    .get();
        }
        producer = producer("60000");
        producer.initTransactions();
        member = new KafkaConsumer<>(
                Map.of("bootstrap.servers", kafka.bootstrapServers(), "group.id", "workers"),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer());
        member.subscribe(List.of(REQUESTS.topic()));
        await().until(() -> {
            member.poll(Duration.ofMillis(50));
            return member.assignment().contains(REQUESTS);
        });
        committed.get().put(REQUESTS, new OffsetAndMetadata(0));
    }

    @AfterEach
    void stop() {
        producer.close(Duration.ZERO);
        // It would wait for the broker.
        member.close(CloseOptions.timeout(Duration.ZERO));
        kafka.close();
    }

    @Test
    void commitsWhatATaskWritesThatHasReadNothing() {
        write();
        producer.sendOffsetsToTransaction(Map.of(), member.groupMetadata());
        producer.commitTransaction();
        assertThat(results()).isEqualTo(1);
    }

    /** Else a worker that stood still would answer what another one has answered meanwhile. */
    @Test
    void commitsNothingOfAWorkerThatHasLostItsPartitionsAlsoIfItHasReadNothing() {
        write();
        ConsumerGroupMetadata before = member.groupMetadata();
        member.close();
        assertThatThrownBy(() -> producer.sendOffsetsToTransaction(Map.of(), before))
                .isInstanceOf(CommitFailedException.class);
        producer.abortTransaction();
        assertThat(results()).isZero();
        assertThat(lanes.pace().isWaiting()).isFalse();
    }

    /** Kafka Streams flushes once for each task, and each time would be a round trip. */
    @Test
    void waitsForTheBrokerOnceForAllTasks() {
        Future<RecordMetadata> sent = write();
        producer.flush();
        assertThat(sent).isNotDone();
        producer.sendOffsetsToTransaction(Map.of(), member.groupMetadata());
        assertThat(sent).isDone();
        producer.commitTransaction();
        assertThat(results()).isEqualTo(1);
    }

    /** Else Kafka Streams would roll back only the tasks that have read something. */
    @Test
    void rollsAllTasksBackIfTheBrokerTakesNoRecordAndDoesNotWaitForIt() {
        write();
        kafka.close();
        assertThatThrownBy(() -> producer.sendOffsetsToTransaction(Map.of(), member.groupMetadata()))
                .isInstanceOf(CommitFailedException.class);
        assertThat(told).as("a failure for Kafka Streams to find once more").isEmpty();
        assertTimeout(Duration.ofSeconds(30), () -> {
            producer.abortTransaction();
            producer.close();
        });
        assertThat(lanes.pace().isWaiting()).isFalse();
        assertThat(told)
                .as("what Kafka Streams would take for a failure of the next producer")
                .isEmpty();
    }

    @Test
    void rollsAllTasksBackIfTheBrokerDoesNotSayThatItHasCommitted() {
        impatient();
        write();
        producer.sendOffsetsToTransaction(Map.of(), member.groupMetadata());
        kafka.close();
        assertThatThrownBy(() -> producer.commitTransaction()).isInstanceOf(CommitFailedException.class);
        assertTimeout(Duration.ofSeconds(30), () -> producer.abortTransaction());
    }

    /** Kafka Streams rolls back the task whose turn ends with a time-out, but what it has written is in the transaction. */
    @Test
    void commitsNoPartOfATurn() {
        impatient();
        write();
        assertThatThrownBy(() -> producer.partitionsFor("is-not-there")).isInstanceOf(TimeoutException.class);
        assertThatThrownBy(() -> producer.flush())
                .as("of a task that goes on after this")
                .isInstanceOf(TaskMigratedException.class);
        assertThatThrownBy(() -> producer.sendOffsetsToTransaction(Map.of(), member.groupMetadata()))
                .isInstanceOf(CommitFailedException.class);
    }

    /**
     * Else Kafka Streams would learn of it from its next record, and replace its thread. It would roll back one task
     * after a time-out, and all of them when the producer is fenced.
     */
    @Test
    void rollsAllTasksBackAtOnceIfARecordFailsBeforeACommit() {
        write();
        kafka.close();
        await().untilAsserted(() -> assertThat(told).hasExactlyElementsOfTypes(ProducerFencedException.class));
        assertTimeout(Duration.ofSeconds(1), () -> producer.abortTransaction());
    }

    /** Nothing is sent by itself, and the broker must not be silent for long. */
    private PacedProducer producer(String maxBlockMs) {
        return new PacedProducer(
                Map.of(
                        "bootstrap.servers",
                        kafka.bootstrapServers(),
                        "transactional.id",
                        "worker",
                        "linger.ms",
                        500,
                        "request.timeout.ms",
                        500,
                        "delivery.timeout.ms",
                        1_000,
                        "max.block.ms",
                        maxBlockMs),
                lanes,
                committed);
    }

    /** From here on, the producer waits a second for an answer. */
    private void impatient() {
        producer.close();
        producer = producer("1000");
        await().ignoreExceptionsInstanceOf(TimeoutException.class).untilAsserted(() -> producer.initTransactions());
    }

    private Future<RecordMetadata> write() {
        producer.beginTransaction();
        Future<RecordMetadata> sent =
                producer.send(new ProducerRecord<>(RESULTS.topic(), new byte[] {1}), (metadata, failure) -> {
                    if (failure != null) {
                        told.add(failure);
                    }
                });
        lanes.pace().ask(() -> {});
        assertThat(lanes.pace().isWaiting()).isTrue();
        return sent;
    }

    private int results() {
        try (var reader = new KafkaConsumer<>(
                Map.<String, Object>of(
                        "bootstrap.servers",
                        kafka.bootstrapServers(),
                        "isolation.level",
                        "read_committed",
                        "auto.offset.reset",
                        "earliest"),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer())) {
            reader.assign(List.of(RESULTS));
            // Past the marker of the transaction, whichever it is.
            int count = 0;
            while (reader.position(RESULTS) < 2) {
                count += reader.poll(Duration.ofMillis(100)).count();
            }
            return count;
        }
    }
}
