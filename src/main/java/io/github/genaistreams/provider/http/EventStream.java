package io.github.genaistreams.provider.http;

import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.provider.CallOutcome.Retry;
import java.util.Locale;
import java.util.Optional;

/** An answer that is read as it arrives ({@code text/event-stream}). Belongs to the event loop of its exchange. */
public interface EventStream {

    /** Whether an answer with these headers is an event stream. */
    static boolean is(HttpAnswer head) {
        String type = head.header("content-type");
        return head.is2xx()
                && type != null
                && type.strip().toLowerCase(Locale.ROOT).startsWith("text/event-stream");
    }

    /** What the bytes of one read contain. */
    enum Sign {
        /** Nothing complete yet. */
        NONE,
        /** A sign of life: a comment, or an event without data. */
        ALIVE,
        /** A complete event. */
        EVENT
    }

    /** Reads the stream's next bytes. */
    Sign read(byte[] chunk);

    /** Bytes that it keeps in memory now. */
    long held();

    /** The outcome, as soon as the stream contains it; later events do not change it. */
    Optional<CallOutcome> outcome();

    /** Whether the stream is too large to read on. */
    boolean isTooLarge();

    /** The outcome if the stream breaks off. Any thread. */
    CallOutcome brokenOff(Retry why);
}
