package io.github.genaistreams.flow;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What a credential's calls may do now. {@link Hold} draws how the phases follow each other. */
sealed interface HoldPhase {

    int FIRST_CALLS = 4;
    int MAX_PROBES = 5;

    /** The hold that is on or is ending. Null if there is none. */
    default @Nullable HoldStatus hold() {
        return null;
    }

    /** How many calls may start in total within this many milliseconds of the first one. */
    default double maxStarts(long millis) {
        return Double.POSITIVE_INFINITY;
    }

    private static double doubled(long millis) {
        return Math.pow(2, Math.max(0, millis) / 500.0);
    }

    /**
     * Nothing is known of the key. {@value #FIRST_CALLS} calls start, and after 2 s without an answer twice as many
     * each half second, so that a wrong key or address costs few calls.
     */
    record First() implements HoldPhase {

        private static final long PATIENCE_MILLIS = 2_000;

        @Override
        public double maxStarts(long millis) {
            return FIRST_CALLS * doubled(millis - PATIENCE_MILLIS);
        }
    }

    /** Calls start. */
    record Open() implements HoldPhase {}

    /**
     * Only probes start. They are real calls. The wait between them doubles, from 1 to 5 s in an outage and from 1 to
     * 15 minutes otherwise ({@link HoldReason}). In an outage, while a probe has not ended, the next one waits 15 s,
     * and there are at most {@value #MAX_PROBES}. A call that must not be repeated becomes a probe only if one has been
     * due for a minute.
     */
    record Held(HoldStatus hold) implements HoldPhase {

        private static final long LAST_RESORT_MILLIS = Duration.ofMinutes(1).toMillis();

        boolean mayProbe(int inFlight, boolean isRepeatable, long now) {
            return inFlight < MAX_PROBES && now >= hold.probeAt() + (isRepeatable ? 0 : LAST_RESORT_MILLIS);
        }

        Held withProbeAt(long at) {
            return new Held(new HoldStatus(hold.reason(), hold.since(), at, hold.words()));
        }

        /** A probe has failed like this. The next one goes out then, or at the time that was set before. */
        Held probeFailed(String words, long nextAt) {
            return new Held(new HoldStatus(hold.reason(), hold.since(), Math.min(hold.probeAt(), nextAt), words));
        }
    }

    /** The API works again. Calls start, in all at most 2^(t / 0.5 s). */
    record Opening(HoldStatus hold) implements HoldPhase {

        @Override
        public double maxStarts(long millis) {
            return doubled(millis);
        }
    }
}
