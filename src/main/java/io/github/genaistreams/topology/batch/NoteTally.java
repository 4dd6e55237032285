package io.github.genaistreams.topology.batch;

import io.github.genaistreams.model.BatchNote;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.Waiting;
import org.jspecify.annotations.Nullable;

/**
 * What the notes of one batch say: repeats, dead letters, and why it waits. Not thread-safe. Times are arguments, in epoch
 * milliseconds.
 */
final class NoteTally {

    /** For this long after a success, a part of the batch that was already waiting is not reported. */
    private static final long GOES_ON_MILLIS = 60_000;

    long repeats;
    long deadLetters;

    /** Reason of a dead letter; null if there is none. */
    @Nullable
    String deadLetterReason;

    /** Time of the first note. */
    long firstAt = Long.MAX_VALUE;

    /** Time of the last record of the batch, a result or a note, by the clock of the counting worker. */
    long heardAt;
    /** Whether the missing items seem to be dead letters. */
    boolean incomplete;

    /** Why the batch makes no progress; null if it does. */
    @Nullable
    Waiting waiting;

    /** Time of the latest success, by the clock of the worker that made the call. */
    long succeededAt;

    /** Adds a note. */
    void take(BatchNote note, long now) {
        firstAt = Math.min(firstAt, now);
        heardAt = now;
        switch (note.kind()) {
            case REPEAT -> repeats++;
            case WAITING -> waiting = note.waiting() == null ? null : waits(note.waiting(), now);
            case REPLAYED -> {
                deadLetters = Math.max(0, deadLetters - 1);
                incomplete = false;
            }
            case DEAD_LETTER -> {
                deadLetters++;
                deadLetterReason = deadLetterReason == null ? note.reason() : deadLetterReason;
                incomplete = false;
            }
        }
    }

    /** A result has arrived, so work goes on. */
    void take(CallResult result) {
        incomplete = false;
        if (result.success()) {
            waiting = null;
            succeededAt = Math.max(succeededAt, result.completedAt().toEpochMilli());
        }
    }

    /**
     * A part of the batch waits. This is not reported while other parts, such as those of another worker, have successes. If
     * several parts wait for the same reason, the first one decides since when.
     */
    private @Nullable Waiting waits(Waiting part, long now) {
        if (part.since().toEpochMilli() <= succeededAt && now - succeededAt < GOES_ON_MILLIS) {
            return waiting;
        }
        Waiting first = waiting;
        return first != null
                        && first.reason().equals(part.reason())
                        && first.since().isBefore(part.since())
                ? new Waiting(part.reason(), first.since(), part.until(), part.detail())
                : part;
    }
}
