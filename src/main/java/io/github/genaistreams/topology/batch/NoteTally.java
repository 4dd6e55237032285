package io.github.genaistreams.topology.batch;

import io.github.genaistreams.model.BatchNote;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.Waiting;
import org.jspecify.annotations.Nullable;

/**
 * What the notes of one batch tell: repeats, dead letters, and why it waits. Not thread-safe. Times are arguments, in
 * epoch milliseconds.
 */
final class NoteTally {

    /** After a success, parts of the batch that have waited since before are not told of for so long. */
    private static final long GOES_ON_MILLIS = 60_000;

    long repeats;
    long deadLetters;

    /** Null if there is none. */
    @Nullable
    String deadLetterReason;

    /** Time of the first note. */
    long firstAt = Long.MAX_VALUE;

    /** Time of the last record of the batch, a result or a note, by the clock of the counting worker. */
    long heardAt;
    /** Whether the missing items seem to be dead letters. */
    boolean incomplete;

    /** Why the batch makes no progress. Null if it does. */
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

    /** Work goes on: a result has come. */
    void take(CallResult result) {
        incomplete = false;
        if (result.success()) {
            waiting = null;
            succeededAt = Math.max(succeededAt, result.completedAt().toEpochMilli());
        }
    }

    /**
     * A part of the batch waits. That is not said while other parts, such as those of another worker, have successes. Of
     * parts that wait for the same reason, the first one tells since when.
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
