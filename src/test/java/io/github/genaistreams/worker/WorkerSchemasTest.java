package io.github.genaistreams.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.registry.FakeRegistry;
import io.github.genaistreams.wire.Codec;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.WireCodecs;
import io.github.genaistreams.wire.WireFormat;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class WorkerSchemasTest {

    private static final CallResult RESULT = CallResult.builder(new ItemKey("b", 3), "responses")
            .success(true)
            .outputText("hello")
            .submittedAt(Instant.EPOCH)
            .completedAt(Instant.EPOCH)
            .build();

    private final FakeRegistry registry = FakeRegistry.start();

    @AfterEach
    void close() {
        registry.close();
    }

    @Test
    void registersWhatOthersReadByTheNamesOfItsTopicsAndWritesItFramed() {
        try (WorkerSchemas schemas = schemas(Map.of("result.format", "avro", "deltas.enabled", "true"))) {
            WireCodecs codecs = schemas.codecs();
            byte[] written = codecs.results().encode(RESULT, codecs.format());

            assertThat(registry.subjects())
                    .containsOnlyKeys(
                            "genai.results-value",
                            "genai.results.ordered-value",
                            "genai.batches-value",
                            "genai.deltas-value");
            int id = ByteBuffer.wrap(written).get(0) == 0
                    ? ByteBuffer.wrap(written).getInt(1)
                    : -1;
            assertThat(registry.subjects().get("genai.results-value")).isEqualTo(List.of(id));
            assertThat(registry.schema(id)).isEqualTo(Codecs.CALL_RESULT.avroSchema());
            // Nobody is asked for what this worker has written.
            Codec<CallResult> reader = Codecs.CALL_RESULT.reading(codecs.writers());
            assertThat(codecs.writers().isAtHand(id)).isTrue();
            assertThat(reader.decode(written)).isEqualTo(RESULT);
            assertThat(registry.requests()).allMatch(request -> request.startsWith("POST"));
        }
    }

    @Test
    void asksNothingIfItOnlyReads() {
        try (WorkerSchemas schemas = schemas(Map.of())) {
            assertThat(schemas.codecs().results().encode(RESULT, WireFormat.AVRO)[0])
                    .isEqualTo((byte) 0xC3);
            assertThat(schemas.codecs().writers().isAtHand(7)).isFalse();
        }
        assertThat(registry.subjects()).isEmpty();
    }

    @Test
    void saysWhichSchemaIsMissingIfItMayNotRegister() {
        assertThatThrownBy(() -> schemas(Map.of("result.format", "avro", "schema.registry.auto.register", "false")))
                .isInstanceOf(WorkerException.class)
                .hasMessageContaining("genai.results-value")
                .hasMessageContaining("schema.registry.auto.register=true");
    }

    private WorkerSchemas schemas(Map<String, String> settings) {
        Map<String, String> all = new HashMap<>(settings);
        all.put("bootstrap.servers", "b:9092");
        all.put("schema.registry.url", registry.url());
        return WorkerSchemas.of(new GenAiConfig(all));
    }
}
