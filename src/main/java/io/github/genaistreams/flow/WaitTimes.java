package io.github.genaistreams.flow;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How long a call that was ready had to wait for each bound of its credential. Calls with different models wait
 * separately: the start of one does not end the wait of another. Time in which several calls waited for the same bound
 * counts once. Not thread-safe. Times are in epoch milliseconds.
 */
final class WaitTimes {

    /** After this long without a request, the call that was refused is gone. Lanes ask many times a second. */
    static final long ASKED_AGAIN_MILLIS = 2_000;

    private static final int MAX_MODELS = 200;

    private final long[] millis = new long[Bound.values().length];

    /** For each bound, the end of the time that was counted last. */
    private final long[] countedTo = new long[Bound.values().length];

    /** The models whose last request was refused. */
    private final Map<@Nullable String, Refusal> refusals = new HashMap<>();

    private record Refusal(Bound bound, long at) {}

    /**
     * A call has asked whether it may start.
     *
     * @param refusedFor null if it may
     */
    void asked(@Nullable String model, @Nullable Bound refusedFor, long now) {
        Refusal last = refusals.remove(model);
        if (last != null && now - last.at() <= ASKED_AGAIN_MILLIS) {
            int bound = last.bound().ordinal();
            millis[bound] += Math.max(0, now - Math.max(last.at(), countedTo[bound]));
            countedTo[bound] = now;
        }
        if (refusedFor != null) {
            if (refusals.size() >= MAX_MODELS) {
                refusals.values().removeIf(refusal -> now - refusal.at() > ASKED_AGAIN_MILLIS);
            }
            refusals.put(model, new Refusal(refusedFor, now));
        }
    }

    Duration waited(Bound bound) {
        return Duration.ofMillis(millis[bound.ordinal()]);
    }
}
