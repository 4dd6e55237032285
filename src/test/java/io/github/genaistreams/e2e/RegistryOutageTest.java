package io.github.genaistreams.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.node.TextNode;
import io.github.genaistreams.client.BatchClient;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.registry.FakeRegistry;
import io.github.genaistreams.sandbox.Latency;
import io.github.genaistreams.sandbox.SandboxSettings;
import io.github.genaistreams.wire.WireHeaders;
import io.github.genaistreams.worker.GenAiConfig;
import io.github.genaistreams.worker.Worker;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Records in Confluent's wire format on a real broker, while the schema registry comes and goes. */
@Tag("long")
class RegistryOutageTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    Path dir;

    private final FakeRegistry registry = FakeRegistry.start();

    @Test
    void holdsBackWhatWaitsForTheRegistryAndNothingElseAndWritesWhatAnyConsumerReads() {
        var api = SandboxSettings.DEFAULTS.withLatency(Latency.parse("fixed:100ms"));
        try (registry;
                TestCluster cluster = TestCluster.start(api, 2);
                SeenRecords results = cluster.raw(cluster.topics().results());
                SeenRecords deadLetters = cluster.deadLetters();
                var producer = cluster.producer();
                Worker worker = Worker.start(new GenAiConfig(settings(cluster, "avro")))) {
            var sender = new Sender(cluster, producer);
            int known = registry.add(Framed.schema("Known", "user_prompt"));
            sender.framed(0, known, 0);
            sender.json(1, 1);
            results.readUntil(() -> results.records().size() == 2, PATIENCE);

            registry.answerWith(503, "");
            int unknown = registry.add(Framed.schema("Unknown", "user_prompt"));
            sender.json(0, 2);
            sender.framed(0, unknown, 3);
            sender.framed(0, unknown, 4);
            sender.json(0, 8);
            sender.json(1, 5);
            sender.framed(1, known, 6);
            results.readUntil(() -> results.records().size() == 5, PATIENCE);
            await().atMost(PATIENCE)
                    .until(() -> registry.requests().stream()
                                    .filter(request -> request.endsWith("/" + unknown))
                                    .count()
                            >= 2);
            assertThat(indexes(results)).containsExactlyInAnyOrder(0, 1, 2, 5, 6);
            assertThat(worker.isReady()).isTrue();

            registry.beWell();
            results.readUntil(() -> results.records().size() == 8, PATIENCE);
            assertThat(indexes(results)).containsExactlyInAnyOrder(0, 1, 2, 3, 4, 5, 6, 8);
            assertThat(deadLetters.records()).isEmpty();

            int foreign = registry.add("syntax = \"proto3\";", Map.of("schemaType", new TextNode("PROTOBUF")));
            sender.framed(0, foreign, 7);
            sender.json(0, 7);
            deadLetters.readUntil(() -> !deadLetters.records().isEmpty(), PATIENCE);
            results.readUntil(() -> results.records().size() == 9, PATIENCE);
            assertThat(deadLetters.records()).hasSize(1).allSatisfy(letter -> {
                assertThat(letter.value()).startsWith(0, 0, 0, 0, foreign);
                assertThat(new String(
                                letter.headers()
                                        .lastHeader(WireHeaders.DEAD_LETTER_REASON)
                                        .value(),
                                UTF_8))
                        .contains("not an Avro schema");
            });
            cancel("c", sender, cluster, results);
            assertReaders(cluster, results);
        }
    }

    /** A control record whose schema has to be asked for holds as any other. */
    private void cancel(String batchId, Sender sender, TestCluster cluster, SeenRecords results) {
        int control = registry.add("{\"type\":\"record\",\"name\":\"Stop\",\"fields\":["
                + "{\"name\":\"cancel\",\"type\":\"boolean\"},{\"name\":\"batch_id\",\"type\":\"string\"}]}");
        var order = new GenericData.Record(new Schema.Parser().parse(registry.schema(control)));
        order.put("cancel", true);
        order.put("batch_id", batchId);
        sender.send(cluster.topics().control(), 0, batchId, Framed.bytes(control, order));
        List<Integer> sent = new ArrayList<>();
        await().atMost(PATIENCE).until(() -> {
            sender.json(batchId, 1, sent.size());
            sent.add(sent.size());
            results.readFor(Duration.ofMillis(100));
            return results.records().stream()
                    .map(record -> read(record.value()))
                    .anyMatch(result -> result.get("batch_id").toString().equals(batchId)
                            && result.get("error") instanceof GenericRecord error
                            && error.get("code").toString().equals("cancelled"));
        });
    }

    private void assertReaders(TestCluster cluster, SeenRecords results) {
        assertThat(registry.subjects())
                .containsOnlyKeys("genai.results-value", "genai.results.ordered-value", "genai.batches-value");
        GenericRecord first = read(results.records().get(0).value());
        assertThat(first.get("output_text").toString()).isNotEmpty();

        var kafka = new HashMap<String, Object>(
                Map.of("bootstrap.servers", cluster.kafka().bootstrapServers()));
        try (var client = new BatchClient(kafka);
                var without = client.reattach("b").snapshot()) {
            assertThat(without.hasNext()).isFalse();
            assertThat(client.reattach("b").status()).isEmpty();
        }
        kafka.put("schema.registry.url", registry.url());
        try (var client = new BatchClient(kafka)) {
            List<Integer> read = new ArrayList<>();
            try (var ordered = client.reattach("b").snapshot()) {
                ordered.forEachRemaining((CallResult result) -> {
                    assertThat(result.success()).isTrue();
                    read.add(result.index());
                });
            }
            assertThat(read).containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8);
            await().atMost(PATIENCE)
                    .until(
                            () -> client.reattach("b").status(),
                            status -> status.isPresent() && status.get().succeeded() == 9);
        }
    }

    /** What a worker that starts has to read of the control topic may wait for the registry, too. */
    @Test
    void startsWhenTheRegistryIsAwayAndTakesInWhatWaitedForIt() throws Exception {
        try (registry;
                TestCluster cluster = TestCluster.start(SandboxSettings.DEFAULTS, 2);
                SeenRecords results = cluster.results();
                var producer = cluster.producer()) {
            var sender = new Sender(cluster, producer);
            int control = registry.add("{\"type\":\"record\",\"name\":\"Stop\",\"fields\":["
                    + "{\"name\":\"cancel\",\"type\":\"boolean\"},{\"name\":\"batch_id\",\"type\":\"string\"}]}");
            var order = new GenericData.Record(new Schema.Parser().parse(registry.schema(control)));
            order.put("cancel", true);
            order.put("batch_id", "b");
            sender.send(cluster.topics().control(), 0, "b", Framed.bytes(control, order));
            sender.json(0, 0);
            registry.answerWith(503, "");
            var started = CompletableFuture.supplyAsync(() -> Worker.start(new GenAiConfig(settings(cluster, "json"))));
            try {
                await().atMost(PATIENCE).until(() -> registry.requests().size() >= 5);
                assertThat(started).isNotDone();
                registry.beWell();
                results.readUntil(() -> results.items() == 1, PATIENCE);

                assertThat(results.of("b", 0).get(0).error().code()).isEqualTo("cancelled");
            } finally {
                registry.beWell();
                started.get().close();
            }
        }
    }

    @Test
    void callsWhatIsInTheJournalWithoutTheRegistry() {
        var api = SandboxSettings.DEFAULTS.withLatency(Latency.parse("fixed:3s"));
        try (registry;
                TestCluster cluster = TestCluster.start(api, 2);
                SeenRecords results = cluster.results();
                var producer = cluster.producer()) {
            var sender = new Sender(cluster, producer);
            int id = registry.add(Framed.schema("Known", "user_prompt"));
            Map<String, String> settings = settings(cluster, "json");
            settings.put(GenAiConfig.DRAIN_TIMEOUT_MS, "0");
            try (Worker worker = Worker.start(new GenAiConfig(settings))) {
                sender.framed(0, id, 0);
                sender.framed(0, id, 1);
                await().atMost(PATIENCE).until(() -> worker.lanes().size() == 2);
            }
            assertThat(results.items()).isZero();

            registry.answerWith(503, "");
            try (Worker worker = Worker.start(new GenAiConfig(settings))) {
                results.readUntil(() -> results.items() == 2, PATIENCE);
                assertThat(worker.stats().deadLetters()).isZero();
            }
            assertThat(results.of("b", 0).get(0).success()).isTrue();
            assertThat(results.of("b", 1).get(0).success()).isTrue();
        }
    }

    private Map<String, String> settings(TestCluster cluster, String format) {
        Map<String, String> settings = cluster.worker(dir, 1);
        settings.put("schema.registry.url", registry.url());
        settings.put(GenAiConfig.RESULT_FORMAT, format);
        return settings;
    }

    private List<Integer> indexes(SeenRecords results) {
        return results.records().stream()
                .map(record -> (Integer) read(record.value()).get("index"))
                .toList();
    }

    /** As any consumer with a registry reads it. */
    private GenericRecord read(byte[] value) {
        assertThat(value[0]).isZero();
        return Framed.read(value, registry.schema(ByteBuffer.wrap(value, 1, 4).getInt()));
    }

    /** Sends items of batch b. */
    private record Sender(TestCluster cluster, KafkaProducer<byte[], byte[]> producer) {

        void json(int partition, int index) {
            json("b", partition, index);
        }

        void json(String batchId, int partition, int index) {
            byte[] value =
                    cluster.record(batchId, index, null, request -> request).value();
            send(cluster.topics().requests("responses"), partition, "k", value);
        }

        void framed(int partition, int id, int index) {
            send(cluster.topics().requests("responses"), partition, "k", Framed.item(id, "b", index));
        }

        void send(String topic, int partition, String key, byte[] value) {
            producer.send(new ProducerRecord<>(topic, partition, key.getBytes(UTF_8), value));
            producer.flush();
        }
    }
}
