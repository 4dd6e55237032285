package io.github.genaistreams.provider.openai;

import io.github.genaistreams.model.CallError;
import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.provider.CallOutcome.Accepted;
import io.github.genaistreams.provider.CallOutcome.Failed;
import io.github.genaistreams.provider.CallOutcome.Retry;
import io.github.genaistreams.provider.RemoteJob;
import io.github.genaistreams.provider.http.EventStream;
import io.github.genaistreams.provider.http.HttpAnswer;
import io.github.genaistreams.provider.http.NetworkFailure;
import io.github.genaistreams.provider.http.ResponseHandler;
import java.time.Duration;
import java.util.Optional;

/**
 * Reads the answer to a poll of a job. A {@code Retry} makes a new attempt, which is billed again. So it is the outcome
 * only if the job has ended. The first match decides:
 *
 * <pre>
 *   no answer                                    Accepted, later
 *   404, 410                                     Retry, job_lost: it is gone, but may have been done
 *   401, 403                                     Accepted, later: a key can be corrected, and the job is paid for
 *   408, 409, 429, 5xx                           Accepted, later
 *   2xx with a response object                   as its status says; Accepted while it is not final
 *   anything else that may succeed later         Accepted, later
 *   anything else                                Failed
 * </pre>
 *
 * @param failOnIncomplete whether a truncated answer or a refusal is a failure
 */
record PollResponseHandler(ResponseClassifier classifier, boolean failOnIncomplete, RemoteJob job)
        implements ResponseHandler {

    @Override
    public CallOutcome answered(HttpAnswer answer) {
        return classifier.withLimits(answer, meaning(answer));
    }

    private CallOutcome meaning(HttpAnswer answer) {
        if (answer.status() == 404 || answer.status() == 410) {
            String message = "The API no longer knows the background response (HTTP " + answer.status() + ")";
            CallError error = new CallError(message, "job_lost", "job_lost", null, true, answer.status());
            return new Retry(error, Duration.ZERO, classifier.requestId(answer)).possiblyDone();
        }
        if (answer.status() == 401 || answer.status() == 403 || ResponseClassifier.isTransientStatus(answer.status())) {
            return later(classifier.serverDelay(answer), error(answer));
        }
        CallOutcome outcome = classifier.classify(answer, failOnIncomplete);
        if (outcome instanceof Accepted) {
            return again(PollPace.next(job.pollAfter(), answer.header(PollPace.HEADER)));
        }
        if (outcome instanceof Retry retry && !classifier.isResponse(answer)) {
            return later(retry.serverDelay(), retry.error());
        }
        return outcome;
    }

    @Override
    public CallOutcome unanswered(Retry why) {
        return later(why.serverDelay(), why.error());
    }

    @Override
    public CallOutcome unreadable(Failed why) {
        boolean isAlways = why.error().type().equals(NetworkFailure.TOO_LARGE);
        return isAlways ? why : later(Duration.ZERO, why.error());
    }

    @Override
    public Optional<EventStream> stream(HttpAnswer head) {
        return Optional.empty();
    }

    /** The content of an HTTP error, whatever it means for a call. */
    private CallError error(HttpAnswer answer) {
        CallOutcome asACall = classifier.classify(answer, failOnIncomplete);
        return asACall instanceof Failed failed ? failed.error() : ((Retry) asACall).error();
    }

    private Accepted later(Duration serverDelay, CallError why) {
        return new Accepted(job.after(PollPace.afterFailure(job.pollAfter(), serverDelay)), why);
    }

    private Accepted again(Duration pollAfter) {
        return new Accepted(job.after(pollAfter));
    }
}
