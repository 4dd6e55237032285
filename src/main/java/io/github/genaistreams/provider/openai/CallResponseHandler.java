package io.github.genaistreams.provider.openai;

import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.provider.CallOutcome.Retry;
import io.github.genaistreams.provider.DeltaListener;
import io.github.genaistreams.provider.http.EventStream;
import io.github.genaistreams.provider.http.HttpAnswer;
import io.github.genaistreams.provider.http.ResponseHandler;
import java.util.Optional;

/**
 * Reads the answer to a call.
 *
 * @param failOnIncomplete whether a truncated answer or a refusal is a failure
 * @param deltas           receives the text of a streamed answer
 * @param maxBytes         maximum size of a response inside a stream
 */
record CallResponseHandler(ResponseClassifier classifier, boolean failOnIncomplete, DeltaListener deltas, int maxBytes)
        implements ResponseHandler {

    @Override
    public CallOutcome answered(HttpAnswer answer) {
        return classifier.classify(answer, failOnIncomplete);
    }

    @Override
    public CallOutcome unanswered(Retry why) {
        return why;
    }

    @Override
    public Optional<EventStream> stream(HttpAnswer head) {
        return Optional.of(new StreamedResponse(head, maxBytes, classifier, failOnIncomplete, deltas));
    }
}
