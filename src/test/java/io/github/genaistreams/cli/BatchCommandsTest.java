package io.github.genaistreams.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.genaistreams.client.BatchClient;
import io.github.genaistreams.e2e.Embedded;
import io.github.genaistreams.sandbox.Fault;
import io.github.genaistreams.sandbox.Latency;
import io.github.genaistreams.sandbox.SandboxSettings;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringSerializer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** watch, status, batches, cancel, retry-failed, and what results can print. */
class BatchCommandsTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    static Path dir;

    private static Embedded embedded;

    @BeforeAll
    static void start() {
        embedded = Embedded.start(dir.resolve("state"));
    }

    @BeforeEach
    void healthy() {
        embedded.cluster().sandbox().apply(SandboxSettings.DEFAULTS);
    }

    @AfterAll
    static void stop() {
        embedded.close();
    }

    @Test
    void aBatchIsWatchedToItsEndAndThenKnown() throws Exception {
        submit("watched", 30);

        var watch = genai("watch", "watched");
        assertThat(watch.status()).isZero();
        assertThat(watch.err()).contains("batch watched: COMPLETED", "30 succeeded", "tokens");

        var status = genai("status", "watched", "--json");
        JsonNode json = JSON.readTree(status.out());
        assertThat(json.path("state").asText()).isEqualTo("COMPLETED");
        assertThat(json.path("total").asInt()).isEqualTo(30);
        assertThat(genai("status", "watched").out()).contains("COMPLETED", "30 of 30", "cost", "tokens");
        assertThat(genai("batches").out()).contains("BATCH", "watched", "COMPLETED", "30 of 30");
        assertThat(genai("batches", "--json").lines()).anyMatch(line -> line.contains("\"batch_id\":\"watched\""));
        assertThat(genai("batches", "--running").out()).doesNotContain("watched");
    }

    @Test
    void whatWasWatchedAsJsonEndsWithTheLastStatus() throws Exception {
        submit("json", 5);

        var watch = genai("watch", "json", "--json");

        JsonNode last = JSON.readTree(watch.lines().get(watch.lines().size() - 1));
        assertThat(last.path("state").asText()).isEqualTo("COMPLETED");
        assertThat(watch.err()).isEmpty();
    }

    @Test
    void aBatchNobodyKnowsIsNamed() {
        var status = genai("status", "no-such-batch");

        assertThat(status.status()).isEqualTo(2);
        assertThat(status.err()).contains("Nothing is known of a batch no-such-batch", "genai batches");
    }

    @Test
    void failedItemsAreSubmittedAgainAndTheirNewResultsCount() throws Exception {
        SandboxSettings healthy = SandboxSettings.DEFAULTS;
        embedded.cluster().sandbox().apply(healthy.withFault(Fault.BAD_REQUEST, 0.4));
        submit("repaired", 40);
        assertThat(genai("watch", "repaired", "-q").status()).isEqualTo(1);
        int failed = status("repaired").path("failed").asInt();
        assertThat(failed).isBetween(1, 39);
        assertThat(genai("results", "repaired", "--failed-only", "--json").lines())
                .hasSize(failed)
                .allMatch(line -> line.contains("invalid_prompt"));
        embedded.cluster().sandbox().apply(healthy);

        assertThat(genai("retry-failed", "repaired", "--only", "no_such_code").err())
                .contains("0 items submitted again");
        var retry = genai("retry-failed", "repaired", "--only", "invalid_prompt");

        assertThat(retry.status()).as(retry.err()).isZero();
        assertThat(retry.err()).contains(failed + " items submitted again", failed + " succeeded, 0 failed again");
        assertThat(retry.lines()).hasSize(failed);
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .until(() -> status("repaired").path("failed").asInt() == 0);
        assertThat(status("repaired").path("replaced").asInt()).isEqualTo(failed);
        var results = genai("results", "repaired", "--json");
        assertThat(results.status()).as(results.err()).isZero();
        for (int i = 0; i < 40; i++) {
            JsonNode result = JSON.readTree(results.lines().get(i));
            assertThat(result.path("index").asInt()).isEqualTo(i);
            assertThat(result.path("success").asBoolean()).isTrue();
        }
        assertThat(genai("results", "repaired", "--follow", "--json").lines()).hasSize(40);
        assertThat(genai("retry-failed", "repaired").err()).contains("0 items submitted again");
    }

    @Test
    void aCancelledBatchIsCompleteAndWhatIsCompleteStaysSo() throws Exception {
        submit("done", 3);
        genai("watch", "done", "-q");
        assertThat(genai("cancel", "done").err()).contains("batch done: cancelled, as far as it is not complete");

        assertThat(genai("cancel", "early", "--json").out()).isEqualTo("{\"batch_id\":\"early\",\"known\":false}\n");
        submit("early", 10);
        var watch = genai("watch", "early");
        assertThat(watch.status()).isEqualTo(1);
        assertThat(watch.err()).contains("batch early: CANCELLED", "cancelled)");
        assertThat(status("done").path("state").asText()).isEqualTo("COMPLETED");
    }

    @Test
    void whatWasCancelledIsRepairedByRetryingIt() throws Exception {
        assertThat(genai("cancel", "second-thoughts").err()).contains("cancelled as soon as a request of it comes");
        submit("second-thoughts", 20);
        genai("watch", "second-thoughts", "-q");

        var retry = genai("retry-failed", "second-thoughts", "--only", "cancelled");

        assertThat(retry.status()).as(retry.err()).isZero();
        assertThat(retry.err()).contains("20 items submitted again", "20 succeeded, 0 failed again");
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .until(() -> status("second-thoughts").path("failed").asInt() == 0);
        assertThat(status("second-thoughts").path("state").asText()).isEqualTo("COMPLETED");
        var results = genai("results", "second-thoughts", "--follow", "--json");
        assertThat(results.status()).as(results.err()).isZero();
        assertThat(results.lines()).hasSize(20);
    }

    @Test
    void whatWasSubmittedAgainIsUnderWayForEveryCommand() throws Exception {
        SandboxSettings healthy = SandboxSettings.DEFAULTS;
        embedded.cluster().sandbox().apply(healthy.withFault(Fault.BAD_REQUEST, 1));
        submit("again", 4);
        genai("watch", "again", "-q");
        // As many as are called at once, for longer than the commands below take.
        embedded.cluster().sandbox().apply(healthy.withLatency(Latency.fixed(Duration.ofSeconds(8))));
        assertThat(genai("retry-failed", "again", "--no-follow").err()).contains("4 items submitted again");

        var watch = CompletableFuture.supplyAsync(() -> genai("watch", "again"));
        var follow = CompletableFuture.supplyAsync(() -> genai("results", "again", "--follow", "--json"));
        var status = genai("status", "again");
        assertThat(status.out()).contains("again      4   of the failed were submitted again and are under way");
        assertThat(status.status()).isZero();
        assertThat(status("again").path("under_way_again").asInt()).isEqualTo(4);
        assertThat(genai("results", "again").err()).contains("4 of the failed were submitted again and are under way");
        String[] run = {"run", "responses", "-m", "gpt-4o-mini", "--batch-id", "again", "--json", "" + prompts(4)};
        var carriedOn = genai(run);

        assertThat(carriedOn.status()).as(carriedOn.err()).isZero();
        assertThat(carriedOn.err()).contains("4 succeeded, 0 failed");
        assertThat(carriedOn.lines()).hasSize(4);
        assertThat(watch.get(60, TimeUnit.SECONDS).status()).isZero();
        assertThat(watch.get().err()).contains("4 succeeded").doesNotContainPattern("[1-9]\\d* failed");
        assertThat(follow.get(60, TimeUnit.SECONDS).status()).isZero();
        assertThat(genai("status", "again").out()).doesNotContain("under way");
    }

    @Test
    void aFailureThatIsRetriedByTwoAtOnceIsCalledOnceMore() throws Exception {
        SandboxSettings healthy = SandboxSettings.DEFAULTS;
        embedded.cluster().sandbox().apply(healthy.withFault(Fault.BAD_REQUEST, 1));
        submit("raced", 30);
        genai("watch", "raced", "-q");
        embedded.cluster().sandbox().apply(healthy.withLatency(Latency.fixed(Duration.ofMillis(300))));

        try (var one = client();
                var other = client()) {
            var first = CompletableFuture.supplyAsync(() -> one.retryFailed("raced", error -> true));
            var second = CompletableFuture.supplyAsync(() -> other.retryFailed("raced", error -> true));
            for (var each : List.of(first, second)) {
                try (var results = each.get(60, TimeUnit.SECONDS).results()) {
                    results.forEachRemaining(
                            result -> assertThat(result.success()).isTrue());
                }
            }
        }

        embedded.cluster().sandbox().apply(healthy);
        assertThat(embedded.cluster().sandbox().stats("raced").callsOf("raced")).isEqualTo(60);
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .until(() -> status("raced").path("succeeded").asInt() == 30);
    }

    private static BatchClient client() {
        return new BatchClient(Map.of("bootstrap.servers", embedded.bootstrapServers()));
    }

    @Test
    void aReaderThatIsKilledAndStartedAgainReadsTheSameSequence() throws Exception {
        int items = 400;
        embedded.cluster().sandbox().apply(SandboxSettings.DEFAULTS.withLatency(Latency.parse("uniform:300ms-800ms")));
        submit("reread", items);
        String[] read = {"results", "reread", "--follow", "--json"};
        Path before = dir.resolve("before.jsonl");
        Process first = reader(before, read);
        Awaitility.await()
                .atMost(Duration.ofSeconds(60))
                .until(() -> Files.readAllLines(before).size() >= items / 4);
        first.destroyForcibly().waitFor();

        List<String> all = genai(read).lines();

        embedded.cluster().sandbox().apply(SandboxSettings.DEFAULTS);
        assertThat(all).hasSize(items);
        String text = Files.readString(before);
        List<String> whole = text.substring(0, text.lastIndexOf('\n')).lines().toList();
        assertThat(whole).hasSizeBetween(items / 4 - 1, items - 1);
        assertThat(all.subList(0, whole.size())).isEqualTo(whole);
        for (int i = 0; i < items; i++) {
            assertThat(JSON.readTree(all.get(i)).path("index").asInt()).isEqualTo(i);
        }
    }

    private static Process reader(Path out, String... arguments) throws Exception {
        ProcessBuilder process = ChildProcess.of(arguments);
        process.environment().put("GENAI_BOOTSTRAP_SERVERS", embedded.bootstrapServers());
        return process.redirectOutput(out.toFile())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    @Test
    void aBudgetIsGivenWithTheBatch() throws Exception {
        Path prompts = prompts(500);
        genai(
                "submit",
                "responses",
                "--model",
                "m",
                "--batch-id",
                "bounded",
                "--max-total-tokens",
                "100",
                prompts.toString());

        var watch = genai("watch", "bounded");

        assertThat(watch.err()).contains("batch bounded: BUDGET_EXCEEDED", "budget_exceeded)");
        var retry = genai("retry-failed", "bounded");
        assertThat(retry.status()).isEqualTo(2);
        assertThat(retry.err()).contains("give it a higher bound (--max-cost-usd, --max-total-tokens)");
        var raised = genai("retry-failed", "bounded", "--max-total-tokens", "10000000");
        assertThat(raised.status()).as(raised.err()).isZero();
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .until(() -> status("bounded").path("succeeded").asInt() == 500);
        var none = genai("submit", "responses", "--model", "m", "--max-cost-usd", "0", prompts.toString());
        assertThat(none.status()).isEqualTo(2);
        assertThat(none.err()).contains("--max-cost-usd must be more than 0");
    }

    @Test
    void whatTheSubmitterHasSaidOfAnItemIsShownWithItsResult() throws Exception {
        Path lines = Files.writeString(
                dir.resolve("named.jsonl"),
                "{\"custom_id\":\"q-1\",\"user_prompt\":\"Name a river.\"}\n{\"user_prompt\":\"Name a mountain.\"}\n");
        String[] submit = {
            "submit", "responses", "-m", "m", "--batch-id", "named", "--urgent", "-H", "team=a", "" + lines
        };
        assertThat(genai(submit).status()).isZero();
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", embedded.bootstrapServers()))) {
            var urgent = new TopicPartition("genai.responses.requests.urgent", 0);
            assertThat(admin.listOffsets(Map.of(urgent, OffsetSpec.latest()))
                            .partitionResult(urgent)
                            .get()
                            .offset())
                    .isPositive();
        }

        var json = genai("results", "named", "--follow", "--json");

        JsonNode first = JSON.readTree(json.lines().get(0));
        assertThat(first.path("custom_id").asText()).isEqualTo("q-1");
        assertThat(first.path("headers")).hasToString("{\"team\":\"a\"}");
        JsonNode second = JSON.readTree(json.lines().get(1));
        assertThat(second.has("custom_id")).isFalse();
        assertThat(second.path("headers")).hasToString("{\"team\":\"a\"}");
        assertThat(genai("results", "named").lines())
                .satisfiesExactly(
                        line -> assertThat(line).isEqualTo("   0  q-1  team=a"),
                        line -> assertThat(line).startsWith("      Sandbox answer"),
                        line -> assertThat(line).isEqualTo("   1  team=a"),
                        line -> assertThat(line).startsWith("      Sandbox answer"));
        assertThat(genai("results", "named", "--format", "csv").lines().get(1)).startsWith("0,q-1,,true");
        assertThat(genai("results", "named", "--format", "lines").lines())
                .satisfiesExactly(line -> assertThat(line).startsWith("0\tok\tSandbox answer"), line -> assertThat(line)
                        .startsWith("1\tok\tSandbox answer"));
    }

    @Test
    void resultsAsCsvHaveAHeadAndARowEach() throws Exception {
        submit("table", 2);
        genai("watch", "table", "-q");

        var csv = genai("results", "table", "--format", "csv");

        assertThat(csv.lines().get(0)).startsWith("index,custom_id,file_name,success,text,error_type,error_code");
        assertThat(csv.lines()).hasSize(3);
        assertThat(csv.lines().get(1)).startsWith("0,,,true,\"Sandbox answer");
    }

    @Test
    void whatMayBeBilledTwiceIsCountedWhereTheBatchIsShown() throws Exception {
        Path prompts = Files.writeString(dir.resolve("lost.txt"), "One sandbox:reset\nTwo\n");
        genai(
                "submit",
                "responses",
                "--model",
                "gpt-4o-mini",
                "--max-retries",
                "1",
                "--batch-id",
                "lost",
                prompts.toString());

        assertThat(genai("watch", "lost").err()).contains("1 possible duplicate");
        assertThat(genai("status", "lost").out()).contains("twice?", "possible duplicates: an attempt was repeated");
        assertThat(status("lost").path("possible_duplicates").asInt()).isEqualTo(1);
    }

    @Test
    void aBatchOfTwoItemsThatAreFarApartIsReadAndRepairedAsAnyOther() throws Exception {
        SandboxSettings healthy = SandboxSettings.DEFAULTS;
        embedded.cluster().sandbox().apply(healthy.withFault(Fault.BAD_REQUEST, 1));
        long before = allocatedBytes();
        produce(
                "{\"batch_id\":\"far\",\"index\":1,\"batch_size\":2147483647,\"model\":\"m\",\"user_prompt\":\"near\"}");
        produce("{\"batch_id\":\"far\",\"index\":2000000000,\"model\":\"m\",\"user_prompt\":\"far\"}");
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .until(() -> genai("results", "far", "-q").lines().size() == 2);
        assertThat(genai("results", "far").err())
                .contains(
                        "0 succeeded, 2 failed, 2,147,483,645 missing",
                        "no result yet: 0, 2-1999999999, 2000000001-2147483646");
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .until(() -> genai("status", "far").out().contains("2 of 2,147,483,647"));
        embedded.cluster().sandbox().apply(healthy);

        var retry = genai("retry-failed", "far");

        assertThat(retry.err()).contains("2 items submitted again", "2 succeeded, 0 failed again");
        assertThat(retry.status()).isZero();
        assertThat(genai("results", "far", "--json").lines())
                .hasSize(2)
                .allMatch(line -> line.contains("\"success\":true"));
        // Four readings; a bit for each index that there could be would be a quarter of a gigabyte in each.
        assertThat(allocatedBytes() - before).isLessThan(500 << 20);
    }

    private static long allocatedBytes() {
        return ((com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean()).getCurrentThreadAllocatedBytes();
    }

    @Test
    void aRecordThatIsADeadLetterIsNamedWhereItsBatchIsShown() throws Exception {
        produce("{\"batch_id\":\"letter\",\"batch_size\":2,\"model\":\"m\",\"user_prompt\":\"no index\"}");
        produce("{\"batch_id\":\"letter\",\"index\":1,\"model\":\"m\",\"user_prompt\":\"p\"}");
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .until(() -> status("letter").path("succeeded").asInt() == 1
                        && status("letter").path("dead_letters").asInt() == 1);

        String sentence = "1 record of the batch is a dead letter (`index` is missing)";
        assertThat(genai("status", "letter").out()).contains(sentence);
        var results = genai("results", "letter");
        assertThat(results.status()).isEqualTo(1);
        assertThat(results.err()).contains("no result yet: 0", sentence, "genai dead-letters list");
    }

    @Test
    void aBatchThatStaysIncompleteIsWaitedForNoMore() throws Exception {
        produce("genai.batches", "half", """
                {"batch_id":"half","api":"responses","state":"RUNNING","total":2,"succeeded":0,"failed":0,"failures":{},
                "duplicates":0,"replaced":0,"attempts":0,"pages":0,"usage":{"input_tokens":0,"input_tokens_details":{},
                "output_tokens":0,"output_tokens_details":{},"total_tokens":0},"cost":0,"cost_micros":0,"cost_unknown":0,
                "dead_letters":2,"dead_letter_reason":"`index` is missing","incomplete":true,
                "submitted_at":"2026-01-01T00:00:00Z","first_result_at":"2026-01-01T00:00:00Z",
                "last_result_at":"2026-01-01T00:00:00Z"}""");
        String sentence = "2 records of the batch are dead letters (`index` is missing)";

        var watch = genai("watch", "half");
        assertThat(watch.status()).isEqualTo(1);
        assertThat(watch.err()).contains("batch half: INCOMPLETE", sentence);
        var results = genai("results", "half", "--follow");
        assertThat(results.status()).isEqualTo(1);
        assertThat(results.err()).contains("no result yet: 0-1", sentence);
        assertThat(genai("results", "half").status()).isEqualTo(1);
        var status = genai("status", "half");
        assertThat(status.status()).isEqualTo(1);
        assertThat(status.out()).contains("INCOMPLETE", sentence);
        assertThat(genai("batches").out()).contains("INCOMPLETE");
        assertThat(genai("batches", "--running").out()).doesNotContain("half");
    }

    @Test
    void nobodyIsToldToSendWhatACompleteBatchMisses() throws Exception {
        produce("genai.batches", "whole", """
                {"batch_id":"whole","api":"responses","state":"COMPLETED","total":1,"succeeded":1,"failed":0,"failures":{},
                "duplicates":0,"replaced":0,"attempts":1,"pages":0,"usage":{"input_tokens":0,"input_tokens_details":{},
                "output_tokens":0,"output_tokens_details":{},"total_tokens":0},"cost":0,"cost_micros":0,"cost_unknown":0,
                "dead_letters":1,"dead_letter_reason":"`index` is missing",
                "submitted_at":"2026-01-01T00:00:00Z","first_result_at":"2026-01-01T00:00:00Z",
                "last_result_at":"2026-01-01T00:00:00Z","completed_at":"2026-01-01T00:00:00Z"}""");
        String sentence =
                "1 record of the batch is a dead letter (`index` is missing): every item has a result all the same.";

        var watch = genai("watch", "whole");
        assertThat(watch.status()).isZero();
        assertThat(watch.err()).contains(sentence).doesNotContain("missing again");
        var status = genai("status", "whole");
        assertThat(status.status()).isZero();
        assertThat(status.out()).contains(sentence).doesNotContain("missing again");
    }

    private static void produce(String request) throws Exception {
        produce("genai.responses.requests", request, request);
    }

    private static void produce(String topic, String key, String value) throws Exception {
        try (var producer = new KafkaProducer<>(
                Map.<String, Object>of("bootstrap.servers", embedded.bootstrapServers()),
                new StringSerializer(),
                new StringSerializer())) {
            producer.send(new ProducerRecord<>(topic, key, value)).get(20, TimeUnit.SECONDS);
        }
    }

    private static void submit(String batchId, int items) throws Exception {
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

    private static Path prompts(int items) throws Exception {
        return Files.writeString(
                dir.resolve("prompts-" + items + ".txt"),
                IntStream.range(0, items).mapToObj(i -> "Prompt " + i).collect(Collectors.joining("\n")));
    }

    private static JsonNode status(String batchId) throws Exception {
        return JSON.readTree(genai("status", batchId, "--json").out());
    }

    private static GenAi.Outcome genai(String... arguments) {
        return new GenAi()
                .with("GENAI_BOOTSTRAP_SERVERS", embedded.bootstrapServers())
                .run(arguments);
    }
}
