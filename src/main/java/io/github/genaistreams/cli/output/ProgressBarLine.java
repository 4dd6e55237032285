package io.github.genaistreams.cli.output;

import io.github.genaistreams.client.read.BatchProgress;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A bar on the last line of the terminal. It is redrawn several times a second, so that time passes visibly when
 * nothing else happens. All other output goes above it: results through {@link #above}, and log lines because
 * System.err leads through here while the bar is shown.
 *
 * <p>After each drawing, the cursor is at the start of the line. A terminal that becomes narrower wraps the line, and
 * the cursor stays at its first character: clearing from there removes everything.
 */
final class ProgressBarLine implements Progress {

    private static final String CLEAR = "\r\u001b[J";
    private static final long REDRAW_MILLIS = 200;

    private final PrintStream terminal;
    private final IntSupplier width;
    private final LongSupplier nanoTime;
    private final ZoneId zone;
    private final String unit;
    private final long start;
    private final PrintStream systemErr = System.err;
    private final ScheduledExecutorService ticker;

    // The following fields are guarded by this.
    private String phase;
    private Supplier<Activity> activity = () -> Activity.UNKNOWN;
    private @Nullable BatchProgress progress; // null before the first
    private int earlier;
    private long firstAt;
    private long changedAt;
    private boolean closed;

    /** @param width present columns of the terminal */
    ProgressBarLine(
            PrintStream terminal, IntSupplier width, LongSupplier nanoTime, ZoneId zone, String unit, String phase) {
        this.terminal = terminal;
        this.width = width;
        this.nanoTime = nanoTime;
        this.zone = zone;
        this.unit = unit;
        this.phase = phase;
        this.start = nanoTime.getAsLong();
        System.setErr(new PrintStream(new AboveStream(), true, StandardCharsets.UTF_8));
        ticker = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "genai-progress");
            thread.setDaemon(true);
            return thread;
        });
        ticker.scheduleWithFixedDelay(this::draw, 0, REDRAW_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** Writes whole lines above the bar; an incomplete line waits for its end. */
    private final class AboveStream extends OutputStream {

        private final ByteArrayOutputStream part = new ByteArrayOutputStream();

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
    public synchronized void update(BatchProgress now, int earlierResults) {
        long nanos = nanoTime.getAsLong();
        earlier = earlierResults;
        if (progress == null) {
            firstAt = nanos;
        }
        if (progress == null || progress.received() != now.received()) {
            changedAt = nanos;
        }
        progress = now;
    }

    @Override
    public synchronized void phase(String now) {
        phase = now;
    }

    @Override
    public synchronized void activity(Supplier<Activity> source) {
        activity = source;
    }

    private synchronized void draw() {
        if (!closed) {
            terminal.print(CLEAR + text() + "\r");
            terminal.flush();
        }
    }

    private String text() {
        long now = nanoTime.getAsLong();
        double seconds = (now - firstAt) / 1e9;
        var text = new BarText(
                unit,
                phase,
                progress,
                activity.get(),
                Duration.ofNanos(now - start),
                progress == null ? Duration.ZERO : Duration.ofNanos(now - changedAt),
                progress == null || seconds < 1 ? 0 : (progress.received() - earlier) / seconds);
        // The last column stays free, because some terminals move to the next line after it.
        return text.line(width.getAsInt() - 1, Instant.now(), zone);
    }

    @Override
    public synchronized void above(Runnable output) {
        if (closed) {
            output.run();
            return;
        }
        terminal.print(CLEAR);
        terminal.flush();
        output.run();
        draw();
    }

    @Override
    public void close() {
        ticker.shutdownNow();
        synchronized (this) {
            if (!closed) {
                closed = true;
                terminal.print(CLEAR);
                terminal.flush();
                System.setErr(systemErr);
            }
        }
    }
}
