package io.github.genaistreams.cli.command;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.genaistreams.cli.GenAi;
import io.github.genaistreams.client.BatchClient;
import io.github.genaistreams.client.deadletter.DeadLetterFilter;
import io.github.genaistreams.client.deadletter.DeadLetters;
import io.github.genaistreams.e2e.Embedded;
import io.github.genaistreams.model.BatchStatus;
import io.github.genaistreams.wire.Topics;
import io.github.genaistreams.wire.WireHeaders;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** dead-letters list, show and replay, against a real broker and worker. */
class DeadLettersCommandTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String REQUESTS = "genai.responses.requests";

    @TempDir
    static Path dir;

    private static Embedded embedded;

    @BeforeAll
    static void start() {
        embedded = Embedded.start(dir.resolve("state"));
    }

    @AfterAll
    static void stop() {
        embedded.close();
    }

    @Test
    void whatCannotBeReadIsListedShownCorrectedAndReplayedOnce() throws Exception {
        byte[] garbage = "{\"batch_id\":\"fixed\",\"model\":\"m\"".getBytes(UTF_8);
        ProducerRecord<byte[], byte[]> sent = new ProducerRecord<>(REQUESTS, 1, "mine".getBytes(UTF_8), garbage);
        sent.headers().add("traceparent", "t-1".getBytes(UTF_8));
        produce(List.of(sent));
        JsonNode letter =
                Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> find("mine"), found -> found != null);
        String id = letter.path("id").asText();

        assertThat(letter.path("topic").asText()).isEqualTo(REQUESTS);
        assertThat(letter.path("partition").asInt()).isEqualTo(1);
        assertThat(letter.path("replayed").asBoolean()).isFalse();
        assertThat(genai("dead-letters", "list").out()).contains(id, REQUESTS + "-1@");
        assertThat(genai("dead-letters", "show", id).out())
                .contains("reason", "mine", "traceparent = t-1", "{\"batch_id\":\"fixed\"");
        assertThat(genai("dead-letters", "show", id, "--raw").out().getBytes(UTF_8))
                .isEqualTo(garbage);

        Path corrected = Files.writeString(
                dir.resolve("corrected.json"),
                "{\"batch_id\":\"fixed\",\"index\":0,\"batch_size\":1,\"model\":\"m\",\"user_prompt\":\"p\"}");
        var replay = genai("dead-letters", "replay", id, "--value", corrected.toString());
        assertThat(replay.status()).as(replay.err()).isZero();
        assertThat(replay.err()).contains("1 dead letter replayed");

        assertThat(genai("watch", "fixed", "-q").status()).isZero();
        assertThat(header(result("fixed"), WireHeaders.REPLAYED_FROM)).isEqualTo("genai.dead-letters-" + id);
        assertThat(header(result("fixed"), "traceparent")).isEqualTo("t-1");

        var again = genai("dead-letters", "replay", id);
        assertThat(again.status()).isZero();
        assertThat(again.err()).contains("0 dead letters replayed", "replayed before");
        assertThat(embedded.cluster().sandbox().stats("fixed").callsOf("fixed")).isEqualTo(1);
        assertThat(genai("dead-letters", "list").out()).doesNotContain(id + " ");
        assertThat(genai("dead-letters", "list", "--replayed").out()).contains(id, "(replayed)");
    }

    @Test
    void lettersOfAKeyAreReplayedInTheirOrderAndByOneOfManyWhoTry() throws Exception {
        // As a worker of an earlier version has left them, which could not read what this one can.
        List<ProducerRecord<byte[], byte[]>> letters = new ArrayList<>();
        int items = 500;
        for (int i = 0; i < items; i++) {
            letters.add(letter(
                    "order",
                    "{\"batch_id\":\"order\",\"index\":%d,\"batch_size\":%d,\"model\":\"m\",\"user_prompt\":\"p\"}"
                            .formatted(i, items),
                    "unknown schema"));
        }
        produce(letters);
        var filter = new DeadLetterFilter(null, REQUESTS, "unknown SCHEMA", null, null, false);

        int replayed = 0;
        ExecutorService threads = Executors.newFixedThreadPool(3);
        try {
            Callable<Integer> replay = () -> deadLetters().replay(filter, null).replayed();
            for (Future<Integer> each : threads.invokeAll(List.of(replay, replay, replay))) {
                try {
                    replayed += each.get(60, TimeUnit.SECONDS);
                } catch (ExecutionException e) {
                    assertThat(e.getCause()).hasMessageContaining("another process is replaying dead letters");
                }
            }
        } finally {
            threads.shutdownNow();
        }
        deadLetters().replay(filter, null);

        try (var client = new BatchClient(Map.of("bootstrap.servers", embedded.bootstrapServers()))) {
            BatchStatus status = client.reattach("order").completion().get(60, TimeUnit.SECONDS);
            assertThat(status.succeeded()).isEqualTo(items);
            assertThat(status.duplicates()).isZero();
        }
        assertThat(replayed).isLessThanOrEqualTo(items);
        List<Integer> order = records(REQUESTS, 0).stream()
                .filter(record -> record.key() != null && new String(record.key(), UTF_8).equals("order"))
                .map(record -> json(record.value()).path("index").asInt())
                .toList();
        assertThat(order).hasSize(items).isSorted();
        assertThat(embedded.cluster().sandbox().stats("order").callsOf("order")).isEqualTo(items);
    }

    @Test
    void whatCannotBeReplayedIsLeftWithItsReason() throws Exception {
        produce(List.of(letter("empty", null, "left-out: too large")));
        ProducerRecord<byte[], byte[]> retry = letter("retry", "{}", "left-out: unreadable retry");
        retry.headers().remove(WireHeaders.DEAD_LETTER_TOPIC);
        retry.headers().add(WireHeaders.DEAD_LETTER_TOPIC, "genai.responses.retries".getBytes(UTF_8));
        produce(List.of(retry));

        var dry = genai("dead-letters", "replay", "--reason", "left-out", "--dry-run");
        assertThat(dry.err()).contains("2 dead letters would be replayed");
        var replay = genai("dead-letters", "replay", "--reason", "left-out");

        assertThat(replay.status()).isEqualTo(1);
        assertThat(replay.err()).contains("it has no value", "genai retry-failed", "0 dead letters replayed");
    }

    @Test
    void anInvalidTimeOrIdIsNamed() {
        assertThat(genai("dead-letters", "list", "--since", "yesterday").err())
                .contains("--since is not a time: yesterday");
        assertThat(genai("dead-letters", "show", "17").err()).contains("PARTITION@OFFSET");
        assertThat(genai("dead-letters", "show", "0@999999").err()).contains("There is no dead letter 0@999999");
        assertThat(genai("dead-letters", "replay").err()).contains("No dead letters are selected");
        assertThat(genai("dead-letters", "list", "--until", "1000d").err()).contains("No dead letters that match.");
        assertThat(genai("dead-letters", "list", "--since", "2020-01-01", "--until", "2020-01-02T00:00:00Z")
                        .status())
                .isZero();
    }

    private static ProducerRecord<byte[], byte[]> letter(String key, String value, String reason) {
        var letter = new ProducerRecord<>(
                "genai.dead-letters", 0, key.getBytes(UTF_8), value == null ? null : value.getBytes(UTF_8));
        letter.headers()
                .add(WireHeaders.DEAD_LETTER_REASON, reason.getBytes(UTF_8))
                .add(WireHeaders.DEAD_LETTER_TOPIC, REQUESTS.getBytes(UTF_8))
                .add(WireHeaders.DEAD_LETTER_PARTITION, "0".getBytes(UTF_8))
                .add(WireHeaders.DEAD_LETTER_OFFSET, "7".getBytes(UTF_8));
        return letter;
    }

    private static JsonNode find(String key) {
        for (String line : genai("dead-letters", "list", "--json").lines()) {
            JsonNode row = json(line.getBytes(UTF_8));
            JsonNode whole = json(genai("dead-letters", "show", row.path("id").asText(), "--json")
                    .out()
                    .getBytes(UTF_8));
            if (whole.path("key").path("text").asText().equals(key)) {
                return row;
            }
        }
        return null;
    }

    private static DeadLetters deadLetters() {
        return new DeadLetters(Map.of("bootstrap.servers", embedded.bootstrapServers()), Topics.withDefaultPrefix());
    }

    private static ConsumerRecord<byte[], byte[]> result(String batchId) {
        return List.of(0, 1).stream()
                .flatMap(partition -> records("genai.results", partition).stream())
                .filter(record -> json(record.value()).path("batch_id").asText().equals(batchId))
                .findFirst()
                .orElseThrow();
    }

    private static String header(ConsumerRecord<byte[], byte[]> record, String name) {
        return new String(record.headers().lastHeader(name).value(), UTF_8);
    }

    private static List<ConsumerRecord<byte[], byte[]>> records(String topic, int partition) {
        Map<String, Object> settings =
                Map.of("bootstrap.servers", embedded.bootstrapServers(), "isolation.level", "read_committed");
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        try (var consumer = new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            var from = new TopicPartition(topic, partition);
            consumer.assign(List.of(from));
            consumer.seekToBeginning(List.of(from));
            long end = consumer.endOffsets(List.of(from)).get(from);
            while (consumer.position(from) < end) {
                consumer.poll(Duration.ofMillis(100)).forEach(records::add);
            }
        }
        return records;
    }

    private static void produce(List<ProducerRecord<byte[], byte[]>> records) {
        try (var producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", (Object) embedded.bootstrapServers()),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            records.forEach(producer::send);
        }
    }

    private static JsonNode json(byte[] json) {
        try {
            return JSON.readTree(json);
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static GenAi.Outcome genai(String... arguments) {
        return new GenAi()
                .with("GENAI_BOOTSTRAP_SERVERS", embedded.bootstrapServers())
                .run(arguments);
    }
}
