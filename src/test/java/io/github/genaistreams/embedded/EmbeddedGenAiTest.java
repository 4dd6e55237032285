package io.github.genaistreams.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.withinPercentage;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.github.genaistreams.TestDocuments;
import io.github.genaistreams.client.BatchResult;
import io.github.genaistreams.client.ItemResult;
import io.github.genaistreams.client.ResponsesBatch;
import io.github.genaistreams.client.ResponsesProcessor;
import io.github.genaistreams.client.content.ResponseTexts;
import io.github.genaistreams.client.kafka.BatchClientException;
import io.github.genaistreams.model.DocumentRequest;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.model.UserPrompt;
import io.github.genaistreams.sandbox.ApiSandbox;
import io.github.genaistreams.sandbox.Latency;
import io.github.genaistreams.sandbox.SandboxSettings;
import io.github.genaistreams.worker.BatchEstimate;
import io.github.genaistreams.worker.GenAiConfig;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Batches by one call, with everything in this JVM. */
class EmbeddedGenAiTest {

    private static EmbeddedGenAi genai;

    @BeforeAll
    static void start() {
        genai = EmbeddedGenAi.startWithSandbox();
    }

    @AfterAll
    static void stop() {
        genai.close();
    }

    @Test
    void answersInTheOrderOfThePromptsAndCountsWhatFailed() {
        BatchResult result = process(ResponsesBatch.of(
                request().maxRetries(0),
                "Name a river.",
                "sandbox:server_error",
                "sandbox:refusal",
                "Name a mountain."));

        assertThat(result.totalSuccess()).isEqualTo(2);
        assertThat(result.totalErrors()).isEqualTo(2);
        assertThat(result.texts())
                .hasSize(4)
                .isEqualTo(result.results().stream()
                        .map(item -> ResponseTexts.of(item.details()))
                        .toList());
        assertThat(result.texts().get(0)).contains("river");
        assertThat(result.texts().get(1)).isEmpty();
        assertThat(result.texts().get(3)).contains("mountain");
        ItemResult failed = result.results().get(1);
        assertThat(failed.success()).isFalse();
        assertThat(failed.error()).contains("500");
        assertThat(failed.isRetriable()).isTrue();
        assertThat(failed.attempts()).isEqualTo(1);
        assertThat(result.cost().usd()).isPositive();
    }

    @Test
    void callsOnTheDefaultTierOnceIfFlexHasNoCapacity() {
        var flex = request()
                .model("gpt-4.1")
                .serviceTier("flex")
                .maxRetries(1)
                .retryDelayMinMs(1)
                .retryDelayMaxMs(1);

        List<ItemResult> results = process(ResponsesBatch.of(
                        flex.flexFallback(true), "sandbox:no_capacity", "Name a river.", "sandbox:server_error"))
                .results();
        ItemResult refused = process(ResponsesBatch.of(flex.flexFallback(null), "sandbox:no_capacity"))
                .results()
                .get(0);

        assertThat(results.get(0).details().serviceTier()).isEqualTo("default");
        assertThat(results.get(0).attempts()).isEqualTo(3);
        assertThat(results.get(0).details().cost()).isEqualByComparingTo(price(results.get(0), "2", "8"));
        assertThat(results.get(1).details().serviceTier()).isEqualTo("flex");
        assertThat(results.get(1).attempts()).isEqualTo(1);
        assertThat(results.get(1).details().cost()).isEqualByComparingTo(price(results.get(1), "1", "4"));
        assertThat(results.get(2).success()).isFalse();
        assertThat(results.get(2).attempts()).isEqualTo(2);
        assertThat(refused.details().error().code()).isEqualTo("resource_unavailable");
        assertThat(refused.attempts()).isEqualTo(2);
    }

    private static BigDecimal price(ItemResult result, String inputPerMillion, String outputPerMillion) {
        var usage = result.details().usage();
        return new BigDecimal(inputPerMillion)
                .multiply(BigDecimal.valueOf(usage.inputTokens(), 6))
                .add(new BigDecimal(outputPerMillion).multiply(BigDecimal.valueOf(usage.outputTokens(), 6)));
    }

    /** As a user does it: what a few answers needed says what all of them will need. */
    @Test
    void costsWhatWasEstimatedFromASampleWithinFifteenPercent() {
        List<String> prompts = IntStream.range(0, 100)
                .mapToObj(i -> "Tell me more of river %d. ".formatted(i).repeat(1 + i * 7 % 40))
                .toList();
        var batch = ResponsesBatch.of(
                request()
                        .model("gpt-4.1")
                        .systemPrompt(
                                "You are a guide who knows every river of the country, and tells of it at length.")
                        .serviceTier("flex"),
                prompts);
        var cut = ResponsesBatch.of(
                request().model("gpt-4o-mini").maxOutputTokens(16).failOnIncomplete(false), prompts);

        BatchResult result = process(batch);
        BatchResult cutResult = process(cut);

        double sample = result.results().stream()
                .limit(10)
                .mapToLong(item -> item.details().usage().outputTokens())
                .average()
                .orElseThrow();
        BatchEstimate estimate = estimate(batch, Math.round(sample));
        assertThat(estimate.costUsdMin())
                .isEqualTo(estimate.costUsdMax())
                .isCloseTo(result.cost().usd(), withinPercentage(15));
        assertThat((double) estimate.inputTokens()).isCloseTo(result.usage().inputTokens(), withinPercentage(15));
        assertThat(estimate(cut, null).costUsdMax()).isCloseTo(cutResult.cost().usd(), withinPercentage(15));
    }

    private static BatchEstimate estimate(ResponsesBatch batch, Long outputTokens) {
        var assumed = new BatchEstimate.Assumptions(
                1, outputTokens == null ? BatchEstimate.OUTPUT_MIN : outputTokens, outputTokens, 1, null);
        return BatchEstimate.of(batch.requests(), 0, assumed, new GenAiConfig(Map.of("bootstrap.servers", "none:1")));
    }

    @Test
    void looksAsJsonAsUsersOfThePythonLibraryKnowIt() {
        JsonNode json = process(ResponsesBatch.of(request(), "Name a river.", "sandbox:bad_request"))
                .toJson();

        assertThat(json.fieldNames()).toIterable().containsExactly("total_success", "total_errors", "results");
        JsonNode good = json.at("/results/0");
        assertThat(good.fieldNames()).toIterable().containsExactly("success", "raw_response", "usage");
        assertThat(good.path("raw_response").isTextual()).isTrue();
        assertThat(good.at("/usage/input_tokens_details/cached_tokens").isNumber())
                .isTrue();
        JsonNode bad = json.at("/results/1");
        assertThat(bad.fieldNames())
                .toIterable()
                .containsExactly("success", "error", "error_type", "param", "code", "is_retriable", "attempts");
        assertThat(bad.path("param").isNull()).isTrue();
        assertThat(bad.path("code").asText()).isEqualTo("invalid_prompt");
    }

    /** The API repeats the instructions in its answer. */
    @Test
    void bringsAnAnswerThatIsTooLargeForARecord() {
        BatchResult result = process(ResponsesBatch.of(request().systemPrompt("x".repeat(5_000_000)), "Name a river."));

        ItemResult item = result.results().get(0);
        assertThat(item.success()).isTrue();
        assertThat(item.details().responseRef()).startsWith("sha256/");
        assertThat(item.rawResponse()).hasSizeGreaterThan(5_000_000);
        assertThat(result.texts().get(0)).contains("Name a river.");
    }

    @Test
    void continuesAConversationByTheIdOfAnEarlierResponse() {
        BatchResult first = process(ResponsesBatch.of(request(), "My name is Jane."));
        String id = first.results().get(0).details().rawResponse().path("id").asText();

        BatchResult second = process(ResponsesBatch.of(request().previousResponseId(id), "What is my name?"));

        assertThat(second.texts().get(0)).contains("In turn 1 you said “My name is Jane.”");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void failsAnItemForItsOwnMistakeWhereverItStands(int at) {
        var prompts = new ArrayList<>(List.of(UserPrompt.text("a"), UserPrompt.text("b")));
        prompts.add(at, UserPrompt.items(List.of(JsonNodeFactory.instance.objectNode())));

        BatchResult result = process(new ResponsesBatch(request().buildUnchecked(), prompts));

        assertThat(result.totalSuccess()).isEqualTo(2);
        assertThat(result.results().get(at).success()).isFalse();
        assertThat(result.results().get(at).param()).isEqualTo("user_prompt[0].role");
    }

    @Test
    void runsManyBatchesAtOnceEachInItsOrder() {
        List<CompletableFuture<BatchResult>> batches = IntStream.range(0, 20)
                .mapToObj(b -> genai.responses()
                        .processBatch(ResponsesBatch.of(
                                request(),
                                IntStream.range(0, 10)
                                        .mapToObj(i -> "Batch " + b + " item " + i)
                                        .toList())))
                .toList();

        for (int b = 0; b < 20; b++) {
            List<String> texts = batches.get(b).join().texts();
            for (int i = 0; i < 10; i++) {
                assertThat(texts.get(i)).contains("Batch " + b + " item " + i);
            }
        }
    }

    @Test
    void convertsDocumentsFromMemoryAndFromFilesInTheirOrder(@TempDir Path dir) throws Exception {
        Path large = Files.write(dir.resolve("large.pdf"), TestDocuments.largePdf("Large", 2_000_000));

        var fromMemory = genai.documents()
                .processMultiparts(
                        DocumentRequest.builder().outputFormat("markdown").pollIntervalSecs(1),
                        List.of(TestDocuments.pdf("One", 1), "no document".getBytes(), TestDocuments.pdf("Two", 1)));
        var fromFile = genai.documents().processFiles(DocumentRequest.builder().pollIntervalSecs(1), List.of(large));

        List<String> contents = fromMemory.join().texts();
        assertThat(contents.get(0)).startsWith("One, page 0");
        assertThat(contents.get(1)).isEmpty();
        assertThat(contents.get(2)).startsWith("Two, page 0");
        ItemResult file = fromFile.join().results().get(0);
        assertThat(file.text()).contains("Large, page 0");
        assertThat(file.fileName()).isEqualTo(large.toString());
    }

    /** A worker without a key reads no requests: the batch would wait for ever. */
    @Test
    void saysWhichKeyIsMissingInsteadOfWaitingForEver() {
        try (ApiSandbox api = ApiSandbox.start(SandboxSettings.DEFAULTS)) {
            var place = Map.of("openai.base.url", api.baseUrl(), "datalab.api.url", api.datalabUrl());
            try (var prompts = EmbeddedGenAi.start(at(place, EmbeddedGenAi.Options.withKey("sk-test")))) {
                assertThatThrownBy(prompts::documents)
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("datalab.api.key");
            }
            try (var documents = EmbeddedGenAi.start(at(place, EmbeddedGenAi.Options.withDatalabKey("key")))) {
                assertThatThrownBy(documents::responses)
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("openai.api.key");
                var converted = documents
                        .documents()
                        .processMultiparts(
                                DocumentRequest.builder()
                                        .outputFormat("markdown")
                                        .pollIntervalSecs(1),
                                List.of(TestDocuments.pdf("One", 1)));
                assertThat(converted.join().texts().get(0)).startsWith("One, page 0");
            }
        }
    }

    private static EmbeddedGenAi.Options at(Map<String, String> place, EmbeddedGenAi.Options options) {
        for (var setting : place.entrySet()) {
            options = options.setting(setting.getKey(), setting.getValue());
        }
        return options;
    }

    @Test
    void refusesWhatIsCommonToAllDocumentsBeforeAnyIsStored() {
        assertThatThrownBy(() -> genai.documents()
                        .processMultiparts(DocumentRequest.builder().pageRange("5-2"), List.of(new byte[] {1})))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("page_range");
    }

    @Test
    void refusesWhatIsCommonToAllOnceAndBeforeAnythingIsSent() {
        long before = genai.sandbox().orElseThrow().stats().requests();

        assertThatThrownBy(() -> process(ResponsesBatch.of(request().temperature(5.0), "a", "b")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("temperature");
        assertThatThrownBy(() -> ResponsesBatch.of(request(), "a", " "))
                .hasMessage("user_prompts[1] is blank: give it a text");
        assertThatThrownBy(() -> ResponsesBatch.of(request())).hasMessageContaining("at least one prompt");
        assertThatThrownBy(() -> request().tools("not json")).hasMessageContaining("tools");
        assertThat(genai.sandbox().orElseThrow().stats().requests()).isEqualTo(before);
    }

    @Test
    void failsTheFutureButNotTheBatchWhenTheProcessorIsClosed() throws Exception {
        var processor = ResponsesProcessor.connect(Map.of("bootstrap.servers", genai.bootstrapServers()));
        CompletableFuture<BatchResult> batch =
                processor.processBatch("closed", ResponsesBatch.of(request(), "sandbox:hang"));
        processor.close();

        assertThatThrownBy(() -> batch.get(10, TimeUnit.SECONDS))
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(BatchClientException.class);
        assertThatThrownBy(() -> processor
                        .processBatch(ResponsesBatch.of(request(), "late"))
                        .get(10, TimeUnit.SECONDS))
                .hasRootCauseMessage("The processor was closed");
    }

    @Test
    void saysWhyThereIsNoBatchWithoutKafka() {
        try (var processor = ResponsesProcessor.connect(
                Map.of("bootstrap.servers", "127.0.0.1:1", "default.api.timeout.ms", "2000"))) {
            assertThatThrownBy(() -> processor
                            .processBatch(ResponsesBatch.of(request(), "a"))
                            .join())
                    .isInstanceOf(CompletionException.class)
                    .hasCauseInstanceOf(BatchClientException.class);
        }
    }

    @Test
    void goesOnWithABatchAfterARestartInTheSameDirectory(@TempDir Path dir) throws Exception {
        SandboxSettings slow = SandboxSettings.DEFAULTS.withLatency(Latency.parse("fixed:300ms"));
        var options = EmbeddedGenAi.Options.withSandbox(slow).keptIn(dir).maxConcurrentRequests(2);
        List<String> prompts =
                IntStream.range(0, 12).mapToObj(i -> "Prompt " + i).toList();
        try (var first = EmbeddedGenAi.start(options)) {
            first.client().submit("kept", ResponsesBatch.of(request(), prompts).requests());
        }
        try (var second = EmbeddedGenAi.start(options);
                var results = second.client().reattach("kept").results()) {
            for (int i = 0; i < 12; i++) {
                assertThat(results.next().outputText()).contains("Prompt " + i);
            }
            assertThat(results.hasNext()).isFalse();
        }
    }

    private static BatchResult process(ResponsesBatch batch) {
        return genai.responses().processBatch(batch).join();
    }

    private static ResponsesRequest.Builder request() {
        return ResponsesRequest.builder().model("gpt-4o-mini").systemPrompt("Answer in one word.");
    }
}
