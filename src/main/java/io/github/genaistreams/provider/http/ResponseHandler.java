package io.github.genaistreams.provider.http;

import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.provider.CallOutcome.Failed;
import io.github.genaistreams.provider.CallOutcome.Retry;
import java.util.Optional;

/** Turns the end of an exchange into the outcome of a call. */
public interface ResponseHandler {

    /** The outcome of a complete answer. */
    CallOutcome answered(HttpAnswer answer);

    /**
     * The outcome if there is no complete answer.
     *
     * @param why the outcome for a call that can simply be repeated; {@code maybeDone} says whether anything was sent
     */
    CallOutcome unanswered(Retry why);

    /**
     * The outcome of an answer that was received but cannot be processed.
     *
     * @param why the outcome for a call that must not be repeated
     */
    default CallOutcome unreadable(Failed why) {
        return why;
    }

    /** The reader of an event stream with these headers. Empty to collect its body like any other. */
    Optional<EventStream> stream(HttpAnswer head);
}
