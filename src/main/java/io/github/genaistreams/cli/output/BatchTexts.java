package io.github.genaistreams.cli.output;

import io.github.genaistreams.cli.console.Paint;
import io.github.genaistreams.cli.console.Text;
import io.github.genaistreams.client.read.BatchProgress;
import io.github.genaistreams.model.BatchStatus;
import io.github.genaistreams.model.CostTotal;
import io.github.genaistreams.model.Waiting;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.Topics;
import io.github.genaistreams.wire.WireFormat;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Texts about the status of a batch, for users and scripts. */
public final class BatchTexts {

    private static final DateTimeFormatter TIME_OF_DAY = DateTimeFormatter.ofPattern("HH:mm:ss", Locale.ROOT);
    private static final DateTimeFormatter TIME_OF_ANY_DAY =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT);

    private BatchTexts() {}

    /** The status as it is on the topic. */
    public static String json(BatchStatus status) {
        return new String(Codecs.BATCH_STATUS.encode(status, WireFormat.JSON), StandardCharsets.UTF_8);
    }

    /**
     * The same, with {@code under_way_again}, the number of failed items that were submitted again, if any; with
     * {@code not_counted_yet}, the number of results that no status counts, if any; and with
     * {@code "run_in_progress":false} if the batch waits for somebody to start a run.
     */
    public static String json(BatchStatus status, int again, int uncounted, boolean hasWorkers) {
        String json = json(status);
        return json.substring(0, json.length() - 1)
                + (again == 0 ? "" : ",\"under_way_again\":" + again)
                + (uncounted == 0 ? "" : ",\"not_counted_yet\":" + uncounted)
                + (waitsForRun(status, again, hasWorkers) ? ",\"run_in_progress\":false" : "")
                + "}";
    }

    /** Whether a batch waits until a run is started. */
    public static boolean waitsForRun(BatchStatus status, int again, boolean hasWorkers) {
        return !hasWorkers && (!status.isOver() || again > 0);
    }

    /** "2 rate_limit_exceeded, 1 cancelled"; empty if nothing failed. */
    public static String failures(BatchStatus status) {
        return status.failures().entrySet().stream()
                .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
                .map(failure -> "%,d %s".formatted(failure.getValue(), Text.printable(failure.getKey())))
                .collect(Collectors.joining(", "));
    }

    /** Whether to show pages instead of tokens, even if there are none. */
    public static boolean isOfDocuments(BatchStatus status) {
        return Topics.DOCUMENTS.equals(status.api());
    }

    /** The cost in USD, or in cents for documents. */
    public static String cost(BatchStatus status) {
        return isOfDocuments(status)
                ? Text.cents(status.cost(), status.costUnknown())
                : Text.cost(status.cost(), status.costUnknown());
    }

    /** The same in a column: "$0.0120", "$0.0120 + ?" if a part of it is unknown, "unknown" if nothing of it is known. */
    public static String shortCost(BatchStatus status) {
        String known = "$" + status.cost().setScale(4, RoundingMode.HALF_UP);
        if (status.costUnknown() == 0) {
            return known;
        }
        return status.cost().signum() == 0 ? "unknown" : known + " + ?";
    }

    /** "120 of 200", with the results that no status counts. */
    public static String items(BatchStatus status, int uncounted) {
        int received = status.received() + uncounted;
        return status.total() == null
                ? "%,d of ?".formatted(received)
                : "%,d of %,d".formatted(received, status.total());
    }

    /**
     * The sentence about dead letters: "2 records of the batch are dead letters (`index` is missing): ..."; empty if there
     * are none. For a complete batch, it does not ask to send the requests again.
     */
    public static Optional<String> deadLetters(BatchStatus status) {
        if (status.deadLetters() == 0) {
            return Optional.empty();
        }
        String reason = status.deadLetterReason() == null ? "" : " (" + Text.printable(status.deadLetterReason()) + ")";
        return Optional.of((status.deadLetters() == 1
                        ? "1 record of the batch is a dead letter"
                        : "%,d records of the batch are dead letters".formatted(status.deadLetters()))
                + reason + ": " + whatToDo(status));
    }

    private static String whatToDo(BatchStatus status) {
        return switch (status.state()) {
            case RUNNING ->
                "a dead letter gets no result. `genai dead-letters list` shows them; correct the missing requests and"
                        + " send them again.";
            case COMPLETED -> "still, every item has a result.";
            case CANCELLED -> "a dead letter gets no result, and the batch was cancelled.";
        };
    }

    /**
     * Why it makes no progress, and when the next call starts: "The API is down (HTTP 503 ...). Its calls wait; the
     * next try is at 14:05:10"; empty if it makes progress.
     */
    public static Optional<String> waiting(BatchStatus status, ZoneId zone) {
        return Optional.ofNullable(status.waiting()).map(waiting -> waiting(waiting, zone));
    }

    /** The same, for any wait. */
    public static String waiting(Waiting waiting, ZoneId zone) {
        String detail = waiting.detail() == null ? "" : " (" + Text.printable(withoutStop(waiting.detail())) + ")";
        String next = waiting.until() == null ? "" : "; the next try is at " + time(waiting.until(), zone);
        return switch (waiting.reason()) {
            case "outage" ->
                "The API is down" + detail + ". Calls wait, and nothing is lost; every few seconds, one call"
                        + " tries again";
            case "key_refused" ->
                "The API refuses the key" + detail + ". Calls wait for another key, and nothing is lost" + next;
            case "quota_exhausted" ->
                "The account has no money left, or has reached its limit" + detail + ". Calls wait, and nothing is lost"
                        + next;
            case Waiting.RETRY_DELAY -> "All calls wait for their next attempt" + detail + next;
            default -> "Waiting: " + Text.printable(waiting.reason()) + detail + next;
        };
    }

    /** The time of day, with the date unless it is today. */
    private static String time(Instant at, ZoneId zone) {
        var local = at.atZone(zone);
        boolean isToday = local.toLocalDate().equals(Instant.now().atZone(zone).toLocalDate());
        return (isToday ? TIME_OF_DAY : TIME_OF_ANY_DAY).format(local);
    }

    /** A text without its full stop, as a part of a sentence. */
    public static String withoutStop(String text) {
        return text.endsWith(".") ? text.substring(0, text.length() - 1) : text;
    }

    /** The state in one word. */
    public static String state(BatchStatus status) {
        if (status.incomplete()) {
            return "INCOMPLETE";
        }
        if (status.waiting() != null && !status.isComplete()) {
            return "WAITING";
        }
        return status.isComplete() && status.stopped() != null
                ? status.stopped().toUpperCase(Locale.ROOT)
                : status.state().name();
    }

    /** A text about a batch in the colour of its state. */
    public static String coloured(String text, BatchStatus status, Paint paint) {
        return switch (status.state()) {
            case RUNNING -> status.incomplete() || status.waiting() != null ? paint.red(text) : paint.yellow(text);
            case COMPLETED -> status.failed() > 0 ? paint.red(text) : paint.green(text);
            case CANCELLED -> paint.red(text);
        };
    }

    /** The duration of the batch, final or so far. */
    public static String took(BatchStatus status, Instant now) {
        Instant end = status.completedAt() == null ? now : status.completedAt();
        long seconds = Math.max(0, Duration.between(status.submittedAt(), end).toSeconds());
        if (seconds < 120) {
            return seconds + " s";
        }
        if (seconds < 7_200) {
            return seconds / 60 + " min";
        }
        return seconds < 172_800 ? seconds / 3_600 + " h" : seconds / 86_400 + " d";
    }

    /** The progress in the status. */
    public static BatchProgress progress(BatchStatus status) {
        Map<String, Long> unknown = status.costUnknown() == 0 ? Map.of() : Map.of("unknown", status.costUnknown());
        return new BatchProgress(
                status.total(),
                status.succeeded(),
                status.failed(),
                status.attempts(),
                status.pages(),
                status.usage(),
                new CostTotal(status.cost().movePointRight(12).toBigInteger(), status.received(), unknown),
                status.possibleDuplicates());
    }
}
