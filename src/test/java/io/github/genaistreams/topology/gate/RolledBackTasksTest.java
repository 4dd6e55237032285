package io.github.genaistreams.topology.gate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.genaistreams.embedded.LocalKafka;
import io.github.genaistreams.flow.Lanes;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.internals.DefaultKafkaClientSupplier;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tasks of a stream thread whose transaction fails, although they have read nothing. */
class RolledBackTasksTest {

    private static final String TOPIC = "requests";
    private static final String STORE = "open";
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    Path dir;

    private final LocalKafka kafka = LocalKafka.start(LocalKafka.Options.temporary());
    private final AtomicBoolean isRefused = new AtomicBoolean();
    private final AtomicBoolean joins = new AtomicBoolean();

    /** From the poll that begins to join until a task has used this time. */
    private volatile boolean isJoining;

    private final AtomicInteger refusals = new AtomicInteger();
    private final AtomicInteger written = new AtomicInteger();

    /** What tasks find in their state. */
    private final List<String> found = new CopyOnWriteArrayList<>();

    @AfterEach
    void stop() {
        kafka.close();
    }

    @BeforeEach
    void createTopic() throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()))) {
            admin.createTopics(List.of(new NewTopic(TOPIC, 2, (short) 1))).all().get();
        }
    }

    /** Else a worker that has the task again would believe that its results are written. */
    @Test
    void forgetTheirStateIfTheyAreGivenAway() {
        try (KafkaStreams first = streams("first", RefusedProducer::new)) {
            first.start();
            await().atMost(PATIENCE).until(() -> written.get() == 2);
            try (KafkaStreams second = streams("second", RefusedProducer::new)) {
                second.start();
                await().atMost(PATIENCE).until(() -> refusals.get() == 1 && tasks(first) == 1 && tasks(second) == 1);
                leave(second);
            }
            await().atMost(PATIENCE).until(() -> tasks(first) == 2);
        }
        assertThat(found).isNotEmpty().allMatch("nothing"::equals);
    }

    /** Kafka Streams commits nothing during a rebalance, also not the other tasks before it rolls one of them back. */
    @Test
    void forgetTheirStateIfARecordIsNotSentDuringARebalance() {
        try (KafkaStreams first = streams("first", this::paced)) {
            first.start();
            await().atMost(PATIENCE).until(() -> written.get() == 2);
            joins.set(true);
            await().atMost(PATIENCE).until(() -> refusals.get() == 1 && tasks(first) == 2);
            leave(first);
        }
        found.clear();
        try (KafkaStreams again = streams("first", this::paced)) {
            again.start();
            await().atMost(PATIENCE).until(() -> tasks(again) == 2 && found.size() == 2);
        }
        assertThat(found).allMatch("nothing"::equals);
    }

    /** The next member does not wait for the end of this one's session. */
    private static void leave(KafkaStreams streams) {
        streams.close(CloseOptions.timeout(Duration.ofSeconds(10))
                .withGroupMembershipOperation(CloseOptions.GroupMembershipOperation.LEAVE_GROUP));
    }

    private Producer<byte[], byte[]> paced(Map<String, Object> config) {
        Map<String, Object> impatient = new HashMap<>(config);
        impatient.put("max.block.ms", 1_000);
        return new PacedProducer(impatient, new Lanes(), ThreadLocal.withInitial(HashMap::new));
    }

    private static int tasks(KafkaStreams streams) {
        return streams.state() == KafkaStreams.State.RUNNING
                ? streams.metadataForLocalThreads().stream()
                        .mapToInt(thread -> thread.activeTasks().size())
                        .sum()
                : -1;
    }

    private KafkaStreams streams(String name, Function<Map<String, Object>, Producer<byte[], byte[]>> producers) {
        var config = new Properties();
        config.put(StreamsConfig.APPLICATION_ID_CONFIG, "workers");
        config.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, kafka.bootstrapServers());
        config.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
        config.put(StreamsConfig.STATE_DIR_CONFIG, dir.resolve(name).toString());
        config.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 300_000);
        config.put("producer.transaction.timeout.ms", 300_000);
        var topology = new Topology();
        topology.addSource("source", new ByteArrayDeserializer(), new ByteArrayDeserializer(), TOPIC);
        topology.addProcessor("task", () -> new Task(), "source");
        topology.addSink("sink", "is-not-there", new ByteArraySerializer(), new ByteArraySerializer(), "task");
        topology.addStateStore(
                Stores.keyValueStoreBuilder(Stores.persistentKeyValueStore(STORE), Serdes.String(), Serdes.String()),
                "task");
        return new KafkaStreams(topology, config, new Clients(producers));
    }

    /** Writes once, until a commit is refused, without reading anything. */
    private final class Task implements Processor<byte[], byte[], byte[], byte[]> {

        @Override
        public void init(ProcessorContext<byte[], byte[]> context) {
            KeyValueStore<String, String> store = context.getStateStore(STORE);
            if (refusals.get() > 0) {
                String value = store.get("answered");
                found.add(value == null ? "nothing" : value);
            }
            context.schedule(Duration.ofMillis(20), PunctuationType.WALL_CLOCK_TIME, now -> {
                if (refusals.get() == 0 && store.get("answered") == null) {
                    store.put("answered", "by " + context.taskId());
                    written.incrementAndGet();
                }
                if (isJoining && context.taskId().partition() == 0) {
                    refusals.incrementAndGet();
                    isJoining = false;
                    // Kafka Streams learns of the first one's failure from the second one.
                    context.forward(new Record<>(new byte[0], new byte[0], 0));
                    context.forward(new Record<>(new byte[0], new byte[0], 0));
                }
            });
        }

        @Override
        public void process(Record<byte[], byte[]> record) {}
    }

    private final class Clients extends DefaultKafkaClientSupplier {

        private final Function<Map<String, Object>, Producer<byte[], byte[]>> producers;

        private Clients(Function<Map<String, Object>, Producer<byte[], byte[]>> producers) {
            this.producers = producers;
        }

        @Override
        public Consumer<byte[], byte[]> getConsumer(Map<String, Object> config) {
            var lanes = new Lanes();
            var listener = new RevocationDelay(
                    lanes,
                    new HandOver(lanes, Duration.ZERO, System::nanoTime),
                    Duration.ZERO,
                    () -> false,
                    partitions -> {},
                    System::nanoTime);
            return new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer()) {
                @Override
                public void subscribe(Collection<String> topics, ConsumerRebalanceListener streams) {
                    super.subscribe(topics, listener.inFrontOf(refusing(streams)));
                }

                @Override
                public ConsumerRecords<byte[], byte[]> poll(Duration timeout) {
                    if (isJoining) {
                        return ConsumerRecords.empty();
                    }
                    isJoining = joins.getAndSet(false);
                    if (isJoining) {
                        enforceRebalance();
                    }
                    // The poll that begins to join does not wait for the end of it.
                    return super.poll(isJoining ? Duration.ZERO : timeout);
                }
            };
        }

        @Override
        public Producer<byte[], byte[]> getProducer(Map<String, Object> config) {
            return producers.apply(config);
        }
    }

    private final class RefusedProducer extends KafkaProducer<byte[], byte[]> {

        private RefusedProducer(Map<String, Object> config) {
            super(config, new ByteArraySerializer(), new ByteArraySerializer());
        }

        @Override
        public void sendOffsetsToTransaction(
                Map<TopicPartition, OffsetAndMetadata> offsets, ConsumerGroupMetadata group) {
            if (isRefused.getAndSet(false)) {
                refusals.incrementAndGet();
                throw new CommitFailedException("refused");
            }
            super.sendOffsetsToTransaction(offsets, group);
        }
    }

    private ConsumerRebalanceListener refusing(ConsumerRebalanceListener streams) {
        return new ConsumerRebalanceListener() {
            @Override
            public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
                isRefused.set(refusals.get() == 0 && !partitions.isEmpty());
                try {
                    streams.onPartitionsRevoked(partitions);
                } finally {
                    isRefused.set(false);
                }
            }

            @Override
            public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
                streams.onPartitionsAssigned(partitions);
            }

            @Override
            public void onPartitionsLost(Collection<TopicPartition> partitions) {
                streams.onPartitionsLost(partitions);
            }
        };
    }
}
