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

    /** What bytes of a stream say of it. */
    enum Sign {
        /** Nothing yet: they are in the middle of something. */
        NONE,
        /** The server is there: a comment, or an event without data. */
        ALIVE,
        /** An event has come. */
        EVENT
    }

    /** Takes the stream's next bytes. */
    Sign read(byte[] chunk);

    /** How many bytes it holds at the moment. */
    long held();

    /** The outcome, as soon as the stream has told it; what comes then does not change it. */
    Optional<CallOutcome> outcome();

    /** Whether nothing more should be read, because there is too much of it. */
    boolean isTooLarge();

    /** What it means that the stream goes no further. Any thread. */
    CallOutcome brokenOff(Retry why);
}
