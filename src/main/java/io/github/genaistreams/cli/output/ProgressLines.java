package io.github.genaistreams.cli.output;

import io.github.genaistreams.cli.console.Text;
import io.github.genaistreams.client.read.BatchProgress;
import java.io.PrintStream;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** A status line every few seconds, for a log file. */
final class ProgressLines implements Progress {

    private static final Duration INTERVAL = Duration.ofSeconds(5);

    private final PrintStream err;
    private final LongSupplier nanoTime;
    private long spokeAt;
    private boolean isCounting;
    private long countedAt;
    private int countedThen;
    private Supplier<Activity> activity = () -> Activity.UNKNOWN;

    ProgressLines(PrintStream err, LongSupplier nanoTime) {
        this.err = err;
        this.nanoTime = nanoTime;
        this.spokeAt = nanoTime.getAsLong();
    }

    @Override
    public void update(BatchProgress progress, int earlier) {
        long now = nanoTime.getAsLong();
        int answered = progress.received() - earlier;
        if (!isCounting) {
            isCounting = true;
            countedAt = now;
        }
        if (now - spokeAt < INTERVAL.toNanos() || progress.done()) {
            return;
        }
        double seconds = (now - countedAt) / 1e9;
        double perSecond = seconds < 1 ? 0 : (answered - countedThen) / seconds;
        String rate = seconds < 1 ? "" : ", %.1f/s".formatted(perSecond);
        String size = progress.size() == null ? "?" : progress.size().toString();
        String left = progress.size() == null || perSecond == 0
                ? ""
                : ", about " + duration(Math.round((progress.size() - progress.received()) / perSecond)) + " left";
        String pages = progress.pages() > 0 ? ", " + Text.count(progress.pages(), "page") : "";
        err.printf(
                "%d/%s done%s, %d failed%s%s%s%n",
                progress.received(), size, pages, progress.failed(), rate, left, doing(activity.get()));
        spokeAt = now;
        countedAt = now;
        countedThen = answered;
    }

    @Override
    public void phase(String phase) {
        long now = nanoTime.getAsLong();
        if (now - spokeAt >= INTERVAL.toNanos()) {
            spokeAt = now;
            err.println("genai: " + phase);
        }
    }

    @Override
    public void activity(Supplier<Activity> source) {
        activity = source;
    }

    private static String doing(Activity now) {
        String earlier = now.earlier() > 0 ? ", about %,d of earlier batches".formatted(now.earlier()) : "";
        String held = now.held() == null ? "" : ", " + now.held();
        String inFlight = held + (now.inFlight() == null ? "" : ", %,d in flight".formatted(now.inFlight()));
        return now.nextAttempt() == null
                ? earlier + inFlight
                : earlier + inFlight + ", next attempt at " + now.nextAttempt().truncatedTo(ChronoUnit.SECONDS);
    }

    private static String duration(long seconds) {
        if (seconds < 60) {
            return seconds + " s";
        }
        return seconds < 3_600
                ? "%d min %d s".formatted(seconds / 60, seconds % 60)
                : "%d h %d min".formatted(seconds / 3_600, seconds % 3_600 / 60);
    }

    @Override
    public void above(Runnable output) {
        output.run();
    }

    @Override
    public void close() {}
}
