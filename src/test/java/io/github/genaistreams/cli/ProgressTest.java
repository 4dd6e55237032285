package io.github.genaistreams.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.client.BatchProgress;
import io.github.genaistreams.model.Cost;
import io.github.genaistreams.model.CostTotal;
import io.github.genaistreams.model.Usage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ProgressTest {

    private final ByteArrayOutputStream written = new ByteArrayOutputStream();
    private final PrintStream err = new PrintStream(written, true, StandardCharsets.UTF_8);

    @Test
    void aLogFileGetsALineEveryFiveSeconds() {
        var now = new AtomicLong();
        var lines = new ProgressLines(err, now::get);

        lines.update(progress(1, 0));
        now.set(TimeUnit.SECONDS.toNanos(4));
        lines.update(progress(2, 0));
        assertThat(text()).isEmpty();

        now.set(TimeUnit.SECONDS.toNanos(5));
        lines.update(progress(48, 2));
        assertThat(text()).isEqualTo("50/200 done, 2 failed, 10.0/s, about 15 s left%n".formatted());

        now.set(TimeUnit.SECONDS.toNanos(6));
        lines.update(progress(60, 2));
        assertThat(text().lines()).hasSize(1);
    }

    @Test
    void quietShowsNothingAndOnlyATerminalGetsABar() {
        assertThat(Progress.on(cli(new Terminal(true, true, 80)), true, "call")).isSameAs(Progress.NONE);
        assertThat(Progress.on(cli(Terminal.NONE), false, "call")).isInstanceOf(ProgressLines.class);
    }

    @Test
    void outputAndLogLinesGoAboveTheBarInWholeLines() {
        PrintStream before = System.err;
        var out = new StringBuilder();

        try (Progress bar = Progress.on(cli(new Terminal(true, true, 80)), false, "call")) {
            assertThat(bar).isInstanceOf(ProgressBarLine.class);
            bar.update(progress(100, 3));
            bar.above(() -> out.append("a result"));
            assertThat(System.err).isNotSameAs(before);
        }

        assertThat(out).hasToString("a result");
        assertThat(System.err).isSameAs(before);
        assertThat(text()).contains("103/200").endsWith("\r\u001b[K");
    }

    @Test
    void documentsAreCountedInPagesAndCents() {
        var cost = CostTotal.NONE.plus(Cost.ofUsd(new BigDecimal("0.125")));

        assertThat(ProgressBarLine.remark(new BatchProgress(9, 2, 0, 2, 7, Usage.NONE, cost)))
                .contains("7 pages", "12.5 ¢");
        assertThat(ProgressBarLine.remark(new BatchProgress(9, 2, 0, 2, 0, Usage.NONE, cost)))
                .isEqualTo(" $0.1250");
    }

    private Cli cli(Terminal terminal) {
        var in = new ByteArrayInputStream(new byte[0]);
        return new Cli(in, err, err, terminal, Map.of(), StopSignal.manual());
    }

    private static BatchProgress progress(int succeeded, int failed) {
        return new BatchProgress(200, succeeded, failed, succeeded + failed, 0, Usage.NONE, CostTotal.NONE);
    }

    private String text() {
        return written.toString(StandardCharsets.UTF_8);
    }
}
