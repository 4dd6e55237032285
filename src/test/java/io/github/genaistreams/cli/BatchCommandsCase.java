package io.github.genaistreams.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.genaistreams.e2e.Embedded;
import io.github.genaistreams.sandbox.SandboxSettings;
import io.github.genaistreams.sandbox.TemporaryDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** A worker on a broker and a sandbox of its own, for all tests of a class, and commands that are told where it is. */
final class BatchCommandsCase implements BeforeAllCallback, BeforeEachCallback, AfterAllCallback {

    static final ObjectMapper JSON = new ObjectMapper();

    Path dir;

    Embedded embedded;

    @Override
    public void beforeAll(ExtensionContext context) throws IOException {
        dir = Files.createTempDirectory("commands-");
        embedded = Embedded.start(dir.resolve("state"));
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        embedded.cluster().sandbox().apply(SandboxSettings.DEFAULTS);
    }

    @Override
    public void afterAll(ExtensionContext context) {
        embedded.close();
        TemporaryDirectory.delete(dir);
    }

    void produce(String request) throws Exception {
        produce("genai.responses.requests", request, request);
    }

    void produce(String topic, String key, String value) throws Exception {
        try (var producer = new KafkaProducer<>(
                Map.<String, Object>of("bootstrap.servers", embedded.bootstrapServers()),
                new StringSerializer(),
                new StringSerializer())) {
            producer.send(new ProducerRecord<>(topic, key, value)).get(20, TimeUnit.SECONDS);
        }
    }

    void submit(String batchId, int items) throws Exception {
        var submitted = genai(
                "submit",
                "responses",
                "--model",
                "gpt-4o-mini",
                "--batch-id",
                batchId,
                prompts(items).toString());
        assertThat(submitted.status()).as(submitted.err()).isZero();
    }

    Path prompts(int items) throws Exception {
        return Files.writeString(
                dir.resolve("prompts-" + items + ".txt"),
                IntStream.range(0, items).mapToObj(i -> "Prompt " + i).collect(Collectors.joining("\n")));
    }

    JsonNode status(String batchId) throws Exception {
        return JSON.readTree(genai("status", batchId, "--json").out());
    }

    GenAi.Outcome genai(String... arguments) {
        return new GenAi()
                .with("GENAI_BOOTSTRAP_SERVERS", embedded.bootstrapServers())
                .run(arguments);
    }
}
