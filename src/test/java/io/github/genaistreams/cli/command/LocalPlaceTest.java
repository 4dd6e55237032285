package io.github.genaistreams.cli.command;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.genaistreams.cli.GenAi;
import io.github.genaistreams.cli.console.Terminal;
import io.github.genaistreams.embedded.LocalKafka;
import io.github.genaistreams.sandbox.ApiSandbox;
import io.github.genaistreams.sandbox.Fault;
import io.github.genaistreams.sandbox.SandboxSettings;
import io.github.genaistreams.wire.WireHeaders;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What commands do with the data of runs on this machine, in the life of one directory. */
class LocalPlaceTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    private Path directory;

    @Test
    @Tag("long")
    void whatARunHasLeftIsRepaired() throws Exception {
        Path prompts = Files.writeString(directory.resolve("prompts.txt"), "One\nTwo\n");
        Path data = directory.resolve("data");
        String[] run = {"run", "responses", "-m", "m", "--batch-id", "b", "--data-dir", "" + data, "" + prompts};
        try (var sandbox = ApiSandbox.start(SandboxSettings.DEFAULTS.withFault(Fault.BAD_REQUEST, 1))) {
            assertThat(genai(sandbox, run).err()).contains("2 failed");

            var refused = genai(sandbox, "retry-failed", "b", "--data-dir", "" + data);
            assertThat(refused.status()).isEqualTo(2);
            assertThat(refused.err()).contains("No run is in progress there", "--retry-failed", "--no-follow");
            assertThat(refused.err()).doesNotContain("submitted again");
            var submitted = genai(sandbox, "retry-failed", "b", "--no-follow", "--data-dir", "" + data);
            assertThat(submitted.status()).as(submitted.err()).isZero();
            assertThat(submitted.err()).contains("2 items submitted again", "The next run of the batch calls them");
            assertThat(genai(sandbox, "status", "b", "--data-dir", "" + data).out())
                    .contains("2   of the failed items were submitted again", "No run is in progress.");

            try (LocalKafka running = LocalKafka.start(LocalKafka.Options.keptIn(data.resolve("api/broker")))) {
                deadLetter(running.bootstrapServers());
            }
            JsonNode places = JSON.readTree(
                    genai(sandbox, "data", "--json", "--data-dir", "" + data).out());
            assertThat(places.path("name").asText()).isEqualTo("api");
            assertThat(places.path("in_use").asBoolean(true)).isFalse();
            assertThat(places.path("batches").asInt()).isEqualTo(1);
            assertThat(places.path("unfinished")).hasToString("[{\"batch_id\":\"b\",\"items\":2,\"open\":2}]");
            var replayed = genai(sandbox, "dead-letters", "replay", "--all", "--data-dir", "" + data);
            assertThat(replayed.err()).contains("1 dead letter replayed", "The next run reads them");

            sandbox.apply(SandboxSettings.DEFAULTS.withPort(sandbox.port()));
            var again = genai(sandbox, run);
            assertThat(again.status()).as(again.err()).isZero();
            assertThat(again.err()).contains("2 succeeded, 0 failed");
            var letter = genai(sandbox, "results", "letter", "--json", "--data-dir", "" + data);
            assertThat(letter.lines()).as(letter.err()).hasSize(1);

            var kept = onTerminal("n\n", "data", "--delete", "api", "--data-dir", "" + data);
            assertThat(kept.status()).isEqualTo(1);
            assertThat(kept.out()).contains("2 batches, all finished", "" + data.resolve("api"));
            assertThat(kept.err()).contains("[y/N]", "Nothing was deleted.");
            var deleted = onTerminal("y\n", "data", "--delete", "api", "--data-dir", "" + data);
            assertThat(deleted.status()).as(deleted.err()).isZero();
            assertThat(data.resolve("api")).isEmptyDirectory();
        }
    }

    private static void deadLetter(String bootstrapServers) throws Exception {
        var letter = new ProducerRecord<>(
                "genai.dead-letters",
                0,
                "letter",
                "{\"batch_id\":\"letter\",\"index\":0,\"batch_size\":1,\"model\":\"m\",\"user_prompt\":\"p\"}");
        letter.headers()
                .add(WireHeaders.DEAD_LETTER_REASON, "r".getBytes(UTF_8))
                .add(WireHeaders.DEAD_LETTER_TOPIC, "genai.responses.requests".getBytes(UTF_8))
                .add(WireHeaders.DEAD_LETTER_PARTITION, "0".getBytes(UTF_8))
                .add(WireHeaders.DEAD_LETTER_OFFSET, "7".getBytes(UTF_8));
        try (var producer = new KafkaProducer<>(
                Map.<String, Object>of("bootstrap.servers", bootstrapServers),
                new StringSerializer(),
                new StringSerializer())) {
            producer.send(letter).get(20, TimeUnit.SECONDS);
        }
    }

    private static GenAi.Outcome onTerminal(String stdin, String... arguments) {
        return new GenAi().stdin(stdin).on(new Terminal(true, true, 100)).run(arguments);
    }

    private static GenAi.Outcome genai(ApiSandbox sandbox, String... arguments) {
        return new GenAi()
                .with("OPENAI_API_KEY", "key")
                .with("OPENAI_BASE_URL", sandbox.baseUrl())
                .run(arguments);
    }
}
