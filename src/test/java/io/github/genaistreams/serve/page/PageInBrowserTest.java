package io.github.genaistreams.serve.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.genaistreams.embedded.SharedKafka;
import io.github.genaistreams.model.BatchStatus.State;
import io.github.genaistreams.model.Waiting;
import io.github.genaistreams.serve.http.Keys;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** The page as a browser shows it. Skipped where there is no Chromium. */
@Timeout(120)
class PageInBrowserTest {

    /** Its rules for serious faults: https://github.com/dequelabs/axe-core */
    private static final String AXE = "axe-core@4.10.3";

    @RegisterExtension
    static final SharedKafka KAFKA = new SharedKafka();

    @TempDir(cleanup = CleanupMode.NEVER)
    private Path directory;

    private PageCase test;
    private Chromium browser;

    @BeforeEach
    void open() throws Exception {
        Optional<Path> program = Chromium.find();
        Assumptions.assumeTrue(
                program.isPresent(),
                "There is no Chromium on the PATH, so the page is not tested in one: `apt-get install chromium` brings it");
        Path keys = directory.resolve("keys.json");
        Files.writeString(keys, """
                [{"name": "admin", "sha256": "%s", "role": "admin"}]
                """.formatted(Keys.sha256("the-key")));
        test = new PageCase(KAFKA.broker(), Optional.of(new Keys(keys)), Duration.ofMillis(100));
        test.results("with-failures", 60, 0, 60);
        test.done("with-failures", 54, 6, test.start);
        var until = test.start.plusSeconds(7_200);
        var waiting = new Waiting("key_refused", test.start, until, "Incorrect API key <b>provided</b>");
        test.status("waits", State.RUNNING, 100, 10, 0, waiting, test.start.plusSeconds(1));
        for (int i = 0; i < 60; i++) {
            test.done("many-" + i, 10, 0, test.start.minusSeconds(60L * i + 1_000));
        }
        browser = new Chromium(program.get(), directory.resolve("profile"), 360, 800);
        browser.open(test.uri("/"));
    }

    @AfterEach
    void close() throws Exception {
        if (browser != null) {
            browser.close();
        }
        if (test != null) {
            test.close();
        }
    }

    private void giveKey() throws Exception {
        browser.until("document.activeElement?.id === 'ask-input'");
        browser.type("the-key");
        browser.press("Enter", 13);
        browser.until("document.querySelectorAll('#rows tr').length === 50");
    }

    @Test
    void aPersonGivesTheKeyLooksAtABatchAndCancelsOne() throws Exception {
        giveKey();
        assertThat(browser.evaluate("document.cookie + Object.keys(localStorage).length")
                        .asText())
                .isEqualTo("0");
        assertThat(text("#pages")).startsWith("Page 1 of 2");

        assertThat(text("#rows tr:first-child")).contains("Waiting").contains("the API refuses the key");
        browser.evaluate("document.querySelector('#rows tr:nth-child(2) a').focus()");
        browser.press("Enter", 13);
        browser.until("document.querySelectorAll('#items [aria-expanded]').length === 50");
        assertThat(text("#batch-id")).isEqualTo("with-failures");
        assertThat(text("#failure-rows")).contains("6").contains(PageCase.ERROR.message());
        assertThat(browser.evaluate("document.querySelectorAll('canvas').length")
                        .asInt())
                .isEqualTo(2);
        browser.evaluate("document.querySelector('[aria-label=\"Answer of item 0\"]').click()");
        browser.until("document.querySelector('#items pre') !== null");
        assertThat(text("#items pre")).startsWith("Answer 0 <b>with</b> <script>");
        assertThat(browser.evaluate("document.title").asText()).startsWith("with-failures");
        assertThat(browser.evaluate("document.documentElement.scrollWidth").asInt())
                .isEqualTo(360);

        browser.evaluate("location.hash = '#/batch/waits'");
        browser.until("document.getElementById('batch-id').textContent === 'waits'");
        browser.until("!document.getElementById('cancel').disabled");
        browser.evaluate("document.getElementById('cancel').click()");
        browser.evaluate("document.getElementById('ask-yes').click()");
        await().until(() ->
                Boolean.TRUE.equals(test.client.reattach("waits").control().cancel()));
        browser.until("document.getElementById('said').textContent.startsWith('The cancellation is sent')");

        assertThat(browser.complaints())
                .as("only the request without a key")
                .hasSize(1)
                .allMatch(complaint -> complaint.contains("/api/me") && complaint.contains("401"));
    }

    @Test
    @Tag("long")
    void noSeriousFaultForPeopleWhoUseAKeyboardOrAScreenReader() throws Exception {
        var npm = new ProcessBuilder("npm", "pack", AXE).directory(directory.toFile());
        Assumptions.assumeTrue(ran(npm), "npm cannot fetch " + AXE + ", so the page is not checked with it");
        assertThat(ran(new ProcessBuilder("tar", "xzf", AXE.replace('@', '-') + ".tgz").directory(directory.toFile())))
                .isTrue();
        String axe = Files.readString(directory.resolve("package/axe.min.js"));
        giveKey();
        browser.evaluate(axe);
        for (String scheme : List.of("light", "dark")) {
            browser.prefer(scheme);
            for (String view : List.of("#/batches", "#/batch/with-failures", "#/batch/waits", "#/workers")) {
                browser.evaluate("location.hash = '" + view + "'");
                browser.until("document.getElementById('live').textContent === 'Live'");
                JsonNode found = browser.evaluate(
                        "axe.run().then(({ violations, passes }) => ({ passes: passes.length, serious: violations"
                                + ".filter(each => ['serious', 'critical'].includes(each.impact))"
                                + ".map(each => each.id + ': ' + each.nodes.map(node => node.html + node.failureSummary)) }))");
                assertThat(found.get("serious")).as(view + " " + scheme).isEmpty();
                assertThat(found.get("passes").asInt()).isGreaterThan(15);
            }
        }
    }

    private static boolean ran(ProcessBuilder command) throws Exception {
        Process process = command.redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        return process.waitFor(60, TimeUnit.SECONDS) && process.exitValue() == 0;
    }

    private String text(String selector) throws Exception {
        return browser.evaluate("document.querySelector('" + selector + "').innerText")
                .asText();
    }
}
