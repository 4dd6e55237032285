package io.github.genaistreams.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.genaistreams.cli.GenAi;
import io.github.genaistreams.e2e.Embedded;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files in the format of OpenAI's Batch API, in and out. */
class OpenAiBatchFilesTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    private Path directory;

    @Test
    void aFileForOpenAisBatchApiRunsUnchanged() throws Exception {
        String file = IntStream.range(0, 60)
                .mapToObj(
                        i -> "{\"custom_id\": \"käse %d\", \"method\": \"POST\", \"url\": \"/v1/responses\", \"body\":"
                                        .formatted(i)
                                + " {\"model\": \"gpt-4o-mini\", \"instructions\": \"Echo.\", \"input\": \"word-%d\","
                                        .formatted(i)
                                + " \"max_output_tokens\": 500, \"user\": \"u\"}}")
                .collect(Collectors.joining("\n"));
        String[] run = {
            "run",
            "responses",
            "--sandbox",
            "--batch-id",
            "b",
            "--format",
            "openai-batch",
            "-q",
            "--data-dir",
            directory.resolve("data").toString(),
            "-"
        };

        var first = new GenAi().stdin(file).run(run);

        assertThat(first.err()).isEmpty();
        assertThat(first.status()).isZero();
        assertThat(first.lines()).hasSize(60);
        for (int i = 0; i < 60; i++) {
            JsonNode line = JSON.readTree(first.lines().get(i));
            assertThat(line.path("custom_id").asText()).isEqualTo("käse " + i);
            assertThat(line.path("error").isNull()).isTrue();
            assertThat(line.path("response").path("status_code").asInt()).isEqualTo(200);
            assertThat(line.path("response").path("request_id").asText()).isNotBlank();
            assertThat(line.at("/response/body/output").toString()).contains("word-" + i);
        }
        // Another process reads the same from Kafka.
        assertThat(new GenAi().stdin(file).run(run).out()).isEqualTo(first.out());
        var renamed = new GenAi().stdin(file.replace("käse 59", "brot 59")).run(run);
        assertThat(renamed.status()).isEqualTo(2);
        assertThat(renamed.err()).contains("the custom_id of index 59 differs");
    }

    @Test
    void aFileMadeForOpenAisBatchApiIsSubmittedAndItsResultsReadInThatFormatFailuresIncluded() throws Exception {
        String line = "{\"custom_id\":\"%s\",\"method\":\"POST\",\"url\":\"/v1/responses\","
                + "\"body\":{\"model\":\"m\",\"input\":\"%s\"}}\n";
        String file = line.formatted("good", "Name a river.")
                + line.formatted("refused", "sandbox:bad_request")
                + line.formatted("unwilling", "sandbox:refusal");
        try (var cluster = Embedded.start(directory.resolve("state"))) {
            var submitted = new GenAi()
                    .with("GENAI_BOOTSTRAP_SERVERS", cluster.bootstrapServers())
                    .stdin(file)
                    .run("submit", "responses", "--batch-id", "file", "-");
            assertThat(submitted.status()).as(submitted.err()).isZero();

            var results = new GenAi()
                    .with("GENAI_BOOTSTRAP_SERVERS", cluster.bootstrapServers())
                    .run("results", "file", "--follow", "--format", "openai-batch");

            List<JsonNode> lines = new ArrayList<>();
            for (String each : results.out().lines().toList()) {
                lines.add(JSON.readTree(each));
            }
            assertThat(lines)
                    .extracting(each -> each.path("custom_id").asText())
                    .containsExactly("good", "refused", "unwilling");
            assertThat(lines.get(0).at("/response/status_code").asInt()).isEqualTo(200);
            assertThat(lines.get(0).path("error").isNull()).isTrue();
            assertThat(lines.get(1).at("/response/status_code").asInt()).isEqualTo(400);
            assertThat(lines.get(1).at("/response/body/error/code").asText()).isEqualTo("invalid_prompt");
            assertThat(lines.get(1).path("error").isNull()).isTrue();
            assertThat(lines.get(2).at("/response/status_code").asInt()).isEqualTo(200);
            assertThat(lines.get(2).at("/response/body/status").asText()).isEqualTo("completed");
            assertThat(lines.get(2).path("error").isNull()).isTrue();
        }
    }
}
