package io.github.genaistreams.cli.output;

import io.github.genaistreams.cli.console.Text;
import io.github.genaistreams.client.read.BatchProgress;
import java.math.RoundingMode;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The text of a progress bar, never wider than the terminal: less important parts are left out.
 *
 * @param unit      what is counted: {@code call}, {@code document}
 * @param phase     activity before the size of the batch is known
 * @param progress  progress of the batch; null while unknown
 * @param activity  activity of the worker
 * @param elapsed   since the bar was first shown
 * @param quiet     since the last result, or since the batch was first seen
 * @param perSecond results per second since this command began, without those that were there before
 */
record BarText(
        String unit,
        String phase,
        @Nullable BatchProgress progress,
        Activity activity,
        Duration elapsed,
        Duration quiet,
        double perSecond) {

    private static final DateTimeFormatter TIME_OF_DAY = DateTimeFormatter.ofPattern("HH:mm:ss", Locale.ROOT);

    /** After this long without a result, the bar says so. */
    private static final Duration LONG_QUIET = Duration.ofSeconds(10);

    private static final int MIN_BAR = 8;
    private static final int MAX_BAR = 30;

    /** Higher numbers are left out first. */
    private record Part(int rank, String text) {}

    /**
     * The text on one line.
     *
     * @param room columns
     */
    String line(int room, Instant now, ZoneId zone) {
        List<Part> parts = new ArrayList<>();
        String head;
        if (progress == null || progress.size() == null && progress.received() == 0) {
            head = phase;
        } else if (progress.size() == null) {
            head = "%ss %,d of ?".formatted(unit, progress.received());
        } else {
            head = "%ss %,d/%,d".formatted(unit, progress.received(), progress.size());
        }
        add(parts, 0, duration(elapsed));
        if (activity.earlier() > 0) {
            add(parts, 3, "%,d of earlier batches".formatted(activity.earlier()));
        }
        if (activity.held() != null) {
            add(parts, 1, activity.held());
        }
        if (activity.inFlight() != null) {
            add(parts, 1, "%,d in flight".formatted(activity.inFlight()));
        } else if (progress != null && quiet.compareTo(LONG_QUIET) >= 0) {
            add(parts, 1, "nothing new for " + duration(quiet));
        }
        if (activity.nextAttempt() != null && !activity.nextAttempt().isBefore(now)) {
            add(
                    parts,
                    2,
                    "next try " + TIME_OF_DAY.format(activity.nextAttempt().atZone(zone)));
        }
        if (progress != null) {
            addProgress(parts, progress);
        }
        return fitted(head, parts, room);
    }

    private void addProgress(List<Part> parts, BatchProgress progress) {
        if (progress.size() != null && perSecond > 0 && !progress.done()) {
            double left = Math.min(1e9, (progress.size() - progress.received()) / perSecond);
            add(parts, 5, duration(Duration.ofSeconds(Math.round(left))) + " left");
        }
        if (perSecond > 0) {
            add(parts, 7, String.format(Locale.ROOT, "%.1f/s", perSecond));
        }
        if (progress.failed() > 0) {
            add(parts, 4, "%,d failed".formatted(progress.failed()));
        }
        if (progress.pages() > 0) {
            add(parts, 8, Text.count(progress.pages(), "page"));
        }
        if (progress.cost().usd().signum() > 0) {
            add(parts, 6, cost(progress));
        }
    }

    /** Documents cost cents per page; calls cost fractions of a cent. */
    private static String cost(BatchProgress progress) {
        return progress.pages() > 0
                ? Text.cents(progress.cost().usd(), 0)
                : "$" + progress.cost().usd().setScale(4, RoundingMode.HALF_UP);
    }

    private static void add(List<Part> parts, int rank, String text) {
        parts.add(new Part(rank, text));
    }

    private String fitted(String head, List<Part> parts, int room) {
        List<Part> shown = new ArrayList<>(parts);
        while (!shown.isEmpty() && text(head, shown).length() > room) {
            shown.remove(shown.stream().max(Comparator.comparingInt(Part::rank)).orElseThrow());
        }
        String text = text(head, shown);
        if (text.length() > room) {
            return Text.shorten(text, Math.max(0, room));
        }
        int bar = Math.min(MAX_BAR, room - text.length() - 1);
        return progress == null || progress.size() == null || bar < MIN_BAR
                ? text
                : bar(bar, progress.received(), progress.size()) + " " + text;
    }

    private static String text(String head, List<Part> parts) {
        String rest = parts.stream().map(Part::text).collect(Collectors.joining(" · "));
        return rest.isEmpty() ? head : head + " · " + rest;
    }

    private static String bar(int length, int received, int size) {
        int done = size == 0 ? length : (int) ((long) length * Math.min(received, size) / size);
        return "━".repeat(done) + "┄".repeat(length - done);
    }

    /** "0:07", "12:34", "1:00:00". */
    static String duration(Duration duration) {
        long seconds = duration.toSeconds();
        return seconds < 3_600
                ? "%d:%02d".formatted(seconds / 60, seconds % 60)
                : "%d:%02d:%02d".formatted(seconds / 3_600, seconds / 60 % 60, seconds % 60);
    }
}
