package io.github.genaistreams.provider.http;

import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.provider.CallOutcome.Retry;
import java.util.Locale;
import java.util.Optional;

/** An answer that is read while it comes ({@code text/event-stream}). Belongs to the event loop of its exchange. */
public interface EventStream {

    /** Whether an answer with this head is an event stream. */
    static boolean is(HttpAnswer head) {
        String type = head.header("content-type");
        return head.is2xx()
                && type != null
                && type.strip().toLowerCase(Locale.ROOT).startsWith("text/event-stream");
    }

    /** Takes the stream's next bytes; true if they have completed an event. */
    boolean read(byte[] chunk);

    /** The outcome, as soon as the stream has told it; what comes then does not change it. */
    Optional<CallOutcome> outcome();

    /** Whether nothing more should be read, because there is too much of it. */
    boolean isTooLarge();

    /** What it means that the stream goes no further. Any thread. */
    CallOutcome brokenOff(Retry why);
}
