package io.github.genaistreams.cli.output;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.genaistreams.cli.console.Cli;
import io.github.genaistreams.cli.console.StopSignal;
import io.github.genaistreams.cli.console.Terminal;
import io.github.genaistreams.cli.console.WindowWidth;
import io.github.genaistreams.client.read.BatchProgress;
import io.github.genaistreams.model.CostTotal;
import io.github.genaistreams.model.Usage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ProgressTest {

    private final ByteArrayOutputStream written = new ByteArrayOutputStream();
    private final PrintStream err = new PrintStream(written, true, StandardCharsets.UTF_8);

    @Test
    void aLogFileGetsALineEveryFiveSeconds() {
        var now = new AtomicLong();
        var lines = new ProgressLines(err, now::get);

        lines.update(progress(1, 0), 0);
        now.set(TimeUnit.SECONDS.toNanos(4));
        lines.update(progress(2, 0), 0);
        assertThat(text()).isEmpty();

        now.set(TimeUnit.SECONDS.toNanos(5));
        lines.update(progress(48, 2), 0);
        assertThat(text()).isEqualTo("50/200 done, 2 failed, 10.0/s, about 15 s left%n".formatted());

        now.set(TimeUnit.SECONDS.toNanos(6));
        lines.update(progress(60, 2), 0);
        assertThat(text().lines()).hasSize(1);
    }

    /** A run that goes on reads the answers of the run before it in a moment. */
    @Test
    void theRateCountsOnlyAnswersOfThisRun() {
        var now = new AtomicLong();
        var lines = new ProgressLines(err, now::get);
        try (var bar = bar(now, new AtomicInteger(120))) {
            bar.update(progress(1, 0), 1);
            lines.update(progress(1, 0), 1);
            now.set(TimeUnit.SECONDS.toNanos(5));
            bar.update(progress(100, 0), 90);
            await().until(() -> text().contains("calls 100/200 · 0:05 · 0:50 left · 2.0/s\r"));
        }

        lines.update(progress(100, 0), 90);

        assertThat(text()).endsWith("100/200 done, 0 failed, 2.0/s, about 50 s left%n".formatted());
    }

    /** After a long submission, say. */
    @Test
    void aRateIsShownOnceThereWasTimeToCount() {
        var now = new AtomicLong();
        var lines = new ProgressLines(err, now::get);
        now.set(TimeUnit.SECONDS.toNanos(20));

        lines.update(progress(100, 0), 100);

        assertThat(text()).isEqualTo("100/200 done, 0 failed%n".formatted());
    }

    @Test
    void quietShowsNothingAndOnlyATerminalGetsABar() {
        assertThat(Progress.on(cli(new Terminal(true, true, 80)), true, "call", "starting"))
                .isSameAs(Progress.NONE);
        assertThat(Progress.on(cli(Terminal.NONE), false, "call", "starting")).isInstanceOf(ProgressLines.class);
        var dumb = new Terminal(true, true, true, 80, 80, true);
        assertThat(Progress.on(cli(dumb), false, "call", "starting")).isInstanceOf(ProgressLines.class);
    }

    @Test
    void aLogFileShowsWhatTheWorkerDoes() {
        var now = new AtomicLong();
        var lines = new ProgressLines(err, now::get);
        lines.activity(() -> new Activity(7, Instant.parse("2026-01-31T14:03:00.5Z"), 12, null));
        now.set(TimeUnit.SECONDS.toNanos(5));

        lines.update(progress(0, 0), 0);

        assertThat(text()).contains(", about 12 of earlier batches, 7 in flight, next attempt at 2026-01-31T14:03:00Z");
    }

    @Test
    void timePassesOnTheBarAlthoughNothingElseHappens() {
        var now = new AtomicLong();
        try (var bar = bar(now, new AtomicInteger(80))) {
            await().until(() -> text().contains("\r\u001b[Jstarting · 0:00\r"));
            now.set(TimeUnit.SECONDS.toNanos(3));
            await().until(() -> text().contains("starting · 0:03\r"));
            bar.activity(() -> new Activity(50, null, 0, null));
            bar.update(progress(0, 0), 0);
            now.set(TimeUnit.SECONDS.toNanos(160));
            await().until(() -> text().contains(" calls 0/200 · 2:40 · 50 in flight\r"));
        }
        assertThat(text()).endsWith("\r\u001b[J");
    }

    @Test
    void theBarIsAsWideAsTheTerminalIsNow() {
        var width = new AtomicInteger(80);
        try (var bar = bar(new AtomicLong(), width)) {
            bar.update(progress(1, 0), 0);
            await().until(() -> text().contains("━") || text().contains("┄"));
            width.set(20);
            await().until(() -> text().endsWith("\u001b[Jcalls 1/200 · 0:00\r"));
        }
    }

    private ProgressBarLine bar(AtomicLong now, AtomicInteger width) {
        return new ProgressBarLine(err, width::get, now::get, ZoneOffset.UTC, "call", "starting");
    }

    @Test
    void theWidthIsReadFromWhatSttySays() {
        assertThat(WindowWidth.columns("24 132\n", 80)).isEqualTo(132);
        assertThat(WindowWidth.columns("0 0\n", 80)).isEqualTo(80);
        assertThat(WindowWidth.columns("", 80)).isEqualTo(80);
    }

    @Test
    void outputAndLogLinesGoAboveTheBarInWholeLines() {
        PrintStream before = System.err;
        var out = new StringBuilder();

        try (Progress bar = Progress.on(cli(new Terminal(true, true, 80)), false, "call", "starting")) {
            assertThat(bar).isInstanceOf(ProgressBarLine.class);
            bar.update(progress(100, 3), 0);
            bar.above(() -> out.append("a result"));
            assertThat(System.err).isNotSameAs(before);
        }

        assertThat(out).hasToString("a result");
        assertThat(System.err).isSameAs(before);
        assertThat(text()).contains("103/200").endsWith("\r\u001b[J");
    }

    private Cli cli(Terminal terminal) {
        var in = new ByteArrayInputStream(new byte[0]);
        return new Cli(in, err, err, terminal, Map.of(), StopSignal.manual());
    }

    private static BatchProgress progress(int succeeded, int failed) {
        return new BatchProgress(200, succeeded, failed, succeeded + failed, 0, Usage.NONE, CostTotal.NONE, 0);
    }

    private String text() {
        return written.toString(StandardCharsets.UTF_8);
    }
}
