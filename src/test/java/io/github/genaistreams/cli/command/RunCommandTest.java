package io.github.genaistreams.cli.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.genaistreams.TestDocuments;
import io.github.genaistreams.cli.ChildProcess;
import io.github.genaistreams.cli.GenAi;
import io.github.genaistreams.cli.console.StopSignal;
import io.github.genaistreams.e2e.Embedded;
import io.github.genaistreams.sandbox.ApiSandbox;
import io.github.genaistreams.sandbox.Fault;
import io.github.genaistreams.sandbox.Latency;
import io.github.genaistreams.sandbox.SandboxSettings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunCommandTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    private Path directory;

    @Test
    void aKilledRunCarriesOnWhereItWas() throws Exception {
        int items = 400;
        int slots = 20;
        Path prompts = prompts(items);
        var settings = SandboxSettings.DEFAULTS.withLatency(Latency.fixed(Duration.ofMillis(150)));
        try (var sandbox = ApiSandbox.start(settings)) {
            String[] run = {
                "run",
                "responses",
                "--model",
                "m",
                "--batch-id",
                "b",
                "--slots",
                "" + slots,
                "--json",
                "--data-dir",
                directory.resolve("data").toString(),
                prompts.toString()
            };
            Path firstOut = directory.resolve("first.jsonl");
            Process first = start(sandbox, firstOut, run);
            await().atMost(Duration.ofSeconds(60)).until(() -> lines(firstOut) >= 60);
            first.destroyForcibly().waitFor();
            long answeredBefore = sandbox.stats().succeeded("b");
            assertThat(answeredBefore).isBetween(60L, items - 1L);

            var second = genai(sandbox).run(run);

            assertThat(second.status()).as(second.err()).isZero();
            assertThat(indexes(second.lines()))
                    .isEqualTo(IntStream.range(0, items).boxed().toList());
            // What was in flight, or answered but not committed yet, when the process was killed.
            assertThat(sandbox.stats().repeatedAfterSuccess("b")).isLessThanOrEqualTo(2L * slots);
            assertThat(sandbox.stats().callsOf("b")).isLessThanOrEqualTo(items + 2L * slots);
        }
    }

    @Test
    void aStoppedRunSaysHowToCarryOnAndRepeatsNothing() throws Exception {
        int items = 300;
        Path prompts = prompts(items);
        var settings = SandboxSettings.DEFAULTS.withLatency(Latency.fixed(Duration.ofMillis(100)));
        try (var sandbox = ApiSandbox.start(settings)) {
            var stop = StopSignal.manual();
            var stopper = new Thread(() -> {
                await().atMost(Duration.ofSeconds(60))
                        .until(() -> sandbox.stats().succeeded("b") > 50);
                stop.request();
            });
            stopper.start();
            String[] run = {
                "run",
                "responses",
                "-m",
                "m",
                "--batch-id",
                "b",
                "--slots",
                "10",
                "--format",
                "jsonl",
                "--data-dir",
                directory.resolve("data").toString(),
                prompts.toString()
            };

            var stopped = genai(sandbox).stoppedBy(stop).run(run);
            stopper.join();

            assertThat(stopped.status()).as(stopped.err()).isEqualTo(130);
            assertThat(stopped.err()).contains("nothing is lost. To carry on: the same command again");

            var resumed = genai(sandbox).run(run);

            assertThat(resumed.status()).as(resumed.err()).isZero();
            assertThat(resumed.err()).contains("carrying on: 300 of 300 requests submitted before");
            assertThat(indexes(resumed.lines()))
                    .isEqualTo(IntStream.range(0, items).boxed().toList());
            assertThat(sandbox.stats().callsOf("b")).isEqualTo(items);
        }
    }

    @Test
    void aRunThatIsStoppedWhileItStartsSubmitsNothing() throws Exception {
        StopSignal stop = StopSignal.manual();
        stop.request();

        var stopped = new GenAi()
                .stoppedBy(stop)
                .run(
                        "run",
                        "responses",
                        "--sandbox",
                        "--data-dir",
                        directory.resolve("data").toString(),
                        prompts(3).toString());

        assertThat(stopped.status()).isEqualTo(130);
        assertThat(stopped.err())
                .contains("genai: stopping; Ctrl-C again ends at once", "genai: stopped before anything was submitted");
    }

    @Test
    void aSignalThatNobodyAsksForEndsTheProcessAtOnce() {
        StopSignal stop = StopSignal.manual();
        assertThat(stop.isHeeded()).isFalse();

        stop.onRequest(() -> {});
        assertThat(stop.isHeeded()).isTrue();
    }

    @Test
    void failedItemsArePrintedInTheirPlaceAndMakeTheStatusOne() throws Exception {
        Path prompts = prompts(10);
        var settings = SandboxSettings.DEFAULTS.withFault(Fault.QUOTA, 0.5).withSeed(3);
        try (var sandbox = ApiSandbox.start(settings)) {
            Path output = directory.resolve("out.txt");

            var run = genai(sandbox)
                    .run(
                            "run",
                            "responses",
                            "-m",
                            "m",
                            "--batch-id",
                            "b",
                            "--data-dir",
                            directory.resolve("data").toString(),
                            "--output",
                            output.toString(),
                            "--json",
                            prompts.toString());

            assertThat(run.status()).isEqualTo(1);
            JsonNode summary = JSON.readTree(run.out());
            assertThat(summary.path("failed").asInt()).isBetween(1, 9);
            assertThat(summary.path("succeeded").asInt()
                            + summary.path("failed").asInt())
                    .isEqualTo(10);
            assertThat(indexes(output)).hasSize(10).isSorted();
            assertThat(run.err()).contains(" failed").doesNotContain("\u001b");
        }
    }

    @Test
    void stdinAndTheSandboxNeedNothingElse() throws IOException {
        GenAi.Outcome run;
        // The port of a worker beside it, as in a container, is in use.
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            run = new GenAi()
                    .stdin("Say hello\nSay goodbye\n")
                    .with("GENAI_DATA_DIR", directory.toString())
                    .with("GENAI_HTTP_PORT", Integer.toString(taken.getLocalPort()))
                    .run("run", "responses", "--sandbox", "-q", "-");
        }

        assertThat(run.status()).isZero();
        assertThat(run.err()).isEmpty();
        assertThat(run.lines()).hasSize(2);
        assertThat(run.lines().get(0)).startsWith("   0  ").contains("Say hello");
        assertThat(run.lines().get(1)).startsWith("   1  ").contains("Say goodbye");
    }

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
    void aRunContinuesTheConversationOfAnEarlierOne() throws Exception {
        try (var sandbox = ApiSandbox.start(SandboxSettings.DEFAULTS)) {
            String[] run = {
                "run",
                "responses",
                "-m",
                "m",
                "--json",
                "--data-dir",
                directory.resolve("data").toString(),
                "-"
            };
            var first = genai(sandbox).stdin("My name is Jane.").run(run);
            String id = JSON.readTree(first.out()).at("/raw_response/id").asText();

            String[] again = Arrays.copyOf(run, run.length + 2);
            again[run.length] = "--previous-response-id";
            again[run.length + 1] = id;
            var second = genai(sandbox).stdin("What is my name?").run(again);

            assertThat(second.status()).as(second.err()).isZero();
            assertThat(JSON.readTree(second.out()).path("output_text").asText())
                    .contains("In turn 1 you said “My name is Jane.”");
        }
    }

    @Test
    void aFileMadeForOpenAisBatchApiIsSubmittedAndItsResultsReadInThatFormatFailuresIncluded() throws Exception {
        String line = "{\"custom_id\":\"%s\",\"method\":\"POST\",\"url\":\"/v1/responses\","
                + "\"body\":{\"model\":\"m\",\"input\":\"%s\"}}\n";
        String file = line.formatted("good", "Name a river.")
                + line.formatted("refused", "sandbox:quota")
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
            assertThat(lines.get(1).at("/response/status_code").asInt()).isEqualTo(429);
            assertThat(lines.get(1).at("/response/body/error/code").asText()).isEqualTo("insufficient_quota");
            assertThat(lines.get(1).path("error").isNull()).isTrue();
            assertThat(lines.get(2).at("/response/status_code").asInt()).isEqualTo(200);
            assertThat(lines.get(2).at("/response/body/status").asText()).isEqualTo("completed");
            assertThat(lines.get(2).path("error").isNull()).isTrue();
        }
    }

    @Test
    void documentsOfADirectoryBecomeATextEachAndTheBadOnesAreNamed() throws Exception {
        Path scans = Files.createDirectories(directory.resolve("scans"));
        Files.write(scans.resolve("a.pdf"), TestDocuments.pdf("First", 2));
        Files.write(scans.resolve("b.pdf"), TestDocuments.largePdf("Second", 1_500_000));
        Files.write(scans.resolve("c.pdf"), TestDocuments.encryptedPdf());
        Path texts = directory.resolve("texts");
        String[] run = documents("scans", texts, scans);

        var first = new GenAi().run(run);

        assertThat(first.status()).as(first.err()).isEqualTo(1);
        assertThat(Files.readString(texts.resolve("a.md")))
                .startsWith("First, page 0")
                .contains("First, page 1");
        assertThat(Files.readString(texts.resolve("b.md"))).startsWith("Second, page 0");
        assertThat(texts.resolve("c.md")).doesNotExist();
        assertThat(first.out()).contains("c.pdf", "FAILED", "encrypted");
        assertThat(first.out()).contains(scans.resolve("a.pdf") + " -> " + texts.resolve("a.md") + "  2 pages");
        assertThat(first.err())
                .containsSubsequence("genai: batch scans, 3 documents", "2 succeeded", "1 failed")
                .doesNotContain("token");
        // Once, as the result, and not in the log as well.
        assertThat(first.out() + first.err()).containsOnlyOnce("encrypted");
        // The same command again reads what is there.
        Files.delete(texts.resolve("a.md"));
        var second = new GenAi().run(run);
        assertThat(second.err()).contains("3 of 3 documents submitted before");
        assertThat(texts.resolve("a.md")).exists();
    }

    /** A run of documents that become Markdown in a directory. */
    private String[] documents(String batchId, Path texts, Path... documents) {
        var run = new ArrayList<>(List.of(
                "run",
                "documents",
                "--sandbox",
                "--batch-id",
                batchId,
                "--poll-interval-secs",
                "1",
                "--output-format",
                "markdown",
                "--out",
                texts.toString(),
                "--data-dir",
                directory.resolve("data").toString()));
        Arrays.stream(documents).map(Path::toString).forEach(run::add);
        return run.toArray(String[]::new);
    }

    /** It is paid by then, so nothing else may suffer from it. */
    @Test
    void anOutputThatCannotBeWrittenIsNamedAndWrittenByTheSameCommandLater() throws Exception {
        Path a = Files.write(directory.resolve("a.pdf"), TestDocuments.pdf("First", 1));
        Path b = Files.write(directory.resolve("b.pdf"), TestDocuments.pdf("Second", 1));
        Path texts = directory.resolve("texts");
        Path inTheWay = Files.createDirectories(texts.resolve("a.md"));
        String[] run = documents("mended", texts, a, b);

        var first = new GenAi().run(run);

        assertThat(first.status()).as(first.err()).isEqualTo(1);
        assertThat(first.err())
                .contains(
                        a + ": " + inTheWay + " cannot be written: Is a directory",
                        "2 succeeded",
                        "1 document could not be written. The results are kept, and nothing is paid again: when that is"
                                + " mended, the same command again");
        assertThat(texts.resolve("b.md")).exists();
        Files.delete(inTheWay);
        assertThat(new GenAi().run(run).status()).isZero();
        assertThat(inTheWay).content().startsWith("First, page 0");
    }

    @Test
    void aPlaceForOutputsThatIsAFileIsNamedBeforeAnythingStarts() throws Exception {
        Path a = Files.write(directory.resolve("a.pdf"), TestDocuments.pdf("First", 1));

        var refused = new GenAi().run("run", "documents", "--sandbox", "--out", a.toString(), a.toString());

        assertThat(refused.status()).isEqualTo(2);
        assertThat(refused.err()).isEqualTo("genai: --out " + a + " is a file: name a directory.\n");
    }

    @Test
    void documentsOfManyProducersComeOutWithTheirTextInTheirOrder() throws Exception {
        List<String> producers = List.of("cairo", "Ghostscript", "groff", "jsPDF", "PDFKit");
        List<String> run =
                new ArrayList<>(List.of("run", "documents", "--sandbox", "--poll-interval-secs", "1", "--json"));
        run.addAll(List.of(
                "--output-format",
                "markdown",
                "--data-dir",
                directory.resolve("data").toString()));
        for (String producer : producers) {
            run.add(Path.of("src/test/resources/documents", producer.toLowerCase(Locale.ROOT) + ".pdf")
                    .toString());
        }
        run.add(Files.write(directory.resolve("long.pdf"), TestDocuments.pdf("Long", 500))
                .toString());
        run.add(Files.write(directory.resolve("letter.docx"), TestDocuments.docx("Dear reader"))
                .toString());
        run.add(Files.write(directory.resolve("photo.png"), TestDocuments.png()).toString());
        byte[] whole = TestDocuments.pdf("Cut", 3);
        run.add(Files.write(directory.resolve("cut.pdf"), Arrays.copyOf(whole, whole.length / 3))
                .toString());
        run.add(Files.writeString(directory.resolve("notes.pdf"), "no PDF at all")
                .toString());

        var genai = new GenAi().run(run.toArray(String[]::new));

        assertThat(genai.status()).as(genai.err()).isEqualTo(1);
        List<JsonNode> results = new ArrayList<>();
        for (String line : genai.lines()) {
            results.add(JSON.readTree(line));
        }
        assertThat(results)
                .extracting(result -> result.path("index").asInt())
                .containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
        for (int i = 0; i < producers.size(); i++) {
            assertThat(results.get(i).at("/json_response/markdown").asText())
                    .as(producers.get(i))
                    .containsSubsequence(
                            "Made by " + producers.get(i) + ", first page.",
                            "Made by " + producers.get(i) + ", second page.");
        }
        assertThat(results.get(5).at("/json_response/markdown").asText())
                .containsSubsequence(IntStream.range(0, 500)
                        .mapToObj(page -> "Long, page " + page + "\n")
                        .toList());
        assertThat(results.get(5).path("page_count").asInt()).isEqualTo(500);
        assertThat(results.get(6).at("/json_response/markdown").asText()).contains("Dear reader");
        assertThat(results.get(7).path("success").asBoolean()).isTrue();
        assertThat(results.get(8).path("success").asBoolean()).isFalse();
        assertThat(results.get(9).at("/error/message").asText()).contains("Unsupported file type");
        assertThat(genai.err()).contains("8 succeeded, 2 failed", "512 pages", "¢");
    }

    @Test
    void aDocumentThatIsNotThereIsNamed() {
        var result = new GenAi().run("run", "documents", "--sandbox", "/no/such/file.pdf");

        assertThat(result.status()).isEqualTo(2);
        assertThat(result.err()).contains("/no/such/file.pdf cannot be read: there is no such file.");
        assertThat(new GenAi().run("run", "documents", "x.pdf").err()).contains("DATALAB_API_KEY");
    }

    private static GenAi genai(ApiSandbox sandbox) {
        return new GenAi().with("OPENAI_API_KEY", "key").with("OPENAI_BASE_URL", sandbox.baseUrl());
    }

    private Path prompts(int items) throws IOException {
        String text = IntStream.range(0, items).mapToObj(i -> "Prompt " + i).collect(Collectors.joining("\n"));
        return Files.writeString(directory.resolve("prompts.txt"), text);
    }

    private Process start(ApiSandbox sandbox, Path out, String... arguments) throws IOException {
        var process = ChildProcess.of(arguments);
        process.environment().put("OPENAI_API_KEY", "key");
        process.environment().put("OPENAI_BASE_URL", sandbox.baseUrl());
        return process.redirectOutput(out.toFile())
                .redirectError(directory.resolve("err.txt").toFile())
                .start();
    }

    private static long lines(Path file) throws IOException {
        try (var lines = Files.lines(file)) {
            return lines.count();
        }
    }

    private static List<Integer> indexes(Path file) throws IOException {
        return indexes(Files.readAllLines(file));
    }

    private static List<Integer> indexes(List<String> lines) throws IOException {
        List<Integer> indexes = new ArrayList<>();
        for (String line : lines) {
            indexes.add(JSON.readTree(line).path("index").asInt(-1));
        }
        return indexes;
    }
}
