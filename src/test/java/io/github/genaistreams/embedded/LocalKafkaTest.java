package io.github.genaistreams.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.genaistreams.MostlyWaits;
import io.github.genaistreams.TestJvm;
import io.github.genaistreams.embedded.LocalKafka.Options;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.common.utils.Exit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(90)
class LocalKafkaTest {

    private static final String TOPIC = "topic";

    @TempDir
    Path directory;

    @Test
    void takesThePortOfItsEarlierRunAndNoneThatSystemsHandOut(@TempDir Path kept) {
        int port;
        try (LocalKafka kafka = LocalKafka.start(LocalKafka.Options.keptIn(kept))) {
            port = kafka.port();
            assertThat(port).isBetween(20_000, 31_999);
        }
        try (LocalKafka kafka = LocalKafka.start(LocalKafka.Options.keptIn(kept))) {
            assertThat(kafka.port()).isEqualTo(port);
        }
    }

    @MostlyWaits
    @Test
    void showsOnlyCommittedRecordsToReadCommittedConsumers() throws Exception {
        try (var kafka = LocalKafka.start(Options.temporary())) {
            createTopic(kafka.bootstrapServers());
            try (var producer = producer(kafka.bootstrapServers(), Map.of("transactional.id", "tx"))) {
                producer.initTransactions();
                producer.beginTransaction();
                producer.send(new ProducerRecord<>(TOPIC, "aborted"));
                producer.flush();
                producer.abortTransaction();
                producer.beginTransaction();
                producer.send(new ProducerRecord<>(TOPIC, "committed"));
                producer.commitTransaction();
            }

            assertThat(read(kafka.bootstrapServers(), 1)).containsExactly("committed");
        }
    }

    @Test
    void carriesRecordsOfSixteenMebibytes() throws Exception {
        byte[] large = new byte[16 * 1024 * 1024];
        try (var kafka = LocalKafka.start(Options.temporary())) {
            createTopic(kafka.bootstrapServers());
            Map<String, Object> settings = Map.of(
                    "bootstrap.servers", kafka.bootstrapServers(),
                    "max.request.size", 17 * 1024 * 1024,
                    "buffer.memory", 64 * 1024 * 1024);
            try (var producer = new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
                producer.send(new ProducerRecord<>(TOPIC, large)).get(30, TimeUnit.SECONDS);
            }
            try (var consumer = new KafkaConsumer<>(
                    consumerSettings(kafka.bootstrapServers()),
                    new ByteArrayDeserializer(),
                    new ByteArrayDeserializer())) {
                consumer.subscribe(List.of(TOPIC));
                int size = -1;
                while (size < 0) {
                    for (var record : consumer.poll(Duration.ofMillis(100))) {
                        size = record.value().length;
                    }
                }
                assertThat(size).isEqualTo(large.length);
            }
        }
    }

    @MostlyWaits
    @Test
    void keepsDataWhenStartedAgainOnAnotherPort() throws Exception {
        int firstPort;
        // As it was before there was one partition of each. In the second of four is what has this name.
        var earlier = Map.of("offsets.topic.num.partitions", "4", "transaction.state.log.num.partitions", "4");
        String name = "a";
        var offsets = Map.of(new TopicPartition(TOPIC, 0), new OffsetAndMetadata(1));
        try (var kafka = LocalKafka.start(Options.keptIn(directory).withBroker(earlier))) {
            firstPort = kafka.port();
            createTopic(kafka.bootstrapServers());
            try (var producer = producer(kafka.bootstrapServers(), Map.of("transactional.id", name))) {
                producer.initTransactions();
                producer.beginTransaction();
                producer.send(new ProducerRecord<>(TOPIC, "kept"));
                producer.sendOffsetsToTransaction(offsets, new ConsumerGroupMetadata(name));
                producer.commitTransaction();
            }
        }
        // Holding the old port makes sure that the next one is another.
        try (var taken = new ServerSocket(firstPort, 1, InetAddress.getByName("127.0.0.1"));
                var kafka = LocalKafka.start(Options.keptIn(directory))) {
            assertThat(kafka.port()).isNotEqualTo(taken.getLocalPort());
            assertThat(read(kafka.bootstrapServers(), 1)).containsExactly("kept");
            try (var admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()))) {
                assertThat(admin.listConsumerGroupOffsets(name)
                                .partitionsToOffsetAndMetadata()
                                .get(30, TimeUnit.SECONDS))
                        .isEqualTo(offsets);
                assertThat(admin.describeTransactions(List.of(name))
                                .description(name)
                                .get(30, TimeUnit.SECONDS)
                                .state())
                        .isEqualTo(TransactionState.COMPLETE_COMMIT);
            }
        }
    }

    @Test
    void servesTheSameClientsAfterRestart() throws Exception {
        try (var kafka = LocalKafka.start(Options.temporary());
                var producer = producer(kafka.bootstrapServers(), Map.of())) {
            createTopic(kafka.bootstrapServers());
            producer.send(new ProducerRecord<>(TOPIC, "before")).get(30, TimeUnit.SECONDS);
            String address = kafka.bootstrapServers();

            kafka.stop();
            // In a thread of its own: with no broker at hand, send() waits for one.
            var meanwhile =
                    CompletableFuture.supplyAsync(() -> producer.send(new ProducerRecord<>(TOPIC, "meanwhile")));
            kafka.restart();

            assertThat(kafka.bootstrapServers()).isEqualTo(address);
            meanwhile.get(30, TimeUnit.SECONDS).get(30, TimeUnit.SECONDS);
            assertThat(read(kafka.bootstrapServers(), 2)).containsExactly("before", "meanwhile");
            assertThat(kafka.failure()).isNotDone();
        }
    }

    @MostlyWaits
    @Test
    void recoversItsDirectoryWhenItsProcessWasKilled() throws Exception {
        Process process = TestJvm.of(List.of("-Xmx256m"), LocalKafkaMain.class, directory.toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            String address = addressOf(process);
            createTopic(address);
            send(address, "survivor");
            assertThat(read(address, 1)).containsExactly("survivor");
            assertThatThrownBy(() -> LocalKafka.start(Options.keptIn(directory)))
                    .isInstanceOf(LocalKafkaException.class)
                    .hasMessageContaining("process " + process.pid());
        } finally {
            process.destroyForcibly().waitFor();
        }

        try (var kafka = LocalKafka.start(Options.keptIn(directory))) {
            send(kafka.bootstrapServers(), "newcomer");
            assertThat(read(kafka.bootstrapServers(), 2)).containsExactly("survivor", "newcomer");
        }
    }

    @Test
    void namesTheDirectoryThatIsInUse() {
        try (var kafka = LocalKafka.start(Options.keptIn(directory))) {
            assertThatThrownBy(() -> LocalKafka.start(Options.keptIn(directory)))
                    .isInstanceOf(LocalKafkaException.class)
                    .hasMessageContainingAll(directory.toString(), "in use", "another directory");
            assertThat(kafka.failure()).isNotDone();
        }
    }

    @Test
    void namesThePortThatIsInUseAndLeavesTheDirectoryFree() throws Exception {
        try (var taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            var options = Options.keptIn(directory).withPort(taken.getLocalPort());
            assertThatThrownBy(() -> LocalKafka.start(options))
                    .isInstanceOf(LocalKafkaException.class)
                    .hasMessageContainingAll("Port " + taken.getLocalPort(), "in use", "another port");
        }
        LocalKafka.start(Options.keptIn(directory)).close();
    }

    @Test
    void deletesATemporaryDirectoryWhenClosed() {
        Path used;
        try (var kafka = LocalKafka.start(Options.temporary())) {
            used = kafka.dataDir();
            assertThat(used).isNotEmptyDirectory();
        }
        assertThat(used).doesNotExist();
    }

    @Test
    void reportsAFatalFaultInsteadOfEndingTheProcess() throws Exception {
        try (var kafka = LocalKafka.start(Options.temporary())) {
            assertThatThrownBy(() -> Exit.halt(1)).hasMessageContaining("status 1");
            assertThat(kafka.failure().handle((reason, none) -> reason.getMessage()))
                    .isCompletedWithValueMatching(message -> message.contains("wanted to halt"));
        }
    }

    /** As after a full disk: the broker asks its controller for leave to stop, and the controller is dead. */
    @Test
    void stopsInSecondsAfterAFatalFault() throws Exception {
        var before = Thread.getAllStackTraces().keySet();
        var kafka = LocalKafka.start(Options.keptIn(directory));
        Thread controller = Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> !before.contains(thread) && thread.getName().contains("raft-io-thread"))
                .findFirst()
                .orElseThrow();
        controller.interrupt();
        kafka.failure().get(30, TimeUnit.SECONDS);

        assertThat(CompletableFuture.runAsync(kafka::close)).succeedsWithin(Duration.ofSeconds(20));

        LocalKafka.start(Options.keptIn(directory)).close();
    }

    @Test
    void saysThatTheDiskIsFull() {
        assertThat(DiskSpace.hint(directory, Long.MAX_VALUE))
                .containsPattern("^ Only [\\d,]+ MB of disk space are left there: free some, and start again\\.$");
        assertThat(DiskSpace.hint(directory, 0)).isEmpty();
        assertThat(DiskSpace.hint(directory.resolve("none/none"), Long.MAX_VALUE))
                .isNotEmpty();
    }

    private static String addressOf(Process process) throws Exception {
        var output = process.inputReader();
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            if (line.startsWith("READY ")) {
                return line.substring("READY ".length());
            }
        }
        throw new AssertionError("The child process did not start a broker");
    }

    private static void createTopic(String bootstrapServers) throws Exception {
        try (var admin = Admin.create(Map.of("bootstrap.servers", bootstrapServers))) {
            admin.createTopics(List.of(new NewTopic(TOPIC, 1, (short) 1))).all().get(30, TimeUnit.SECONDS);
        }
    }

    private static void send(String bootstrapServers, String... values) {
        try (var producer = producer(bootstrapServers, Map.of())) {
            Arrays.stream(values).forEach(value -> producer.send(new ProducerRecord<>(TOPIC, value)));
        }
    }

    private static KafkaProducer<String, String> producer(String bootstrapServers, Map<String, Object> more) {
        var settings = new HashMap<>(more);
        settings.put("bootstrap.servers", bootstrapServers);
        return new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer());
    }

    private static Map<String, Object> consumerSettings(String bootstrapServers) {
        return Map.of(
                "bootstrap.servers",
                bootstrapServers,
                "group.id",
                "readers-" + System.nanoTime(),
                "auto.offset.reset",
                "earliest",
                "isolation.level",
                "read_committed",
                "fetch.max.bytes",
                20 * 1024 * 1024);
    }

    private static List<String> read(String bootstrapServers, int count) {
        var values = new ArrayList<String>();
        try (var consumer = new KafkaConsumer<>(
                consumerSettings(bootstrapServers), new StringDeserializer(), new StringDeserializer())) {
            consumer.subscribe(List.of(TOPIC));
            while (values.size() < count) {
                consumer.poll(Duration.ofMillis(100)).forEach(record -> values.add(record.value()));
            }
        }
        return values;
    }
}
