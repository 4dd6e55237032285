package io.github.genaistreams;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.client.BatchClient;
import io.github.genaistreams.client.BatchHandle;
import io.github.genaistreams.client.BatchResults;
import io.github.genaistreams.e2e.Embedded;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.worker.GenAiConfig;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.common.config.ConfigDef;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the README says is so. */
class ReadmeTest {

    private static final Path README = Path.of("README.md");
    private static final Path THIS_FILE = Path.of("src/test/java/io/github/genaistreams/ReadmeTest.java");

    @TempDir
    Path dir;

    @Test
    void shouldListEverySettingWithItsDefault() throws IOException {
        String readme = Files.readString(README);

        assertThat(GenAiConfig.DEFINITION.configKeys().values()).allSatisfy(key -> {
            String fallback = key.hasDefault()
                    ? key.defaultValue == null ? "–" : "`" + ConfigDef.convertToString(key.defaultValue, key.type) + "`"
                    : "*required*";
            assertThat(readme)
                    .contains("| `" + key.name + "` | " + key.type.name().toLowerCase() + " | " + fallback + " | "
                            + key.documentation + " |");
        });
    }

    @Test
    void shouldShowJavaThatCompilesAndRuns() throws IOException {
        String code = Files.readString(README).split("```java\n")[1].split("```")[0];
        assertThat(withoutIndent(Files.readString(THIS_FILE))).contains(withoutIndent(code));

        PrintStream stdout = System.out;
        var printed = new ByteArrayOutputStream();
        try (Embedded embedded = Embedded.start(dir)) {
            System.setOut(new PrintStream(printed, true, UTF_8));
            readAsTheReadmeDoes(embedded.bootstrapServers());
        } finally {
            System.setOut(stdout);
        }

        assertThat(printed.toString(UTF_8).lines()).hasSize(2);
        assertThat(printed.toString(UTF_8).lines())
                .first()
                .asString()
                .startsWith("0 ")
                .contains("river");
        assertThat(printed.toString(UTF_8).lines())
                .last()
                .asString()
                .startsWith("1 ")
                .contains("mountain");
    }

    private static void readAsTheReadmeDoes(String bootstrapServers) {
        try (BatchClient client = new BatchClient(Map.of("bootstrap.servers", bootstrapServers))) {
            List<ResponsesRequest> requests = Stream.of("Name a river.", "Name a mountain.")
                    .map(prompt -> ResponsesRequest.builder()
                            .model("gpt-4o-mini")
                            .systemPrompt("Answer in one word.")
                            .userPrompt(prompt)
                            .build())
                    .toList();
            BatchHandle batch = client.submit(BatchClient.newBatchId(), requests);
            try (BatchResults results = batch.results()) {
                results.forEachRemaining(result -> System.out.println(result.index() + " " + result.outputText()));
            }
        }
    }

    private static String withoutIndent(String code) {
        return code.lines().map(String::strip).filter(line -> !line.isEmpty()).collect(Collectors.joining("\n"));
    }
}
