package io.github.genaistreams.provider.http;

import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.provider.CallOutcome.Failed;
import io.github.genaistreams.provider.CallOutcome.Retry;
import java.util.Optional;

/** The meaning of an exchange's end for its caller. */
public interface Reading {

    /** The meaning of a complete answer. */
    CallOutcome answered(HttpAnswer answer);

    /**
     * The meaning of an incomplete or missing answer.
     *
     * @param why the meaning for a call that can simply be repeated; {@code maybeDone} says whether anything was sent
     */
    CallOutcome unanswered(Retry why);

    /**
     * The meaning of an answer that was received but could not be processed.
     *
     * @param why the meaning for a call that must not be repeated
     */
    default CallOutcome unreadable(Failed why) {
        return why;
    }

    /** Reads an answer as an event stream; empty if it is to be collected like any other. */
    Optional<EventStream> stream(HttpAnswer head);
}
