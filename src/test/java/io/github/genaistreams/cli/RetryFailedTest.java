package io.github.genaistreams.cli;

import static io.github.genaistreams.cli.BatchCommandsCase.JSON;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.genaistreams.client.BatchClient;
import io.github.genaistreams.sandbox.Fault;
import io.github.genaistreams.sandbox.Latency;
import io.github.genaistreams.sandbox.SandboxSettings;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** retry-failed: what has failed or was cancelled is submitted again, and is under way for every command. */
class RetryFailedTest {

    @RegisterExtension
    static final BatchCommandsCase test = new BatchCommandsCase();

    @Test
    void failedItemsAreSubmittedAgainAndTheirNewResultsCount() throws Exception {
        SandboxSettings healthy = SandboxSettings.DEFAULTS;
        test.embedded.cluster().sandbox().apply(healthy.withFault(Fault.BAD_REQUEST, 0.4));
        test.submit("repaired", 40);
        assertThat(test.genai("watch", "repaired", "-q").status()).isEqualTo(1);
        int failed = test.status("repaired").path("failed").asInt();
        assertThat(failed).isBetween(1, 39);
        assertThat(test.genai("results", "repaired", "--failed-only", "--json").lines())
                .hasSize(failed)
                .allMatch(line -> line.contains("invalid_prompt"));
        test.embedded.cluster().sandbox().apply(healthy);

        assertThat(test.genai("retry-failed", "repaired", "--only", "no_such_code")
                        .err())
                .contains("0 items submitted again");
        var retry = test.genai("retry-failed", "repaired", "--only", "invalid_prompt");

        assertThat(retry.status()).as(retry.err()).isZero();
        assertThat(retry.err()).contains(failed + " items submitted again", failed + " succeeded, 0 failed again");
        assertThat(retry.lines()).hasSize(failed);
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .until(() -> test.status("repaired").path("failed").asInt() == 0);
        assertThat(test.status("repaired").path("replaced").asInt()).isEqualTo(failed);
        var results = test.genai("results", "repaired", "--json");
        assertThat(results.status()).as(results.err()).isZero();
        for (int i = 0; i < 40; i++) {
            JsonNode result = JSON.readTree(results.lines().get(i));
            assertThat(result.path("index").asInt()).isEqualTo(i);
            assertThat(result.path("success").asBoolean()).isTrue();
        }
        assertThat(test.genai("results", "repaired", "--follow", "--json").lines())
                .hasSize(40);
        assertThat(test.genai("retry-failed", "repaired").err()).contains("0 items submitted again");
    }

    @Test
    void whatWasCancelledIsRepairedByRetryingIt() throws Exception {
        assertThat(test.genai("cancel", "second-thoughts").err())
                .contains("cancelled as soon as its first request arrives");
        test.submit("second-thoughts", 20);
        test.genai("watch", "second-thoughts", "-q");

        var retry = test.genai("retry-failed", "second-thoughts", "--only", "cancelled");

        assertThat(retry.status()).as(retry.err()).isZero();
        assertThat(retry.err()).contains("20 items submitted again", "20 succeeded, 0 failed again");
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .until(() -> test.status("second-thoughts").path("failed").asInt() == 0);
        assertThat(test.status("second-thoughts").path("state").asText()).isEqualTo("COMPLETED");
        var results = test.genai("results", "second-thoughts", "--follow", "--json");
        assertThat(results.status()).as(results.err()).isZero();
        assertThat(results.lines()).hasSize(20);
    }

    @Test
    void whatWasSubmittedAgainIsUnderWayForEveryCommand() throws Exception {
        SandboxSettings healthy = SandboxSettings.DEFAULTS;
        test.embedded.cluster().sandbox().apply(healthy.withFault(Fault.BAD_REQUEST, 1));
        test.submit("again", 4);
        test.genai("watch", "again", "-q");
        // As many as are called at once, for longer than the commands below take.
        test.embedded.cluster().sandbox().apply(healthy.withLatency(Latency.fixed(Duration.ofSeconds(8))));
        assertThat(test.genai("retry-failed", "again", "--no-follow").err()).contains("4 items submitted again");

        var watch = CompletableFuture.supplyAsync(() -> test.genai("watch", "again"));
        var follow = CompletableFuture.supplyAsync(() -> test.genai("results", "again", "--follow", "--json"));
        var status = test.genai("status", "again");
        assertThat(status.out())
                .contains("again      4   of the failed items were submitted again and are in" + " progress");
        assertThat(status.status()).isZero();
        assertThat(test.status("again").path("under_way_again").asInt()).isEqualTo(4);
        assertThat(test.genai("results", "again").err())
                .contains("4 of the failed items were submitted again and are in progress");
        String[] run = {"run", "responses", "-m", "gpt-4o-mini", "--batch-id", "again", "--json", "" + test.prompts(4)};
        var carriedOn = test.genai(run);

        assertThat(carriedOn.status()).as(carriedOn.err()).isZero();
        assertThat(carriedOn.err()).contains("4 succeeded, 0 failed");
        assertThat(carriedOn.lines()).hasSize(4);
        assertThat(watch.get(60, TimeUnit.SECONDS).status()).isZero();
        assertThat(watch.get().err()).contains("4 succeeded").doesNotContainPattern("[1-9]\\d* failed");
        assertThat(follow.get(60, TimeUnit.SECONDS).status()).isZero();
        assertThat(test.genai("status", "again").out()).doesNotContain("in progress");
    }

    @Test
    void aFailureThatIsRetriedByTwoAtOnceIsCalledOnceMore() throws Exception {
        SandboxSettings healthy = SandboxSettings.DEFAULTS;
        test.embedded.cluster().sandbox().apply(healthy.withFault(Fault.BAD_REQUEST, 1));
        test.submit("raced", 30);
        test.genai("watch", "raced", "-q");
        test.embedded.cluster().sandbox().apply(healthy.withLatency(Latency.fixed(Duration.ofMillis(300))));

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

        test.embedded.cluster().sandbox().apply(healthy);
        assertThat(test.embedded.cluster().sandbox().stats("raced").callsOf("raced"))
                .isEqualTo(60);
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .until(() -> test.status("raced").path("succeeded").asInt() == 30);
    }

    @Test
    void aBatchOfTwoItemsThatAreFarApartIsReadAndRepairedAsAnyOther() throws Exception {
        SandboxSettings healthy = SandboxSettings.DEFAULTS;
        test.embedded.cluster().sandbox().apply(healthy.withFault(Fault.BAD_REQUEST, 1));
        long before = allocatedBytes();
        test.produce(
                "{\"batch_id\":\"far\",\"index\":1,\"batch_size\":2147483647,\"model\":\"m\",\"user_prompt\":\"near\"}");
        test.produce("{\"batch_id\":\"far\",\"index\":2000000000,\"model\":\"m\",\"user_prompt\":\"far\"}");
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .until(() -> test.genai("results", "far", "-q").lines().size() == 2);
        assertThat(test.genai("results", "far").err())
                .contains(
                        "0 succeeded, 2 failed, 2,147,483,645 missing",
                        "no result yet: 0, 2-1999999999, 2000000001-2147483646");
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .until(() -> test.genai("status", "far").out().contains("2 of 2,147,483,647"));
        test.embedded.cluster().sandbox().apply(healthy);

        var retry = test.genai("retry-failed", "far");

        assertThat(retry.err()).contains("2 items submitted again", "2 succeeded, 0 failed again");
        assertThat(retry.status()).isZero();
        assertThat(test.genai("results", "far", "--json").lines())
                .hasSize(2)
                .allMatch(line -> line.contains("\"success\":true"));
        // Four readings; a bit for each index that there could be would be a quarter of a gigabyte in each.
        assertThat(allocatedBytes() - before).isLessThan(500 << 20);
    }

    private BatchClient client() {
        return new BatchClient(Map.of("bootstrap.servers", test.embedded.bootstrapServers()));
    }

    private static long allocatedBytes() {
        return ((com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean()).getCurrentThreadAllocatedBytes();
    }
}
