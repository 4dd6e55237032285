package io.github.genaistreams.provider.http;

import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.provider.CallOutcome.Failed;
import io.github.genaistreams.provider.CallOutcome.Retry;
import java.util.Optional;

/** What the end of an exchange means for its caller. */
public interface ResponseHandler {

    /** What a complete answer means. */
    CallOutcome answered(HttpAnswer answer);

    /**
     * What a missing or incomplete answer means.
     *
     * @param why what it means for a call that can simply be repeated; {@code maybeDone} says whether anything was sent
     */
    CallOutcome unanswered(Retry why);

    /**
     * What an answer means that was received but could not be processed.
     *
     * @param why what it means for a call that must not be repeated
     */
    default CallOutcome unreadable(Failed why) {
        return why;
    }

    /** The reader of an event stream. Empty to collect its body like any other. */
    Optional<EventStream> stream(HttpAnswer head);
}
