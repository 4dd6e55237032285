package io.github.genaistreams.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.genaistreams.client.BatchClient;
import io.github.genaistreams.registry.RegistryException;
import io.github.genaistreams.registry.RegistrySettings;
import io.github.genaistreams.registry.SchemaRegistry;
import io.github.genaistreams.sandbox.SandboxSettings;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.worker.GenAiConfig;
import io.github.genaistreams.worker.Worker;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With a schema registry as it is shipped. */
@Tag("long")
class ApicurioTest {

    private static final Duration PATIENCE = Duration.ofSeconds(90);

    /** As a team of its own would have it: in pieces, the fields in an order of theirs, and one more. */
    private static final String REQUEST =
            "{\"type\":\"record\",\"name\":\"LlmRequest\",\"namespace\":\"com.acme\",\"fields\":["
                    + "{\"name\":\"user_prompt\",\"type\":\"string\"},{\"name\":\"tenant\",\"type\":\"string\"},"
                    + "{\"name\":\"index\",\"type\":\"int\"},{\"name\":\"batch_id\",\"type\":\"string\"},"
                    + "{\"name\":\"temperature\",\"type\":\"float\"},{\"name\":\"model\",\"type\":\"string\"}]}";

    @TempDir
    Path dir;

    @Test
    void readsAndWritesWithARealRegistryThatStandsStillForAWhile() throws Exception {
        Apicurio.hindrance().ifPresent(why -> Assumptions.abort("Not tested with Apicurio: " + why));
        try (Apicurio registry = Apicurio.start(dir.resolve("apicurio.log"));
                TestCluster cluster = TestCluster.start(SandboxSettings.DEFAULTS, 2);
                SeenRecords results = cluster.raw(cluster.topics().results());
                SeenRecords deadLetters = cluster.deadLetters();
                var producer = cluster.producer()) {
            registry.setCompatibility("FULL_TRANSITIVE");
            registry.register("genai.batches-value", Files.readString(Path.of("schemas/older/batch-status.v1.avsc")));
            Map<String, String> settings = cluster.worker(dir, 10);
            settings.put(RegistrySettings.URL, registry.url());
            settings.put(RegistrySettings.TIMEOUT_MS, "1000");
            settings.put(GenAiConfig.RESULT_FORMAT, "avro");

            try (Worker worker = Worker.start(new GenAiConfig(settings))) {
                assertThat(registry.versions("genai.batches-value")).containsExactly(1, 2);
                int first = registry.register("com.acme.a-value", REQUEST);
                int second = registry.register("com.acme.b-value", REQUEST.replace("tenant", "team"));
                producer.send(framed(cluster, 0, first, 0));
                results.readUntil(() -> results.records().size() == 1, PATIENCE);

                registry.standStill(true);
                producer.send(framed(cluster, 0, second, 1));
                producer.send(framed(cluster, 1, first, 2));
                results.readUntil(() -> results.records().size() == 2, PATIENCE);
                results.readFor(Duration.ofSeconds(3));
                assertThat(results.records()).hasSize(2);
                registry.standStill(false);

                results.readUntil(() -> results.records().size() == 3, PATIENCE);
                assertThat(worker.isReady()).isTrue();
                producer.send(framed(cluster, 0, 1_000_000, 3));
                deadLetters.readUntil(() -> deadLetters.records().size() == 1, PATIENCE);
            }
            assertThat(results.records()).allSatisfy(record -> {
                ByteBuffer value = ByteBuffer.wrap(record.value());
                assertThat(value.get()).isZero();
                GenericRecord result = Framed.read(record.value(), registry.schema(value.getInt()));
                assertThat(result.get("success")).isEqualTo(true);
                assertThat(result.get("output_text").toString()).isNotEmpty();
            });
            try (var client = new BatchClient(Map.of(
                            "bootstrap.servers",
                            cluster.kafka().bootstrapServers(),
                            RegistrySettings.URL,
                            registry.url()));
                    var ordered = client.reattach("b").snapshot()) {
                assertThat(List.of(
                                ordered.next().index(),
                                ordered.next().index(),
                                ordered.next().index()))
                        .containsExactly(0, 1, 2);
            }
            assertThatOnlyLookingFindsWhatIsThere(registry);
        }
    }

    private static void assertThatOnlyLookingFindsWhatIsThere(Apicurio registry) throws Exception {
        var settings = RegistrySettings.of(
                        Map.of(RegistrySettings.URL, registry.url(), RegistrySettings.AUTO_REGISTER, "false"))
                .orElseThrow();
        try (var looking = new SchemaRegistry(settings)) {
            int id = looking.idOf("genai.results-value", Codecs.CALL_RESULT.avroSchema(), Duration.ofSeconds(10));
            assertThat(new Schema.Parser().parse(registry.schema(id)).getName()).isEqualTo("CallResult");
            assertThatThrownBy(() -> looking.idOf(
                            "genai.deltas-value", Codecs.RESPONSE_DELTA.avroSchema(), Duration.ofSeconds(10)))
                    .isInstanceOf(RegistryException.class)
                    .hasMessageContaining("register it there");
        }
    }

    private static ProducerRecord<byte[], byte[]> framed(TestCluster cluster, int partition, int id, int index) {
        var request = new GenericData.Record(new Schema.Parser().parse(REQUEST));
        request.put("user_prompt", "Question");
        request.put("tenant", "t");
        request.put("index", index);
        request.put("batch_id", "b");
        request.put("temperature", 0.5f);
        request.put("model", "gpt-4o-mini");
        return new ProducerRecord<>(cluster.topics().requests("responses"), partition, null, Framed.bytes(id, request));
    }
}
