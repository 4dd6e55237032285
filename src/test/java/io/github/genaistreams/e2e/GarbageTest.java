package io.github.genaistreams.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.node.TextNode;
import io.github.genaistreams.client.BatchClient;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.registry.FakeRegistry;
import io.github.genaistreams.sandbox.Latency;
import io.github.genaistreams.sandbox.SandboxSettings;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.WireFormat;
import io.github.genaistreams.wire.WireHeaders;
import io.github.genaistreams.worker.GenAiConfig;
import io.github.genaistreams.worker.Worker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever a producer may write: each record ends as documented, and the stream goes on. */
class GarbageTest {

    @TempDir
    Path dir;

    private final List<byte[]> unreadable = new ArrayList<>();

    @Test
    void endsEveryRecordAsDocumentedAndGoesOn() throws Exception {
        SandboxSettings api = SandboxSettings.DEFAULTS.withLatency(Latency.parse("fixed:300ms"));
        try (TestCluster cluster = TestCluster.start(api, 1);
                SeenRecords results = cluster.results();
                SeenRecords deadLetters = cluster.deadLetters();
                FakeRegistry registry = FakeRegistry.start();
                Worker worker = Worker.start(new GenAiConfig(settings(cluster, registry)));
                var producer = cluster.producer()) {
            byte[] avro = Codecs.RESPONSES_REQUEST.encode(request(6).build(), WireFormat.AVRO);
            byte[] unknownFingerprint = avro.clone();
            Arrays.fill(unknownFingerprint, 2, 10, (byte) 0x5a);

            // Not even a batch and an index: the dead letters.
            unreadable.add(new byte[0]);
            unreadable.add(null);
            unreadable.add(new byte[] {'{', '"', (byte) 0xc3, (byte) 0x28, '"', '}'});
            unreadable.add(Arrays.copyOf(avro, avro.length / 2));
            unreadable.add(unknownFingerprint);
            unreadable.add("{\"index\":1,\"model\":\"m\",\"user_prompt\":\"p\"}".getBytes(UTF_8));
            unreadable.add("{\"batch_id\":\"g\",\"index\":-1,\"model\":\"m\",\"user_prompt\":\"p\"}".getBytes(UTF_8));
            unreadable.add("hello".getBytes(UTF_8));
            unreadable.add(new byte[] {0, 0, 0, 0, 0, 1});
            unreadable.add(Framed.item(
                    registry.add("syntax = \"proto3\";", Map.of("schemaType", new TextNode("PROTOBUF"))), "g", 1));
            for (byte[] value : unreadable) {
                producer.send(
                        new ProducerRecord<>(cluster.topics().requests("responses"), 0, "key".getBytes(UTF_8), value));
            }
            // An item, but not one that can be called: a failed result.
            send(
                    producer,
                    cluster,
                    "{\"batch_id\":\"g\",\"index\":10,\"batch_size\":10,\"model\":\"m\",\"user_prompt\":\"p\"}");
            send(
                    producer,
                    cluster,
                    "{\"batch_id\":\"g\",\"index\":1,\"batch_size\":10,\"model\":\"m\",\"user_prompt\":\"p\",\"temprature\":0.5}");
            send(
                    producer,
                    cluster,
                    "{\"batch_id\":\"g\",\"index\":2,\"batch_size\":10,\"model\":\"m\",\"user_prompt\":\"p\",\"temperature\":5}");
            send(producer, cluster, Framed.item(registry.add(Framed.schema("A", "promt")), "g", 5));
            // Of a schema that cannot be asked for now: this one waits, and so does all behind it.
            int late = registry.add(Framed.schema("B", "user_prompt"));
            registry.behave(exchange -> {
                boolean isLate = exchange.getRequestURI().getPath().endsWith("/" + late);
                if (isLate) {
                    exchange.sendResponseHeaders(503, -1);
                }
                return isLate;
            });
            send(producer, cluster, Framed.item(late, "g", 7));
            // Large, and repeated while it is being called.
            producer.send(cluster.record("g", 3, 10, r -> r.userPrompt("x".repeat(5 << 20))));
            producer.send(cluster.record("g", 4, 10, r -> r));
            producer.send(cluster.record("g", 4, 10, r -> r));
            // Then an ordinary one, in Avro.
            producer.send(new ProducerRecord<>(cluster.topics().requests("responses"), 0, null, avro));
            producer.flush();

            results.readUntil(
                    () -> results.items() == 4
                            && Collections.frequency(registry.requests(), "GET /schemas/ids/" + late) >= 2,
                    Duration.ofSeconds(60));
            registry.beWell();
            results.readUntil(() -> results.items() == 8, Duration.ofSeconds(60));
            results.readFor(Duration.ofSeconds(1));
            deadLetters.readUntil(() -> deadLetters.records().size() == unreadable.size(), Duration.ofSeconds(30));

            assertThat(failed(results, 10).error().param()).isEqualTo("index");
            assertThat(failed(results, 1).error().message())
                    .contains("temprature")
                    .contains("temperature");
            assertThat(failed(results, 2).error().param()).isEqualTo("temperature");
            assertThat(failed(results, 5).error().param()).isEqualTo("user_prompt");
            assertThat(only(results, 7).success()).isTrue();
            assertThat(only(results, 3).success()).isTrue();
            assertThat(only(results, 4).success()).isTrue();
            assertThat(cluster.sandbox().stats("g").callsOf("g", 4)).isEqualTo(1);
            assertThat(worker.stats().duplicates()).isEqualTo(1);
            assertThat(only(results, 6).success()).isTrue();

            assertThat(IntStream.range(0, unreadable.size())).allSatisfy(i -> {
                var dead = deadLetters.records().get(i);
                assertThat(dead.value()).isEqualTo(unreadable.get(i));
                assertThat(dead.key()).isEqualTo("key".getBytes(UTF_8));
                assertThat(dead.headers()
                                .lastHeader(WireHeaders.DEAD_LETTER_OFFSET)
                                .value())
                        .isEqualTo(Integer.toString(i).getBytes(UTF_8));
                assertThat(dead.headers()
                                .lastHeader(WireHeaders.DEAD_LETTER_REASON)
                                .value())
                        .isNotEmpty();
            });
            assertThat(worker.isRunning()).isTrue();
            assertStatusCountsWhatHasNoResult(cluster);
        }
    }

    private static void assertStatusCountsWhatHasNoResult(TestCluster cluster) {
        try (var client = new BatchClient(
                Map.of("bootstrap.servers", cluster.kafka().bootstrapServers()), cluster.topics(), WireFormat.JSON)) {
            await().atMost(Duration.ofSeconds(20))
                    .until(
                            () -> client.reattach("g").status(),
                            status -> status.isPresent()
                                    && status.get().received() == 8
                                    && status.get().deadLetters() == 1
                                    && status.get().repeats() == 1);
            assertThat(client.reattach("g").status().orElseThrow().deadLetterReason())
                    .contains("`index` is negative");
        }
    }

    private static ResponsesRequest.Builder request(int index) {
        return ResponsesRequest.builder()
                .batchId("g")
                .index(index)
                .batchSize(10)
                .model("m")
                .userPrompt("p");
    }

    private Map<String, String> settings(TestCluster cluster, FakeRegistry registry) {
        Map<String, String> settings = cluster.worker(dir, 50);
        settings.put("schema.registry.url", registry.url());
        return settings;
    }

    private static void send(
            org.apache.kafka.clients.producer.Producer<byte[], byte[]> producer, TestCluster cluster, String json) {
        send(producer, cluster, json.getBytes(UTF_8));
    }

    private static void send(
            org.apache.kafka.clients.producer.Producer<byte[], byte[]> producer, TestCluster cluster, byte[] value) {
        producer.send(new ProducerRecord<>(cluster.topics().requests("responses"), 0, null, value));
    }

    private static CallResult failed(SeenRecords results, int index) {
        CallResult result = only(results, index);
        assertThat(result.success()).isFalse();
        assertThat(result.attempts()).isZero();
        return result;
    }

    private static CallResult only(SeenRecords results, int index) {
        assertThat(results.of("g", index)).hasSize(1);
        return results.of("g", index).get(0);
    }
}
