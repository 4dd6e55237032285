package io.github.genaistreams.worker;

import static io.github.genaistreams.worker.Configured.config;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.genaistreams.embedded.EmbeddedGenAi;
import io.github.genaistreams.embedded.EmbeddedStack;
import io.github.genaistreams.embedded.LocalKafka;
import io.github.genaistreams.wire.ResultShape;
import io.github.genaistreams.wire.WireFormat;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import org.apache.kafka.common.config.ConfigException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GenAiConfigTest {

    @TempDir
    Path dir;

    @Test
    void hasASensibleDefaultForEverythingButTheBrokers() {
        GenAiConfig config = config(Map.of());

        assertThat(config.resultFormat()).isEqualTo(WireFormat.JSON);
        assertThat(config.hasOpenAiKey()).isFalse();
        assertThat(config.workerId()).isNull();
        assertThat(config.stateDir()).isEqualTo(Path.of(System.getProperty("user.home"), ".genai-streams", "state"));
        assertThatThrownBy(() -> new GenAiConfig(Map.of()))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("bootstrap.servers");
    }

    @ParameterizedTest
    @CsvSource({
        "lane.slots,5,lane.slots",
        "responses.lane.slots,0,responses.lane.slots",
        "responses.lane.capacity,5,responses.lane.capacity",
        "responses.lane.waiting.capacity,0,responses.lane.waiting.capacity",
        "responses.lane.urgent.slots,-2,responses.lane.urgent.slots",
        "openai.base.url,ftp://x,openai.base.url",
        "openai.base.url,nonsense,openai.base.url",
        "openai.response.max.bytes,1000,openai.response.max.bytes",
        "datalab.response.max.bytes,1000,datalab.response.max.bytes",
        "result.format,xml,result.format",
        "topic.prefix,a b,topic.prefix",
        "drain.timeout.ms,x,drain.timeout.ms",
    })
    void namesTheSettingThatIsWrong(String key, String value, String named) {
        assertThatThrownBy(() -> config(Map.of(key, value)))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(named);
    }

    @Test
    void neverPrintsASecretInWhateverHoldsIt() {
        Map<String, String> settings = Map.of(
                "openai.api.key", "sk-very-secret",
                "openai.headers", "api-key: sk-very-secret",
                "kafka.sasl.jaas.config", "password=sk-very-secret");
        GenAiConfig config = config(settings);
        Credential credential = config.responses().credentials().get("default");
        var options = new EmbeddedGenAi.Options(Optional.empty(), 1, Optional.empty(), settings);
        var setup = new EmbeddedStack.Setup(
                LocalKafka.Options.temporary(), Optional.empty(), 1, 1, Optional.empty(), settings);

        assertThat(credential.headers().toString() + config.streams().client())
                .as("what is to be hidden")
                .contains("very-secret");
        assertThat(List.of(
                        config,
                        config.values(),
                        config.streams(),
                        config.responses().credentials(),
                        credential.key(),
                        config.responses().http(credential, 10),
                        options,
                        EmbeddedGenAi.Options.withKey("sk-very-secret"),
                        setup))
                .allSatisfy(holder -> assertThat(String.valueOf(holder)).doesNotContain("very-secret"));
    }

    @Test
    void takesTheEnvironmentOverSystemPropertiesOverTheFileAndTheCallersWordOverAll() throws IOException {
        Path file = dir.resolve("worker.properties");
        Files.writeString(file, "topic.prefix=file.\napplication.id=file\nworker.id=file\nstate.dir=file\n");
        Properties system = new Properties();
        system.setProperty("genai.application.id", "system");
        system.setProperty("genai.worker.id", "system");
        system.setProperty("genai.state.dir", "system");
        Map<String, String> environment = Map.of(
                "GENAI_WORKER_ID", "environment",
                "GENAI_STATE_DIR", "environment",
                "GENAI_HOME", "ignored",
                "GENAI_KAFKA_SASL_MECHANISM", "PLAIN",
                "OPENAI_API_KEY", "sk-1");
        Map<String, String> overrides = new HashMap<>(Map.of("state.dir", "caller"));
        overrides.put("topic.prefix", null);

        assertThat(ConfigSources.merge(file, system, environment, overrides))
                .containsOnly(
                        Map.entry("topic.prefix", "file."),
                        Map.entry("application.id", "system"),
                        Map.entry("worker.id", "environment"),
                        Map.entry("state.dir", "caller"),
                        Map.entry("kafka.sasl.mechanism", "PLAIN"),
                        Map.entry("openai.api.key", "sk-1"));
    }

    @Test
    void saysWhichFileCannotBeRead() {
        assertThatThrownBy(() -> ConfigSources.merge(dir.resolve("missing"), new Properties(), Map.of(), Map.of()))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("missing");
    }

    @Test
    void refusesAFlatShapeOfRecordsThatAreNotJson() {
        assertThatThrownBy(() -> config(Map.of("result.shape", "flat", "result.format", "avro")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("result.shape")
                .hasMessageContaining("set result.format=json, or leave result.shape out");
        assertThat(config(Map.of("result.format", "avro")).resultShape()).isEqualTo(ResultShape.NESTED);
    }

    @Test
    void givesTheSchemaRegistryToReadersAndNotToKafka() {
        Map<String, String> environment = Map.of("GENAI_SCHEMA_REGISTRY_URL", "http://registry:8081");
        Map<String, String> settings =
                new HashMap<>(ConfigSources.merge(null, new Properties(), environment, Map.of()));
        settings.put("bootstrap.servers", "b:9092");
        GenAiConfig config = new GenAiConfig(settings);

        assertThat(config.schemaRegistry()).isPresent();
        assertThat(config.batchClient()).containsEntry("schema.registry.url", "http://registry:8081");
        assertThat(config.kafka().client().keySet()).noneMatch(key -> key.startsWith("schema."));
        assertThat(config.streams().toProperties().keySet())
                .noneMatch(key -> key.toString().startsWith("schema."));
        assertThatThrownBy(() -> config(Map.of("schema.registry.user", "ann")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("schema.registry.url");
    }

    @Test
    void boundsDocumentsAsAnAccountOfTheApiIs() {
        GenAiConfig config = config(Map.of("datalab.api.key", "dl-key-of-nobody"));

        assertThat(config.getInt("datalab.requests.per.minute")).isEqualTo(200);
        assertThat(config.getInt("datalab.max.concurrent.requests")).isEqualTo(400);
        assertThat(config.getInt("datalab.max.pages.in.flight")).isEqualTo(5_000);
    }
}
