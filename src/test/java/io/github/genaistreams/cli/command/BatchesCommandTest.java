package io.github.genaistreams.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.cli.GenAi;
import io.github.genaistreams.cli.output.BatchTexts;
import io.github.genaistreams.embedded.LocalKafka;
import io.github.genaistreams.model.BatchStatus;
import io.github.genaistreams.model.BatchStatus.State;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.model.Usage;
import io.github.genaistreams.topology.topic.TopicSetup;
import io.github.genaistreams.wire.ItemKeys;
import io.github.genaistreams.wire.Topics;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** genai batches, in the directory of runs on this machine. */
class BatchesCommandTest {

    private static final String NO_RUN =
            "No run is in progress. A batch that is RUNNING goes on when its `genai run`, or `genai serve`, starts again.";

    @TempDir
    private Path data;

    @Test
    void listsWhatRunsHaveLeftAndSaysHowABatchGoesOn() throws Exception {
        try (LocalKafka kafka = LocalKafka.start(LocalKafka.Options.keptIn(data.resolve("api/broker")))) {
            try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()))) {
                new TopicSetup(admin, Topics.withDefaultPrefix(), 12 << 20, Duration.ofSeconds(30)).create(1, 1);
            }
            says(kafka, "free", State.COMPLETED, "0", 0);
            says(kafka, "known", State.COMPLETED, "0.012", 0);

            // A run, or a worker, may be at work while somebody else has the broker.
            assertThat(genai().err()).doesNotContain("No run is in progress");
        }
        var complete = genai();
        assertThat(complete.status()).as(complete.err()).isZero();
        assertThat(complete.err()).doesNotContain("No run is in progress");

        try (LocalKafka kafka = LocalKafka.start(LocalKafka.Options.keptIn(data.resolve("api/broker")))) {
            says(kafka, "unknown", State.RUNNING, "0", 3);
            says(kafka, "partly", State.RUNNING, "0.012", 3);
            // More than the last status of a run that was killed.
            for (int index : new int[] {0, 1, 2, 3, 4, 4}) {
                answers(kafka, new ItemKey("partly", index));
            }
        }
        var left = genai();

        assertThat(left.status()).as(left.err()).isZero();
        assertThat(left.err()).contains(NO_RUN);
        assertThat(left.out()).containsPattern("free +responses +COMPLETED .* \\$0\\.0000 ");
        assertThat(left.out()).containsPattern("known +responses +COMPLETED .* \\$0\\.0120 ");
        // A zero would read as free.
        assertThat(left.out()).containsPattern("unknown +responses +RUNNING .* unknown ");
        assertThat(left.out()).containsPattern("unknown +responses +RUNNING +3 of 7 ");
        assertThat(left.out()).containsPattern("partly +responses +RUNNING +5 of 7 ");
        assertThat(left.err()).contains("ITEMS includes the last results of a run, FAILED and COST do not");
        assertThat(left.out()).containsPattern("partly +responses +RUNNING .* \\$0\\.0120 \\+ \\? ");

        // A script would otherwise wait for ever.
        var json = genai("--json");
        assertThat(json.err()).doesNotContain("No run is in progress");
        assertThat(json.out().lines()).hasSize(4).allSatisfy(line -> assertThat(
                        line.contains("\"run_in_progress\":false"))
                .as(line)
                .isEqualTo(line.contains("\"state\":\"RUNNING\"")));
        assertThat(json.out().lines().filter(line -> line.contains("\"not_counted_yet\":2,")))
                .singleElement()
                .asString()
                .contains("\"batch_id\":\"partly\"");
        assertThat(run("status", "partly").out())
                .containsPattern("items +5 of 7\nuncounted +2   of these results are left to the next run to count");
        assertThat(run("status", "partly", "--json").out()).contains("\"not_counted_yet\":2,");
    }

    private GenAi.Outcome genai(String... options) {
        return run("batches", options);
    }

    private GenAi.Outcome run(String command, String... options) {
        return new GenAi()
                .run(Stream.concat(Stream.of(command, "--data-dir", data.toString()), Stream.of(options))
                        .toArray(String[]::new));
    }

    private static void answers(LocalKafka kafka, ItemKey item) throws Exception {
        try (var producer = new KafkaProducer<>(
                Map.<String, Object>of("bootstrap.servers", kafka.bootstrapServers()),
                new ByteArraySerializer(),
                new StringSerializer())) {
            producer.send(new ProducerRecord<>("genai.results", ItemKeys.encode(item), "{}"))
                    .get(20, TimeUnit.SECONDS);
        }
    }

    private static void says(LocalKafka kafka, String batchId, State state, String cost, int unknown) throws Exception {
        var status = new BatchStatus(
                batchId,
                "responses",
                state,
                state == State.RUNNING ? 7 : 3,
                3,
                0,
                Map.of(),
                0,
                0,
                3,
                0,
                Usage.NONE,
                new BigDecimal(cost),
                0,
                unknown,
                0L,
                0L,
                0L,
                null,
                false,
                null,
                null,
                Instant.now(),
                Instant.now(),
                Instant.now(),
                state == State.RUNNING ? null : Instant.now());
        try (var producer = new KafkaProducer<>(
                Map.<String, Object>of("bootstrap.servers", kafka.bootstrapServers()),
                new StringSerializer(),
                new StringSerializer())) {
            producer.send(new ProducerRecord<>("genai.batches", batchId, BatchTexts.json(status)))
                    .get(20, TimeUnit.SECONDS);
        }
    }
}
