package io.github.genaistreams.provider.http;

import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.provider.CallOutcome.Failed;
import io.github.genaistreams.provider.CallOutcome.Retry;
import java.util.Optional;

/** What the end of an exchange means to whoever started it. */
public interface Reading {

    /** The meaning of an answer that came whole. */
    CallOutcome answered(HttpAnswer answer);

    /**
     * The meaning of no whole answer.
     *
     * @param why what it would mean for a call that can simply be made again; {@code maybeDone} is whether anything of it was
     *            sent
     */
    CallOutcome unanswered(Retry why);

    /**
     * The meaning of an answer that was there, but could not be taken in.
     *
     * @param why what it means for a call that is not to be made again
     */
    default CallOutcome unreadable(Failed why) {
        return why;
    }

    /** Reads an answer that is an event stream; empty if it is to be collected and read as a whole, as any other. */
    Optional<EventStream> stream(HttpAnswer head);
}
