package io.github.genaistreams.serve.page;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.genaistreams.embedded.SharedKafka;
import io.github.genaistreams.model.BatchStatus.State;
import io.github.genaistreams.model.Waiting;
import io.github.genaistreams.serve.http.Keys;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** What the page gets from its server. One server with keys for all of them: each test has batches of its own. */
@Timeout(60)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PageTest {

    private static final String[] ADMIN = {"Authorization", "Bearer admin-key"};
    private static final String[] TEAM = {"Authorization", "Bearer team-key"};
    private static final String[] READER = {"Authorization", "Bearer reader-key"};

    @RegisterExtension
    static final SharedKafka KAFKA = new SharedKafka();

    private PageCase test;

    @BeforeAll
    void open(@TempDir Path directory) throws Exception {
        Path file = directory.resolve("keys.json");
        Files.writeString(
                file, """
                [{"name": "admin", "sha256": "%s", "role": "admin"},
                 {"name": "team", "sha256": "%s", "budget_per_day_usd": 5},
                 {"name": "reader", "sha256": "%s", "role": "read"}]
                """.formatted(Keys.sha256("admin-key"), Keys.sha256("team-key"), Keys.sha256("reader-key")));
        test = new PageCase(KAFKA.broker(), Optional.of(new Keys(file)), Duration.ofMillis(20));
        for (int i = 0; i < 120; i++) {
            test.done("many-" + i, 10, 0, test.start.minusSeconds(60L * i + 1_000));
        }
        test.owners.put("many-5", "team");
        test.owners.put("of-team", "team");
        test.owners.put("of-reader", "reader");
        test.done("of-team", 10, 0, test.start);
        test.done("of-reader", 9, 1, test.start);
        awaitListed("of-team");
        awaitListed("of-reader");
        awaitListed("many-119");
    }

    @AfterAll
    void close() {
        test.close();
    }

    @Test
    void thePageIsStaticAndMayRunNothingButItsOwnFiles() throws Exception {
        HttpResponse<String> page = test.get("/");

        assertThat(page.statusCode()).isEqualTo(200);
        assertThat(page.headers().firstValue("Content-Security-Policy").orElseThrow())
                .contains("default-src 'self'")
                .contains("frame-ancestors 'none'")
                .doesNotContain("unsafe");
        assertThat(page.body()).doesNotContain("style=").doesNotContainPattern("<script(?![^>]* src=)");
        var files = java.util.regex.Pattern.compile("(?:src|href)=\"(page/[^\"]+)\"")
                .matcher(page.body());
        assertThat(files.results().map(found -> found.group(1)).toList())
                .hasSizeGreaterThanOrEqualTo(5)
                .allSatisfy(
                        file -> assertThat(test.get("/" + file).statusCode()).isEqualTo(200));
        assertThat(test.get("/page/Page.class").statusCode()).isEqualTo(404);
    }

    @Test
    void theDataIsForThoseWithAKey() throws Exception {
        for (String path :
                List.of("/api/me", "/api/batches", "/api/stream", "/api/batches/of-team/stream", "/api/workers")) {
            assertThat(test.get(path).statusCode()).as(path).isEqualTo(401);
        }
        assertThat(test.json("/api/me", READER).get("may_write").asBoolean()).isFalse();
        assertThat(test.json("/api/me", TEAM).get("may_write").asBoolean()).isTrue();
    }

    @Test
    void batchesComeByPagesTheLatestFirst() throws Exception {
        JsonNode third = test.json("/api/batches?find=MANY&page=2", ADMIN);

        assertThat(ids(third)).hasSize(20).startsWith("many-100", "many-101").endsWith("many-119");
        assertThat(third.get("pages").asInt()).isEqualTo(3);
        assertThat(third.get("counts").get("over").asInt()).isGreaterThanOrEqualTo(122);
        // The last page there is.
        assertThat(ids(test.json("/api/batches?find=many&page=99", ADMIN))).isEqualTo(ids(third));
        assertThat(test.get("/api/batches?show=some", ADMIN).statusCode()).isEqualTo(400);
    }

    @Test
    void aKeySeesItsOwnBatchesOnly() throws Exception {
        JsonNode list = test.json("/api/batches", TEAM);

        assertThat(ids(list)).containsExactly("of-team", "many-5");
        assertThat(list.get("counts").get("all").asInt()).isEqualTo(2);
        for (String path : List.of("/stream", "/items", "/items/0")) {
            HttpResponse<String> answer = test.get("/api/batches/of-reader" + path, TEAM);
            assertThat(answer.statusCode()).as(path).isEqualTo(404);
        }
        HttpResponse<String> others = test.post("/api/batches/of-reader/cancel", "{}", TEAM);
        HttpResponse<String> none = test.post("/api/batches/no-such/cancel", "{}", TEAM);
        assertThat(others.statusCode()).isEqualTo(404);
        assertThat(PageCase.error(others).get("message").asText().replace("of-reader", "X"))
                .isEqualTo(PageCase.error(none).get("message").asText().replace("no-such", "X"));
    }

    @Test
    void aKeyThatMayOnlyReadChangesNothing() throws Exception {
        for (String path : List.of("/cancel", "/retry-failed")) {
            HttpResponse<String> answer = test.post("/api/batches/of-reader" + path, "{}", READER);
            assertThat(answer.statusCode()).isEqualTo(403);
            assertThat(PageCase.error(answer).get("code").asText()).isEqualTo("insufficient_permissions");
        }
        assertThat(test.get("/api/workers", TEAM).statusCode()).isEqualTo(403);
    }

    @Test
    void aStreamSendsThePageOnceAndThenWhatChanges() throws Exception {
        test.running("live-a", 100, 1, 0);
        test.running("live-b", 100, 2, 0);
        awaitListed("live-a");
        awaitListed("live-b");
        try (var events = test.new Events("/api/stream?find=live-", ADMIN)) {
            JsonNode first = events.next();
            assertThat(ids(first, "changed")).containsExactlyInAnyOrder("live-a", "live-b");
            assertThat(first.get("order")).hasSize(2);

            test.running("live-b", 100, 50, 0);

            JsonNode next = events.next();
            assertThat(ids(next, "changed")).containsExactly("live-b");
            assertThat(next.get("changed").get(0).get("succeeded").asInt()).isEqualTo(50);
            assertThat(next.has("order")).isFalse();

            test.running("live-c", 100, 0, 0);

            next = events.next();
            assertThat(ids(next, "changed")).containsExactly("live-c");
            assertThat(next.get("order")).hasSize(3);
        }
    }

    @Test
    void aBatchIsShownWithItsBoundItsWaitItsFailuresAndItsHistory() throws Exception {
        var until = test.start.plusSeconds(900);
        test.results("whole", 400, 0, 300);
        test.bound("whole", "20");
        var waiting = new Waiting("outage", test.start, until, "HTTP 503");
        test.status("whole", State.RUNNING, 400, 270, 30, waiting, test.start);
        awaitListed("whole");
        try (var events = test.new Events("/api/batches/whole/stream", ADMIN)) {
            JsonNode first = events.next();
            assertThat(first.get("status").get("waiting").get("until").asText()).isEqualTo(until.toString());
            assertThat(first.get("bounds").get("max_cost_usd").decimalValue()).isEqualByComparingTo("20");

            JsonNode results = first.get("results");
            while (!results.get("caught_up").asBoolean()) {
                results = events.next().path("results");
            }
            assertThat(results.get("read").asInt()).isEqualTo(300);
            assertThat(results.get("open").toString()).isEqualTo("[[300,399]]");
            JsonNode failure = results.get("failures").get(0);
            assertThat(failure.get("code").asText()).isEqualTo("invalid_prompt");
            assertThat(failure.get("words").toString())
                    .isEqualTo("[{\"message\":" + quoted(PageCase.ERROR.message()) + ",\"http_status\":400}]");
            JsonNode history = results.get("history");
            assertThat(sum(history.get("done"))).isEqualTo(270);
            assertThat(sum(history.get("failed"))).isEqualTo(30);
            assertThat(history.get("start").asLong()).isEqualTo(test.start.getEpochSecond());

            test.results("whole", 400, 300, 350);
            JsonNode later = events.next();
            assertThat(later.has("status")).isFalse();
            assertThat(later.get("results").get("read").asInt()).isGreaterThan(300);
        }
    }

    @Test
    void itemsComeByPagesWithoutTheirAnswersAndEachAnswerWhenItIsAskedFor() throws Exception {
        test.results("items", 120, 0, 120);
        test.done("items", 108, 12, test.start);
        awaitListed("items");
        await().until(() ->
                test.json("/api/batches/items/items", ADMIN).get("found").asInt() == 120);

        JsonNode second = test.json("/api/batches/items/items?page=1", ADMIN);
        assertThat(second.get("pages").asInt()).isEqualTo(3);
        assertThat(second.get("items")).hasSize(50);
        JsonNode item = second.get("items").get(0);
        assertThat(item.get("index").asInt()).isEqualTo(50);
        assertThat(item.get("name").asText()).isEqualTo("row-50");
        assertThat(item.get("tokens").asInt()).isEqualTo(500);
        assertThat(second.toString()).doesNotContain("Answer");
        assertThat(test.json("/api/batches/items/items?show=failed", ADMIN).get("items"))
                .extracting(each -> each.get("index").asInt(), each -> each.get("code")
                        .asText())
                .hasSize(12)
                .startsWith(tuple(9, "invalid_prompt"), tuple(19, "invalid_prompt"));

        assertThat(test.json("/api/batches/items/items/50", ADMIN).get("text").asText())
                .startsWith("Answer 50 <b>");
        JsonNode failed = test.json("/api/batches/items/items/59", ADMIN);
        assertThat(failed.get("text").isNull()).isTrue();
        assertThat(failed.get("error").get("message").asText()).isEqualTo(PageCase.ERROR.message());
        assertThat(test.get("/api/batches/items/items/120", ADMIN).statusCode()).isEqualTo(404);
        assertThat(test.get("/api/batches/items/items/x", ADMIN).statusCode()).isEqualTo(404);
    }

    @Test
    void aBatchIsCancelled() throws Exception {
        test.running("to-cancel", 100, 1, 0);
        awaitListed("to-cancel");

        assertThat(test.post("/api/batches/to-cancel/cancel", "{}", ADMIN).statusCode())
                .isEqualTo(200);

        assertThat(test.client.reattach("to-cancel").control().cancel()).isTrue();
    }

    @Test
    void aBatchIsListedBeforeItsWorkersSaySomething() throws Exception {
        test.owners.put("early-bad", "reader");
        test.early.put(
                "early-checked",
                ListedBatch.early("early-checked", "responses", "validating", null, 0, 0, test.start, null, List.of()));
        test.early.put(
                "early-bad",
                ListedBatch.early(
                        "early-bad",
                        "responses",
                        "failed",
                        null,
                        0,
                        0,
                        test.start.minusSeconds(1),
                        test.start,
                        List.of(new ListedBatch.ListedFault("invalid_json_line", "This line is not JSON.", 7L))));

        assertThat(ids(test.json("/api/batches?find=early", ADMIN))).containsExactly("early-checked", "early-bad");
        assertThat(ids(test.json("/api/batches?find=early&show=failed", ADMIN))).containsExactly("early-bad");
        assertThat(ids(test.json("/api/batches?find=early&show=running", ADMIN)))
                .containsExactly("early-checked");
        assertThat(ids(test.json("/api/batches?find=early", TEAM))).isEmpty();
        assertThat(test.get("/api/batches/early-bad/stream", TEAM).statusCode()).isEqualTo(404);
        JsonNode bad = test.json("/api/batches?find=early", READER).at("/batches/0");
        assertThat(bad.get("stage").asText()).isEqualTo("failed");
        assertThat(bad.at("/faults/0").toString())
                .isEqualTo("{\"code\":\"invalid_json_line\",\"message\":\"This line is not JSON.\",\"line\":7}");
        assertThat(test.json("/api/batches/early-bad/items", READER).get("items"))
                .isEmpty();
        assertThat(test.post("/api/batches/early-checked/cancel", "{}", ADMIN).statusCode())
                .isEqualTo(200);
        assertThat(test.cancelled).containsExactly("early-checked");
        try (var events = test.new Events("/api/batches/early-checked/stream", ADMIN)) {
            assertThat(events.next().at("/status/stage").asText()).isEqualTo("validating");

            test.running("early-checked", 100, 1, 0);

            JsonNode status = events.next().path("status");
            while (status.isMissingNode()) {
                status = events.next().path("status");
            }
            assertThat(status.has("stage")).isFalse();
            assertThat(status.get("succeeded").asInt()).isEqualTo(1);
        }
        assertThat(ids(test.json("/api/batches?find=early-checked", ADMIN))).containsExactly("early-checked");
    }

    @Test
    void failedItemsAreCalledAgainWithinTheBudgetOfTheirKey() throws Exception {
        String path = "/api/batches/to-retry/retry-failed";
        test.owners.put("to-retry", "team");
        test.request("to-retry", 9, 10);
        test.results("to-retry", 10, 0, 10);
        test.done("to-retry", 9, 1, test.start);
        awaitListed("to-retry");

        assertThat(test.post("/api/batches/of-team/retry-failed", "{}", TEAM).statusCode())
                .isEqualTo(409);
        assertThat(test.post(path, "{\"max_cost_usd\": 100}", TEAM).statusCode())
                .isEqualTo(403);
        assertThat(test.post(path, "{\"max_cost_usd\": \"lots\"}", ADMIN).statusCode())
                .isEqualTo(400);
        assertThat(test.client.reattach("to-retry").control().maxCostUsd()).isNull();
        assertThat(test.post(path, "{}", TEAM).body()).isEqualTo("{\"submitted\":1,\"missing\":0}");

        assertThat(test.client.reattach("to-retry").underWayAgain()).isEqualTo(1);
    }

    @Test
    void workersAreTheMembersOfTheirGroup() throws Exception {
        test.request("backlog", 0, 3);
        test.request("backlog", 1, 3);
        try (var worker = test.worker()) {
            await().untilAsserted(() -> {
                worker.poll(Duration.ofMillis(50));
                JsonNode workers = test.json("/api/workers", ADMIN);
                assertThat(workers.get("workers")).hasSize(1);
                JsonNode only = workers.get("workers").get(0);
                assertThat(only.get("name").asText()).isEqualTo("genai-7");
                assertThat(only.get("threads").asInt()).isEqualTo(1);
                assertThat(workers.get("backlog").get("responses").asInt()).isGreaterThanOrEqualTo(2);
                assertThat(workers.get("credentials").get(0).get("limits").toString())
                        .isEqualTo("[[500,\"calls per minute\"],[200000,\"tokens per minute\"]]");
            });
        }
    }

    /** It is small enough to be read by whoever changes it. */
    @Test
    void thePageHasAtMost600LinesOfScriptsAndStyle() throws Exception {
        int lines = 0;
        for (String name : Assets.OWN) {
            if (name.endsWith(".js") || name.endsWith(".css")) {
                try (var in = Assets.class.getResourceAsStream(name)) {
                    lines += (int) new String(in.readAllBytes(), UTF_8).lines().count();
                }
            }
        }

        assertThat(lines).isBetween(100, 600);
    }

    private void awaitListed(String batchId) {
        await().until(() -> test.client.batches().containsKey(batchId));
    }

    private static List<String> ids(JsonNode page) {
        return ids(page, "batches");
    }

    private static List<String> ids(JsonNode page, String list) {
        return page.get(list).findValuesAsText("batch_id");
    }

    private static String quoted(String text) {
        return '"' + text.replace("\"", "\\\"") + '"';
    }

    private static int sum(JsonNode numbers) {
        int sum = 0;
        for (JsonNode number : numbers) {
            sum += number.asInt();
        }
        return sum;
    }
}
