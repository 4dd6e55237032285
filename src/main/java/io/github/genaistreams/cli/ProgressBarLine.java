package io.github.genaistreams.cli;

import io.github.genaistreams.client.BatchProgress;
import java.io.OutputStream;
import java.io.PrintStream;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.time.Duration;
import java.util.Locale;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarConsumer;
import me.tongfei.progressbar.ProgressBarStyle;

/**
 * A bar on the last line of the terminal. Everything else that is written meanwhile goes above it: results through
 * {@link #above}, and log lines since System.err leads through here as long as the bar is shown.
 */
final class ProgressBarLine implements Progress {

    private static final String CLEAR = "\r\u001b[K";

    private final PrintStream terminal;
    private final int width;
    private final String unit;
    private final PrintStream systemErr = System.err;
    private final Object line = new Object();
    private String shown = "";
    private final Line drawn = new Line();
    private ProgressBar bar;

    /** @param unit what is counted: {@code call}, {@code document} */
    ProgressBarLine(Cli cli, String unit) {
        this.unit = unit;
        terminal = cli.err();
        width = cli.terminal().width();
        System.setErr(new PrintStream(new AboveStream(), true, StandardCharsets.UTF_8));
    }

    /** The library's ticker and our thread both draw: one at a time. */
    private final class Line implements ProgressBarConsumer {

        private boolean closed;

        @Override
        public int getMaxRenderedLength() {
            return width - 1;
        }

        @Override
        public void accept(String rendered) {
            synchronized (line) {
                // The library draws on a thread of its own, perhaps once more after it was stopped.
                if (closed) {
                    return;
                }
                shown = rendered;
                terminal.print(CLEAR + shown);
                terminal.flush();
            }
        }

        @Override
        public void close() {
            synchronized (line) {
                if (closed) {
                    return;
                }
                closed = true;
                terminal.print(CLEAR);
                terminal.flush();
                shown = "";
            }
        }
    }

    /** Writes whole lines above the bar; a part of a line waits for its end. */
    private final class AboveStream extends OutputStream {

        private final java.io.ByteArrayOutputStream part = new java.io.ByteArrayOutputStream();

        @Override
        public synchronized void write(int b) {
            part.write(b);
            if (b == '\n') {
                byte[] whole = part.toByteArray();
                part.reset();
                above(() -> systemErr.write(whole, 0, whole.length));
            }
        }
    }

    @Override
    public void update(BatchProgress progress) {
        if (progress.size() == null) {
            return;
        }
        if (bar == null) {
            bar = new ProgressBarBuilder()
                    .setTaskName(unit + "s")
                    .setInitialMax(progress.size())
                    .startsFrom(progress.received(), Duration.ZERO)
                    .setStyle(style())
                    .setUpdateIntervalMillis(100)
                    .showSpeed(new DecimalFormat("0.0", DecimalFormatSymbols.getInstance(Locale.ROOT)))
                    .setConsumer(drawn)
                    .build();
        }
        bar.maxHint(progress.size());
        bar.stepTo(progress.received());
        bar.setExtraMessage(remark(progress));
    }

    /** Documents cost cents per page, calls fractions of them. */
    static String remark(BatchProgress progress) {
        String remark = progress.pages() > 0 ? " " + Text.count(progress.pages(), "page") : "";
        if (progress.cost().usd().signum() > 0) {
            remark += progress.pages() > 0
                    ? " " + Text.cents(progress.cost().usd(), 0)
                    : " $" + progress.cost().usd().setScale(4, RoundingMode.HALF_UP);
        }
        return progress.failed() > 0 ? remark + " %,d failed".formatted(progress.failed()) : remark;
    }

    private static ProgressBarStyle style() {
        return ProgressBarStyle.builder()
                .refreshPrompt("")
                .leftBracket("")
                .rightBracket("")
                .delimitingSequence("")
                .block('━')
                .space('┄')
                .fractionSymbols("━")
                .rightSideFractionSymbol('┄')
                .build();
    }

    @Override
    public void above(Runnable output) {
        synchronized (line) {
            if (shown.isEmpty()) {
                output.run();
                return;
            }
            terminal.print(CLEAR);
            terminal.flush();
            output.run();
            terminal.print(shown);
            terminal.flush();
        }
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
            drawn.close();
        }
        System.setErr(systemErr);
    }
}
