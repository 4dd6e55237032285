package io.github.genaistreams.provider.datalab;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.provider.CallOutcome.Accepted;
import io.github.genaistreams.provider.CallOutcome.Retry;
import io.github.genaistreams.provider.CallOutcome.Succeeded;
import io.github.genaistreams.provider.RemoteJob;
import io.github.genaistreams.provider.http.EventStream;
import io.github.genaistreams.provider.http.HttpAnswer;
import io.github.genaistreams.provider.http.Json;
import io.github.genaistreams.provider.http.Reading;
import java.time.Duration;
import java.util.Optional;

/** Reads a result that was left elsewhere. Anything but the result is a reason to ask the API again where it is. */
record FollowReading(Classifier classifier, ObjectNode told, RemoteJob job, Duration pace) implements Reading {

    @Override
    public CallOutcome answered(HttpAnswer http) {
        return Classifier.object(http)
                .filter(body -> http.is2xx())
                .<CallOutcome>map(body -> {
                    // Pages and cost may be in what the API itself has said.
                    ObjectNode all = told.deepCopy().without("result_url");
                    all.setAll(body);
                    return new Succeeded(Classifier.answer(all, Json.text(all, "request_id"), true));
                })
                .orElseGet(this::later);
    }

    @Override
    public CallOutcome unanswered(Retry why) {
        return later();
    }

    @Override
    public Optional<EventStream> stream(HttpAnswer head) {
        return Optional.empty();
    }

    private Accepted later() {
        return new Accepted(new RemoteJob(job.id(), job.acceptedAt(), pace));
    }
}
