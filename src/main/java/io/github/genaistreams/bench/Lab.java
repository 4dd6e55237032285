package io.github.genaistreams.bench;

import io.github.genaistreams.embedded.LocalKafka;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.sandbox.ApiSandbox;
import io.github.genaistreams.sandbox.SandboxSettings;
import io.github.genaistreams.topology.topic.TopicSetup;
import io.github.genaistreams.wire.BatchPartitioner;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.ItemKeys;
import io.github.genaistreams.wire.Topics;
import io.github.genaistreams.wire.WireFormat;
import io.github.genaistreams.worker.GenAiConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.IntConsumer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * The set-up of a measurement: a broker and a sandbox in this process, and a worker in its own process, so that its
 * processor time is separate. For one thread.
 */
final class Lab implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofMinutes(10);
    private static final int RECORD_MAX_BYTES = 12 << 20;

    private final Topics topics = Topics.withDefaultPrefix();
    private final int partitions;
    private final Path directory;
    private final LocalKafka kafka;
    private final ApiSandbox sandbox;
    private final KafkaProducer<byte[], byte[]> producer;
    private final ChildJvm worker;

    Lab(SandboxSettings settings, int partitions, int slots) {
        this.partitions = partitions;
        directory = temporaryDirectory();
        kafka = LocalKafka.start(LocalKafka.Options.temporary());
        sandbox = ApiSandbox.start(settings);
        try (Admin admin = Admin.create(client())) {
            new TopicSetup(admin, topics, RECORD_MAX_BYTES, Duration.ofSeconds(30)).create(partitions, -1);
        }
        Map<String, Object> sending = new HashMap<>(client());
        // The figures must not include a producer's linger time.
        sending.put(ProducerConfig.LINGER_MS_CONFIG, 0);
        producer = new KafkaProducer<>(sending, new ByteArraySerializer(), new ByteArraySerializer());
        Map<String, String> config = new LinkedHashMap<>();
        config.put(GenAiConfig.BOOTSTRAP_SERVERS, kafka.bootstrapServers());
        config.put(GenAiConfig.OPENAI_BASE_URL, sandbox.baseUrl());
        config.put(GenAiConfig.OPENAI_API_KEY, "sk-bench");
        config.put(GenAiConfig.STATE_DIR, directory.resolve("state").toString());
        config.put(GenAiConfig.LANE_SLOTS, Integer.toString(slots));
        config.put(GenAiConfig.LANE_CAPACITY, Integer.toString(Math.max(1_000, 4 * slots)));
        worker = ChildJvm.start(directory.resolve("worker.log"), config, "worker");
    }

    ApiSandbox sandbox() {
        return sandbox;
    }

    ChildJvm worker() {
        return worker;
    }

    Path directory() {
        return directory;
    }

    private Map<String, Object> client() {
        return Map.of("bootstrap.servers", kafka.bootstrapServers(), "isolation.level", "read_committed");
    }

    /** Runs a whole batch. Returns the seconds from the first request sent to the last result readable. */
    double run(String batchId, int requests) {
        try (Reader reader = read(batchId)) {
            long start = System.nanoTime();
            for (int index = 0; index < requests; index++) {
                send(batchId, index, requests);
            }
            producer.flush();
            reader.readUntil(requests, index -> {});
            return (System.nanoTime() - start) / 1e9;
        }
    }

    void send(String batchId, int index, int size) {
        ResponsesRequest request = ResponsesRequest.builder()
                .batchId(batchId)
                .index(index)
                .batchSize(size)
                .model("gpt-4o-mini")
                .userPrompt("Summarise paragraph " + index + " in one sentence.")
                .build();
        producer.send(new ProducerRecord<>(
                topics.requests("responses"),
                index % partitions,
                ItemKeys.encode(request.key()),
                Codecs.RESPONSES_REQUEST.encode(request, WireFormat.JSON)));
    }

    /** A reader of the results of this batch, from now on. */
    Reader read(String batchId) {
        return new Reader(batchId);
    }

    /** Reads results as any read-committed consumer does. */
    final class Reader implements AutoCloseable {

        private final String batchId;
        private final KafkaConsumer<byte[], byte[]> consumer;
        private int seen;

        private Reader(String batchId) {
            this.batchId = batchId;
            consumer = new KafkaConsumer<>(client(), new ByteArrayDeserializer(), new ByteArrayDeserializer());
            var partition = new TopicPartition(topics.results(), BatchPartitioner.partition(batchId, partitions));
            consumer.assign(Set.of(partition));
            consumer.seekToEnd(Set.of(partition));
            consumer.position(partition);
        }

        /**
         * Reads until this many results have been seen in total, and reports the index of each as it becomes readable.
         */
        void readUntil(int results, IntConsumer onResult) {
            long end = System.nanoTime() + PATIENCE.toNanos();
            while (seen < results) {
                if (System.nanoTime() > end || !worker.isAlive()) {
                    throw new IllegalStateException("The benchmark stopped with " + seen + " of " + results
                            + " results; the worker's log is " + directory.resolve("worker.log"));
                }
                readOnce(onResult);
            }
        }

        void readOnce(IntConsumer onResult) {
            consumer.poll(Duration.ofMillis(20)).forEach(record -> {
                ItemKey key = ItemKeys.decode(record.key());
                if (key.batchId().equals(batchId)) {
                    seen++;
                    onResult.accept(key.index());
                }
            });
        }

        int seen() {
            return seen;
        }

        @Override
        public void close() {
            consumer.close();
        }
    }

    private static Path temporaryDirectory() {
        try {
            return Files.createTempDirectory("genai-bench");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        worker.close();
        producer.close(Duration.ofSeconds(5));
        sandbox.close();
        kafka.close();
        try (var files = Files.walk(directory)) {
            files.sorted(Comparator.reverseOrder())
                    .forEach(file -> file.toFile().delete());
        } catch (IOException e) {
            // A temporary directory, which the system clears some day.
        }
    }
}
