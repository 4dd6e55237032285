package io.github.genaistreams.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.genaistreams.TestDocuments;
import io.github.genaistreams.client.BatchClient;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.serve.ServerClient.Answer;
import io.github.genaistreams.serve.batch.Stored;
import io.github.genaistreams.serve.batch.Stored.StoredBatch;
import io.github.genaistreams.wire.BatchPartitioner;
import io.github.genaistreams.wire.Topics;
import io.github.genaistreams.wire.WireFormat;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** What time takes away: files and batches that expire, and records that Kafka no longer has. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class GenAiServerTimeTest {

    private static final Topics TOPICS = new Topics(Topics.DEFAULT_PREFIX);

    private ServerCase doors;
    private ServerClient here;

    @BeforeAll
    void start(@TempDir Path dir) throws IOException {
        doors = new ServerCase(dir);
        doors.slow();
        here = doors.here();
    }

    @AfterAll
    void stop() {
        doors.close();
    }

    @Test
    void aFileThatHasExpiredIsNoLongerThere() {
        String file = here.form(
                        "/v1/files",
                        ServerClient.part("purpose", null, "batch"),
                        ServerClient.part("expires_after[anchor]", null, "created_at"),
                        ServerClient.part("expires_after[seconds]", null, "3600"),
                        ServerClient.part("file", "x.jsonl", ServerClient.lines(1)))
                .at("/id");
        assertThat(here.get("/v1/files").body()).contains(file);

        doors.clock.move(Duration.ofMinutes(61));

        assertThat(here.get("/v1/files/" + file).status()).isEqualTo(404);
        assertThat(here.get("/v1/files/" + file + "/content").status()).isEqualTo(404);
        assertThat(here.get("/v1/files").body()).doesNotContain(file);
        Answer refused = here.create(file, "{}");
        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.at("/error/param")).isEqualTo("input_file_id");
        assertThat(refused.at("/error/code")).isEqualTo("file_expired");
    }

    @Test
    void aBatchThatIsNotDoneInTimeExpiresAndHasALineForEveryRequest() {
        String batch = batchOfAnHour(ServerClient.lines(600));
        await().pollInterval(Duration.ofMillis(20))
                .until(() -> here.get("/v1/batches/" + batch)
                                .json()
                                .at("/request_counts/completed")
                                .asInt()
                        > 0);

        doors.clock.move(Duration.ofMinutes(61));

        Answer ended = here.ended(batch);
        assertThat(ended.at("/status")).isEqualTo("expired");
        assertThat(ended.json().at("/expired_at").asLong())
                .isGreaterThanOrEqualTo(ended.json().at("/expires_at").asLong());
        int done = here.results(ended.at("/output_file_id")).size();
        assertThat(here.results(ended.at("/error_file_id")))
                .hasSize(600 - done)
                .allSatisfy(line -> assertThat(line.at("/error/code").asText()).isEqualTo("batch_expired"));
    }

    private String batchOfAnHour(String lines) {
        return here.post(
                        "/v1/batches",
                        "{\"input_file_id\":\"%s\",\"endpoint\":\"/v1/responses\",\"completion_window\":\"1h\"}"
                                .formatted(here.upload(lines).at("/id")))
                .at("/id");
    }

    /** Long, since a client of Kafka waits for a topic that it knows to be there. */
    @Test
    @Tag("long")
    void aBatchWhoseFileIsGoneFails() {
        String file = here.upload(ServerClient.lines(3)).at("/id");

        doors.forget(TOPICS.serveFiles());

        Answer ended = here.ended(here.create(file, "{}").at("/id"));
        assertThat(ended.at("/status")).isEqualTo("failed");
        assertThat(ended.at("/errors/data/0/param")).isEqualTo("input_file_id");
        assertThat(here.get("/v1/files/" + file + "/content").status()).isEqualTo(500);
    }

    /** As a replica finds it that takes over: 20 of 3,000 requests are submitted. */
    @Test
    @Tag("long")
    void aBatchWhoseFileGoesInTheMiddleEndsWithWhatWasSubmitted() throws Exception {
        String batch = "batch_" + "7".repeat(32);
        long now = doors.clock.millis() / 1_000;
        String id = here.upload(ServerClient.lines(1)).at("/id");
        int partition = BatchPartitioner.partition(id, doors.partitions(TOPICS.serveFiles()));
        var file = new Stored.StoredFile(id, "local", now, now + 1_000, "x", "batch", 90, partition, 0, 0, 1);
        var order = new Stored.Order(file, "/v1/responses", "24h", Map.of(), null, null, null, null);
        var stored = new StoredBatch(
                batch,
                "local",
                now,
                now + 80_000,
                order,
                Stored.BatchPhase.IN_PROGRESS,
                new Stored.Times(now, null, null, null, null, null),
                3_000,
                20,
                false,
                List.of(),
                null);
        doors.forget(TOPICS.serveFiles());
        try (var client = new BatchClient(doors.config(Map.of()).batchClient(), TOPICS, WireFormat.JSON)) {
            ResponsesRequest request = ResponsesRequest.builder()
                    .model("gpt-5-mini")
                    .userPrompt("Question")
                    .buildUnchecked();
            client.submitPart(batch, 0, 3_000, Collections.nCopies(20, request), index -> Map.of());
        }
        try (var producer = new KafkaProducer<>(
                Map.<String, Object>of("bootstrap.servers", doors.cluster.bootstrapServers()),
                new StringSerializer(),
                new StringSerializer())) {
            String json = JsonMapper.builder()
                    .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
                    .build()
                    .writeValueAsString(stored);
            producer.send(new ProducerRecord<>(
                            TOPICS.serveObjects(),
                            BatchPartitioner.partition(batch, doors.partitions(TOPICS.serveObjects())),
                            batch,
                            json))
                    .get();
        }
        await().until(() -> here.get("/v1/batches/" + batch).status() == 200);

        Answer ended = here.ended(batch);

        assertThat(ended.at("/status")).isEqualTo("completed");
        assertThat(ended.json().at("/request_counts/total").asInt()).isEqualTo(20);
        assertThat(ended.at("/errors/data/0/param")).isEqualTo("input_file_id");
        assertThat(here.results(ended.at("/output_file_id"))).hasSize(20);
    }

    @Test
    void resultsThatKafkaNoLongerHasAreNoWholeFile() {
        String batch = here.form(
                        "/v1/documents",
                        ServerClient.part("file", "a.pdf", TestDocuments.pdf("Alpha", 1)),
                        ServerClient.part("options", null, "{\"poll_interval_secs\":1}"))
                .at("/id");
        String output = here.ended(here.batch(ServerClient.lines(2))).at("/output_file_id");
        here.ended(batch);
        assertThat(here.get("/v1/documents/" + batch + "/results").status()).isEqualTo(200);

        doors.forget(TOPICS.results());

        for (String path : List.of(
                "/v1/documents/" + batch + "/results",
                "/v1/documents/" + batch + "/results?format=jsonl",
                "/v1/files/" + output + "/content")) {
            Answer answer = here.get(path);
            assertThat(answer.status()).as(path).isEqualTo(500);
            assertThat(answer.at("/error/type")).isEqualTo("server_error");
        }
    }
}
