package io.github.genaistreams.cli;

import static io.github.genaistreams.cli.BatchCommandsCase.JSON;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.genaistreams.PackagedProgram;
import io.github.genaistreams.sandbox.Latency;
import io.github.genaistreams.sandbox.SandboxSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** watch, status, batches, cancel, retry-failed, and what results can print. */
class BatchCommandsTest {

    @RegisterExtension
    static final BatchCommandsCase test = new BatchCommandsCase();

    @Test
    void aBatchIsWatchedToItsEndAndThenKnown() throws Exception {
        test.submit("watched", 30);

        var watch = test.genai("watch", "watched");
        assertThat(watch.status()).isZero();
        assertThat(watch.err()).contains("batch watched: COMPLETED", "30 succeeded", "tokens");

        var status = test.genai("status", "watched", "--json");
        JsonNode json = JSON.readTree(status.out());
        assertThat(json.path("state").asText()).isEqualTo("COMPLETED");
        assertThat(json.path("total").asInt()).isEqualTo(30);
        assertThat(test.genai("status", "watched").out()).contains("COMPLETED", "30 of 30", "cost", "tokens");
        assertThat(test.genai("batches").out()).contains("BATCH", "watched", "COMPLETED", "30 of 30");
        assertThat(test.genai("batches", "--json").lines()).anyMatch(line -> line.contains("\"batch_id\":\"watched\""));
        assertThat(test.genai("batches", "--running").out()).doesNotContain("watched");
    }

    @Test
    void whatWasWatchedAsJsonEndsWithTheLastStatus() throws Exception {
        test.submit("json", 5);

        var watch = test.genai("watch", "json", "--json");

        JsonNode last = JSON.readTree(watch.lines().get(watch.lines().size() - 1));
        assertThat(last.path("state").asText()).isEqualTo("COMPLETED");
        assertThat(watch.err()).isEmpty();
    }

    @Test
    void aBatchNobodyKnowsIsNamed() {
        var status = test.genai("status", "no-such-batch");

        assertThat(status.status()).isEqualTo(2);
        assertThat(status.err()).contains("Batch no-such-batch is unknown: it has no result yet", "genai batches");
    }

    @Test
    void aCancelledBatchIsCompleteAndWhatIsCompleteStaysSo() throws Exception {
        test.submit("done", 3);
        test.genai("watch", "done", "-q");
        assertThat(test.genai("cancel", "done").err())
                .contains("batch done: cancelled; items that already have a result keep it");

        assertThat(test.genai("cancel", "early", "--json").out())
                .isEqualTo("{\"batch_id\":\"early\",\"known\":false}\n");
        test.submit("early", 10);
        var watch = test.genai("watch", "early");
        assertThat(watch.status()).isEqualTo(1);
        assertThat(watch.err()).contains("batch early: CANCELLED", "cancelled)");
        assertThat(test.status("done").path("state").asText()).isEqualTo("COMPLETED");
    }

    @Test
    void aReaderThatIsKilledAndStartedAgainReadsTheSameSequence() throws Exception {
        int items = 400;
        test.embedded
                .cluster()
                .sandbox()
                .apply(SandboxSettings.DEFAULTS.withLatency(Latency.parse("uniform:300ms-800ms")));
        String[] read = {"results", "reread", "--follow", "--json"};
        Path before = test.dir.resolve("before.jsonl");
        // Made before, since packing the program takes longer than the batch.
        ProcessBuilder reader = reader(before, read);
        test.submit("reread", items);
        Process first = reader.start();
        Awaitility.await()
                .atMost(Duration.ofSeconds(60))
                .until(() -> Files.readAllLines(before).size() >= items / 4);
        first.destroyForcibly().waitFor();

        List<String> all = test.genai(read).lines();

        test.embedded.cluster().sandbox().apply(SandboxSettings.DEFAULTS);
        assertThat(all).hasSize(items);
        String text = Files.readString(before);
        List<String> whole = text.substring(0, text.lastIndexOf('\n')).lines().toList();
        assertThat(whole).hasSizeBetween(items / 4 - 1, items - 1);
        assertThat(all.subList(0, whole.size())).isEqualTo(whole);
        for (int i = 0; i < items; i++) {
            assertThat(JSON.readTree(all.get(i)).path("index").asInt()).isEqualTo(i);
        }
    }

    @Test
    void aBudgetIsGivenWithTheBatch() throws Exception {
        var sandbox = test.embedded.cluster().sandbox();
        // The whole batch takes five seconds, and the budget is heard of after about one.
        sandbox.apply(SandboxSettings.DEFAULTS.withLatency(Latency.fixed(Duration.ofMillis(250))));
        Path prompts = test.prompts(400);
        test.genai(
                "submit",
                "responses",
                "--model",
                "m",
                "--batch-id",
                "bounded",
                "--max-total-tokens",
                "100",
                prompts.toString());

        var watch = test.genai("watch", "bounded");

        assertThat(watch.err()).contains("batch bounded: BUDGET_EXCEEDED", "budget_exceeded)");
        var retry = test.genai("retry-failed", "bounded");
        assertThat(retry.status()).isEqualTo(2);
        assertThat(retry.err()).contains("give it a higher limit (--max-cost-usd, --max-total-tokens)");
        sandbox.apply(SandboxSettings.DEFAULTS);
        var raised = test.genai("retry-failed", "bounded", "--max-total-tokens", "10000000");
        assertThat(raised.status()).as(raised.err()).isZero();
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .until(() -> test.status("bounded").path("succeeded").asInt() == 400);
        var none = test.genai("submit", "responses", "--model", "m", "--max-cost-usd", "0", prompts.toString());
        assertThat(none.status()).isEqualTo(2);
        assertThat(none.err()).contains("--max-cost-usd must be more than 0");
    }

    @Test
    void whatTheSubmitterHasSaidOfAnItemIsShownWithItsResult() throws Exception {
        Path lines = Files.writeString(
                test.dir.resolve("named.jsonl"),
                "{\"custom_id\":\"q-1\",\"user_prompt\":\"Name a river.\"}\n{\"user_prompt\":\"Name a mountain.\"}\n");
        String[] submit = {
            "submit", "responses", "-m", "m", "--batch-id", "named", "--urgent", "-H", "team=a", "" + lines
        };
        assertThat(test.genai(submit).status()).isZero();
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", test.embedded.bootstrapServers()))) {
            var urgent = new TopicPartition("genai.responses.requests.urgent", 0);
            assertThat(admin.listOffsets(Map.of(urgent, OffsetSpec.latest()))
                            .partitionResult(urgent)
                            .get()
                            .offset())
                    .isPositive();
        }

        var json = test.genai("results", "named", "--follow", "--json");

        JsonNode first = JSON.readTree(json.lines().get(0));
        assertThat(first.path("custom_id").asText()).isEqualTo("q-1");
        assertThat(first.path("headers")).hasToString("{\"team\":\"a\"}");
        JsonNode second = JSON.readTree(json.lines().get(1));
        assertThat(second.has("custom_id")).isFalse();
        assertThat(second.path("headers")).hasToString("{\"team\":\"a\"}");
        assertThat(test.genai("results", "named").lines())
                .satisfiesExactly(
                        line -> assertThat(line).isEqualTo("   0  q-1  team=a"),
                        line -> assertThat(line).startsWith("      Sandbox answer"),
                        line -> assertThat(line).isEqualTo("   1  team=a"),
                        line -> assertThat(line).startsWith("      Sandbox answer"));
        assertThat(test.genai("results", "named", "--format", "csv").lines().get(1))
                .startsWith("0,q-1,,true");
        assertThat(test.genai("results", "named", "--format", "lines").lines())
                .satisfiesExactly(line -> assertThat(line).startsWith("0\tok\tSandbox answer"), line -> assertThat(line)
                        .startsWith("1\tok\tSandbox answer"));
    }

    @Test
    void resultsAsCsvHaveAHeadAndARowEach() throws Exception {
        test.submit("table", 2);
        test.genai("watch", "table", "-q");

        var csv = test.genai("results", "table", "--format", "csv");

        assertThat(csv.lines().get(0)).startsWith("index,custom_id,file_name,success,text,error_type,error_code");
        assertThat(csv.lines()).hasSize(3);
        assertThat(csv.lines().get(1)).startsWith("0,,,true,\"Sandbox answer");
    }

    @Test
    void whatMayBeBilledTwiceIsCountedWhereTheBatchIsShown() throws Exception {
        Path prompts = Files.writeString(test.dir.resolve("lost.txt"), "One sandbox:reset\nTwo\n");
        test.genai(
                "submit",
                "responses",
                "--model",
                "gpt-4o-mini",
                "--max-retries",
                "1",
                "--batch-id",
                "lost",
                prompts.toString());

        assertThat(test.genai("watch", "lost").err()).contains("1 possible duplicate");
        assertThat(test.genai("status", "lost").out())
                .contains("twice?", "possible duplicates: the repeated attempt may have been billed before");
        assertThat(test.status("lost").path("possible_duplicates").asInt()).isEqualTo(1);
    }

    @Test
    void aRecordThatIsADeadLetterIsNamedWhereItsBatchIsShown() throws Exception {
        test.produce("{\"batch_id\":\"letter\",\"batch_size\":2,\"model\":\"m\",\"user_prompt\":\"no index\"}");
        test.produce("{\"batch_id\":\"letter\",\"index\":1,\"model\":\"m\",\"user_prompt\":\"p\"}");
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .until(() -> test.status("letter").path("succeeded").asInt() == 1
                        && test.status("letter").path("dead_letters").asInt() == 1);

        String sentence = "1 record of the batch is a dead letter (`index` is missing)";
        assertThat(test.genai("status", "letter").out()).contains(sentence);
        var results = test.genai("results", "letter");
        assertThat(results.status()).isEqualTo(1);
        assertThat(results.err()).contains("no result yet: 0", sentence, "genai dead-letters list");
    }

    @Test
    void aBatchThatStaysIncompleteIsWaitedForNoMore() throws Exception {
        test.produce("genai.batches", "half", """
                {"batch_id":"half","api":"responses","state":"RUNNING","total":2,"succeeded":0,"failed":0,"failures":{},
                "duplicates":0,"replaced":0,"attempts":0,"pages":0,"usage":{"input_tokens":0,"input_tokens_details":{},
                "output_tokens":0,"output_tokens_details":{},"total_tokens":0},"cost":0,"cost_micros":0,"cost_unknown":0,
                "dead_letters":2,"dead_letter_reason":"`index` is missing","incomplete":true,
                "submitted_at":"2026-01-01T00:00:00Z","first_result_at":"2026-01-01T00:00:00Z",
                "last_result_at":"2026-01-01T00:00:00Z"}""");
        String sentence = "2 records of the batch are dead letters (`index` is missing)";

        var watch = test.genai("watch", "half");
        assertThat(watch.status()).isEqualTo(1);
        assertThat(watch.err()).contains("batch half: INCOMPLETE", sentence);
        var results = test.genai("results", "half", "--follow");
        assertThat(results.status()).isEqualTo(1);
        assertThat(results.err()).contains("no result yet: 0-1", sentence);
        assertThat(test.genai("results", "half").status()).isEqualTo(1);
        var status = test.genai("status", "half");
        assertThat(status.status()).isEqualTo(1);
        assertThat(status.out()).contains("INCOMPLETE", sentence);
        assertThat(test.genai("batches").out()).contains("INCOMPLETE");
        assertThat(test.genai("batches", "--running").out()).doesNotContain("half");
    }

    @Test
    void aCompleteBatchDoesNotAskToSendMissingRequests() throws Exception {
        test.produce("genai.batches", "whole", """
                {"batch_id":"whole","api":"responses","state":"COMPLETED","total":1,"succeeded":1,"failed":0,"failures":{},
                "duplicates":0,"replaced":0,"attempts":1,"pages":0,"usage":{"input_tokens":0,"input_tokens_details":{},
                "output_tokens":0,"output_tokens_details":{},"total_tokens":0},"cost":0,"cost_micros":0,"cost_unknown":0,
                "dead_letters":1,"dead_letter_reason":"`index` is missing",
                "submitted_at":"2026-01-01T00:00:00Z","first_result_at":"2026-01-01T00:00:00Z",
                "last_result_at":"2026-01-01T00:00:00Z","completed_at":"2026-01-01T00:00:00Z"}""");
        String sentence =
                "1 record of the batch is a dead letter (`index` is missing): still, every item has a result.";

        var watch = test.genai("watch", "whole");
        assertThat(watch.status()).isZero();
        assertThat(watch.err()).contains(sentence).doesNotContain("send them again");
        var status = test.genai("status", "whole");
        assertThat(status.status()).isZero();
        assertThat(status.out()).contains(sentence).doesNotContain("send them again");
    }

    private ProcessBuilder reader(Path out, String... arguments) {
        ProcessBuilder process = PackagedProgram.of(arguments);
        process.environment().put("GENAI_BOOTSTRAP_SERVERS", test.embedded.bootstrapServers());
        return process.redirectOutput(out.toFile()).redirectError(ProcessBuilder.Redirect.DISCARD);
    }
}
