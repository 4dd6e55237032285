package io.github.genaistreams.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.genaistreams.TestDocuments;
import io.github.genaistreams.e2e.Embedded;
import io.github.genaistreams.sandbox.Fault;
import io.github.genaistreams.sandbox.SandboxSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What is written for users of a batch library in Python, on a cluster whose worker writes flat results. The comments are lines of
 * their programs; what is below each does the same.
 */
@Timeout(60)
class ReferenceShapeTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    static Path dir;

    private static Embedded embedded;

    @BeforeAll
    static void start() {
        embedded = Embedded.start(dir.resolve("state"), Map.of("result.shape", "flat"));
    }

    @AfterAll
    static void stop() {
        embedded.close();
    }

    @BeforeEach
    void nothingFails() {
        embedded.cluster().sandbox().apply(SandboxSettings.DEFAULTS);
    }

    @Test
    void programsThatReadResponsesReadOurs() throws Exception {
        Path prompts = Files.writeString(dir.resolve("prompts.txt"), "One\nTwo sandbox:bad_request\nThree\n");
        var run = genai(
                "run",
                "responses",
                "--model",
                "gpt-4o-mini",
                "--batch-id",
                "r",
                "--format",
                "reference",
                prompts.toString());
        assertThat(run.status()).as(run.err()).isEqualTo(1);

        JsonNode results = JSON.readTree(run.out());

        // {"total_success": 2, "total_errors": 0, "results": [...]}
        assertThat(results.get("total_success").intValue()).isEqualTo(2);
        assertThat(results.get("total_errors").intValue()).isEqualTo(1);
        assertThat(results.get("results")).hasSize(3);
        // texts = parse_responses(results)
        List<String> texts = parseResponses(results);
        assertThat(texts).hasSize(3);
        assertThat(texts.get(0)).startsWith("Sandbox answer");
        assertThat(texts.get(1)).isEmpty();
        // response_id = json.loads(results1["results"][0]["raw_response"])["id"]
        assertThat(loads(results.get("results").get(0).get("raw_response"))
                        .get("id")
                        .textValue())
                .startsWith("resp_");
        // for r in results["results"]: if r["success"] and r.get("usage"): r["usage"]["total_tokens"]
        List<Integer> tokens = new ArrayList<>();
        for (JsonNode r : results.get("results")) {
            if (r.get("success").booleanValue() && r.hasNonNull("usage")) {
                tokens.add(r.get("usage").get("total_tokens").intValue());
            }
        }
        assertThat(tokens).hasSize(2).allMatch(each -> each > 0);
        JsonNode failed = results.get("results").get(1);
        assertThat(failed.get("success").booleanValue()).isFalse();
        assertThat(failed.get("error").textValue()).contains("refused");
        assertThat(failed.get("error_type").textValue()).isEqualTo("invalid_request_error");
        assertThat(failed.get("code").textValue()).isEqualTo("invalid_prompt");
        assertThat(failed.get("param").isNull()).isTrue();
        assertThat(failed.get("is_retriable").booleanValue()).isFalse();
        assertThat(failed.get("attempts").intValue()).isEqualTo(1);

        assertThat(JSON.readTree(genai("results", "r", "--format", "reference").out()))
                .isEqualTo(results);
        for (JsonNode onTopic : onTopic("r")) {
            assertThat(onTopic)
                    .isEqualTo(results.get("results").get(onTopic.get("index").intValue()));
        }
    }

    @Test
    void programsThatReadDocumentsReadOurs() throws Exception {
        Path pdf = dir.resolve("report.pdf");
        Files.write(pdf, TestDocuments.pdf("Report", 2));
        Path other = dir.resolve("other.pdf");
        Files.write(other, TestDocuments.pdf("Other", 1));
        var run = genai(
                "run",
                "documents",
                "--batch-id",
                "d",
                "--output-format",
                "json",
                "--format",
                "reference",
                pdf.toString(),
                other.toString());
        assertThat(run.status()).as(run.err()).isZero();

        JsonNode results = JSON.readTree(run.out());

        assertThat(results.isArray()).isTrue();
        assertThat(results).hasSize(2);
        // contents = parse_documents(results)
        assertThat(loads(results.get(0).get("json_response")).path("json").path("children"))
                .isNotEmpty();
        for (JsonNode r : results) {
            // if r["success"] and r.get("cost_breakdown"): r["cost_breakdown"]["final_cost_cents"]
            assertThat(r.get("success").booleanValue()).isTrue();
            assertThat(r.get("cost_breakdown").get("final_cost_cents").isNumber())
                    .isTrue();
            assertThat(r.get("processing_time_secs").isNumber()).isTrue();
            assertThat(r.get("error").isNull()).isTrue();
        }
        assertThat(results.get(1).get("index").intValue()).isEqualTo(1);
    }

    @Test
    void aFailedDocumentSaysWhyInOneText() throws Exception {
        embedded.cluster().sandbox().apply(SandboxSettings.DEFAULTS.withFault(Fault.BAD_REQUEST, 1));
        Path pdf = dir.resolve("failed.pdf");
        Files.write(pdf, TestDocuments.pdf("Failed", 1));

        var run = genai("run", "documents", "--batch-id", "df", "--format", "reference", pdf.toString());

        assertThat(run.status()).isEqualTo(1);
        JsonNode r = JSON.readTree(run.out()).get(0);
        assertThat(r.get("success").booleanValue()).isFalse();
        assertThat(r.get("error").textValue()).isNotBlank();
        assertThat(r.get("json_response").isNull()).isTrue();
    }

    @Test
    void ourOwnReadersReadFlatResultsAsAnyOther() throws Exception {
        Path prompts = Files.writeString(dir.resolve("own.txt"), "One\nTwo sandbox:bad_request\n");
        genai("submit", "responses", "--model", "m", "--batch-id", "own", prompts.toString());

        assertThat(genai("watch", "own").err()).contains("1 succeeded, 1 failed", "1 invalid_prompt");

        List<String> lines = genai("results", "own", "--json").lines();
        assertThat(JSON.readTree(lines.get(0))
                        .path("raw_response")
                        .path("output")
                        .isArray())
                .isTrue();
        assertThat(JSON.readTree(lines.get(1)).path("error").path("code").textValue())
                .isEqualTo("invalid_prompt");
        assertThat(genai("retry-failed", "own", "--only", "invalid_prompt").err())
                .contains("1 item submitted again");
    }

    @Test
    void noResultsAreAnEmptyListAndNotNothing() throws Exception {
        Path prompts = Files.writeString(dir.resolve("good.txt"), "One\n");
        genai("run", "responses", "--model", "m", "--batch-id", "good", prompts.toString());

        var failed = genai("results", "good", "--failed-only", "--format", "reference");

        assertThat(JSON.readTree(failed.out()))
                .isEqualTo(JSON.readTree("{\"results\": [], \"total_success\": 0, \"total_errors\": 0}"));
        assertThat(genai("results", "nobody", "--format", "reference").out()).isEmpty();
    }

    /** As its documentation says: the texts of all messages; the whole answer if tools were called instead; "" for a failure. */
    private static List<String> parseResponses(JsonNode results) throws Exception {
        List<String> texts = new ArrayList<>();
        for (JsonNode r : results.get("results")) {
            if (!r.get("success").booleanValue()) {
                texts.add("");
                continue;
            }
            var text = new StringBuilder();
            for (JsonNode item : loads(r.get("raw_response")).get("output")) {
                for (JsonNode part : item.path("content")) {
                    text.append(part.path("text").asText(""));
                }
            }
            texts.add(text.isEmpty() ? r.get("raw_response").textValue() : text.toString());
        }
        return texts;
    }

    private static JsonNode loads(JsonNode text) throws Exception {
        assertThat(text.isTextual()).isTrue();
        return JSON.readTree(text.textValue());
    }

    private static List<JsonNode> onTopic(String batchId) throws Exception {
        try (var consumer = new KafkaConsumer<>(
                Map.<String, Object>of(
                        "bootstrap.servers", embedded.bootstrapServers(), "isolation.level", "read_committed"),
                new StringDeserializer(),
                new StringDeserializer())) {
            List<TopicPartition> partitions = consumer.partitionsFor("genai.results").stream()
                    .map(partition -> new TopicPartition(partition.topic(), partition.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            List<JsonNode> results = new ArrayList<>();
            while (partitions.stream().anyMatch(partition -> consumer.position(partition) < ends.get(partition))) {
                for (var record : consumer.poll(Duration.ofMillis(200))) {
                    JsonNode result = JSON.readTree(record.value());
                    if (result.get("batch_id").textValue().equals(batchId)) {
                        results.add(result);
                    }
                }
            }
            assertThat(results).hasSize(3);
            return results;
        }
    }

    private static GenAi.Outcome genai(String... arguments) {
        return new GenAi()
                .with("GENAI_BOOTSTRAP_SERVERS", embedded.bootstrapServers())
                .with(
                        "GENAI_DOCUMENT_STORE",
                        dir.resolve("state").resolve("documents").toString())
                .run(arguments);
    }
}
