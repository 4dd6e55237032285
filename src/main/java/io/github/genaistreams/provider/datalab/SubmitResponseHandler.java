package io.github.genaistreams.provider.datalab;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.DocumentRequest;
import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.provider.CallOutcome.Accepted;
import io.github.genaistreams.provider.CallOutcome.Failed;
import io.github.genaistreams.provider.CallOutcome.Retry;
import io.github.genaistreams.provider.RemoteJob;
import io.github.genaistreams.provider.http.EventStream;
import io.github.genaistreams.provider.http.HttpAnswer;
import io.github.genaistreams.provider.http.HttpSettings;
import io.github.genaistreams.provider.http.RateLimits;
import io.github.genaistreams.provider.http.ResponseHandler;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads the answer to a submission. The first match decides:
 *
 * <pre>
 *   2xx, success, with a URL to poll        Accepted
 *   2xx, success, URL on another host       Accepted if there is a request_id, to be polled on the API's own host; else
 *                                           Failed: the key is not sent to another host
 *   2xx, too many pages being processed     Retry, after a while
 *   2xx, no success                         Failed
 *   429                                     Retry: the API has not accepted the document
 *   408, 5xx, 2xx that cannot be read,
 *   no answer after the document was sent   unknown: Retry, perhaps paid for twice, or Failed if the request says so
 *   no answer before anything was sent      Retry
 *   any other status                        Failed
 * </pre>
 */
record SubmitResponseHandler(Classifier classifier, HttpSettings settings, String path, DocumentRequest request)
        implements ResponseHandler {

    @Override
    public CallOutcome answered(HttpAnswer http) {
        if (http.is2xx()) {
            return Classifier.object(http)
                    .map(body -> submitted(http, body))
                    .orElseGet(() -> unknown(
                            classifier.error(
                                    "HTTP " + http.status() + " with a body that is not a JSON object",
                                    "parse_error",
                                    null,
                                    true,
                                    http),
                            classifier.serverDelay(http)));
        }
        if (http.status() == 429) {
            return new Retry(classifier.httpError(http, true), classifier.serverDelay(http), null)
                    .withLimits(RateLimits.reported(
                            http.headers(), classifier.clock().instant()));
        }
        if (Classifier.isTransientStatus(http.status())) {
            return unknown(classifier.httpError(http, true), classifier.serverDelay(http));
        }
        return new Failed(classifier.httpError(http, false), null, null);
    }

    private CallOutcome submitted(HttpAnswer http, ObjectNode body) {
        String requestId = Classifier.requestId(body);
        if (body.path("success").isBoolean() && !body.path("success").asBoolean()) {
            return refused(http, body, requestId);
        }
        // Texts only: a number would become a path, and could name another user's job.
        String url = body.path("request_check_url").textValue();
        if (url == null && requestId == null) {
            return unknown(
                    classifier.error(
                            "The answer to a submission has no request_check_url and no request_id",
                            "parse_error",
                            null,
                            true,
                            http),
                    Duration.ZERO);
        }
        return CheckUrl.of(url, requestId, path, settings)
                .<CallOutcome>map(check -> new Accepted(
                        new RemoteJob(check, classifier.clock().instant(), request.pollInterval(), requestId)))
                .orElseGet(() -> new Failed(
                        classifier.error(
                                "The document was accepted, but its result is on another host, where the worker does"
                                        + " not send the key. Set datalab.api.url to that host",
                                "foreign_check_url",
                                "foreign_check_url",
                                false,
                                http),
                        null,
                        requestId,
                        true));
    }

    private CallOutcome refused(HttpAnswer http, ObjectNode body, @Nullable String requestId) {
        String said = Classifier.said(body);
        Optional<Retry> full = classifier.pageLimit(body, requestId, http);
        if (full.isPresent()) {
            return full.get();
        }
        CallError error = classifier.error(
                "The document was refused: " + (said == null ? "no reason given" : said),
                "invalid_request_error",
                "refused",
                false,
                http);
        return new Failed(error, null, requestId);
    }

    @Override
    public CallOutcome unanswered(Retry why) {
        return why.maybeDone() ? unknown(why.error(), why.serverDelay()) : why;
    }

    @Override
    public CallOutcome unreadable(Failed why) {
        return unknown(why.error(), Duration.ZERO);
    }

    /** Nobody knows whether the API works on the document. */
    private CallOutcome unknown(CallError error, Duration serverDelay) {
        if (request.resubmitsOnUnknown()) {
            return new Retry(error, serverDelay, null, null, true);
        }
        return new Failed(
                new CallError(
                        error.message() + ". The API may still be working on the document and bill it"
                                + " (resubmit_on_unknown is false)",
                        error.type(),
                        "unknown_outcome",
                        null,
                        false,
                        error.httpStatus()),
                null,
                null,
                true);
    }

    @Override
    public Optional<EventStream> stream(HttpAnswer head) {
        return Optional.empty();
    }
}
