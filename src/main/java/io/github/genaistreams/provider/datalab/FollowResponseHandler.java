package io.github.genaistreams.provider.datalab;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.provider.CallOutcome.Failed;
import io.github.genaistreams.provider.CallOutcome.Retry;
import io.github.genaistreams.provider.http.EventStream;
import io.github.genaistreams.provider.http.HttpAnswer;
import io.github.genaistreams.provider.http.ResponseHandler;
import java.time.Duration;
import java.util.Optional;

/**
 * Reads a result that is stored elsewhere. A JSON object is read like the API's own answer. Otherwise the API is polled
 * again.
 *
 * @param poll       read the poll that led here
 * @param pollAnswer the API's answer to that poll
 */
record FollowResponseHandler(Classifier classifier, ResultResponseHandler poll, ObjectNode pollAnswer)
        implements ResponseHandler {

    @Override
    public CallOutcome answered(HttpAnswer http) {
        return Classifier.object(http)
                .filter(body -> http.is2xx())
                .map(body -> {
                    // The API's own answer may have the status, the pages and the cost.
                    ObjectNode all = pollAnswer.deepCopy();
                    all.setAll(body);
                    return poll.outcome(http, all.without("result_url"));
                })
                .orElseGet(() -> {
                    CallError error = classifier.error(
                            "result_url gives HTTP " + http.status() + " without a JSON object",
                            "result_missing",
                            null,
                            true,
                            http);
                    return poll.unanswered(new Retry(error, Duration.ZERO, null));
                });
    }

    @Override
    public CallOutcome unanswered(Retry why) {
        return poll.unanswered(why);
    }

    @Override
    public CallOutcome unreadable(Failed why) {
        return poll.unreadable(why);
    }

    @Override
    public Optional<EventStream> stream(HttpAnswer head) {
        return Optional.empty();
    }
}
