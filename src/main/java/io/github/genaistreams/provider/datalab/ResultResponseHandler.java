package io.github.genaistreams.provider.datalab;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.provider.Answer;
import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.provider.CallOutcome.Accepted;
import io.github.genaistreams.provider.CallOutcome.Failed;
import io.github.genaistreams.provider.CallOutcome.Retry;
import io.github.genaistreams.provider.CallOutcome.Succeeded;
import io.github.genaistreams.provider.RemoteJob;
import io.github.genaistreams.provider.http.EventStream;
import io.github.genaistreams.provider.http.HttpAnswer;
import io.github.genaistreams.provider.http.NetworkFailure;
import io.github.genaistreams.provider.http.ResponseHandler;
import io.github.genaistreams.wire.Json;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads the answer to a poll of a document. A {@code Retry} submits the document again, which is billed again. So it is
 * the outcome only if the API says that the job has failed or is gone. The first match decides:
 *
 * <pre>
 *   no answer, not readable                      Accepted, unanswered: the job is paid for
 *   404 at first                                 Accepted, unanswered: not every server knows a new job at once
 *   404 where the path of the job was guessed    Failed: a new job would be paid for, and not be found either
 *   404, 410                                     Retry, job_lost, perhaps paid for twice: results are kept for an hour
 *   400, 413, 422                                Failed
 *   any other error, and each of the above that
 *   does not come in the API's own words         Accepted, unanswered: key, server or proxy may work again later
 *   processing, queued, pending, running, …      Accepted, at the request's pace
 *   failed or success: false, for page limits    Retry, after a while
 *   failed, or success: false                    Failed if the document is at fault, else Retry
 *   complete                                     Succeeded
 *   any other status                             Accepted, at the request's pace
 * </pre>
 *
 * An unanswered poll is repeated at growing intervals of up to half a minute.
 */
final class ResultResponseHandler implements ResponseHandler {

    private static final Set<String> RUNNING = Set.of("processing", "queued", "pending", "running", "in_progress");
    private static final Set<String> CONTENT =
            Set.of("json", "html", "markdown", "chunks", "pages", "extraction_schema_json", "segmentation_results");

    /** The errors that end a job, as the API documents them. Others may come from a proxy, and the job is paid for. */
    private static final Set<Integer> FINAL = Set.of(400, 413, 422);

    private static final Duration SETTLING = Duration.ofSeconds(30);
    private static final Duration MAX_PAUSE = Duration.ofSeconds(30);

    private final Classifier classifier;
    private final RemoteJob job;
    private final Duration pace;
    private @Nullable ObjectNode elsewhere;

    ResultResponseHandler(Classifier classifier, RemoteJob job, Duration pace) {
        this.classifier = classifier;
        this.job = job;
        this.pace = pace;
    }

    /** The answer if it only says where the result is ({@code result_url}). Null if it has the result, or none. */
    @Nullable
    ObjectNode elsewhere() {
        return elsewhere;
    }

    /** Pages and cost of a result that is elsewhere. Null if none is. */
    @Nullable
    Answer billed() {
        return elsewhere == null ? null : Classifier.answer(elsewhere, requestId(elsewhere), false);
    }

    @Override
    public CallOutcome answered(HttpAnswer http) {
        if (!http.is2xx()) {
            return refused(http);
        }
        return Classifier.object(http).map(body -> outcome(http, body)).orElseGet(() -> {
            String message = "HTTP " + http.status() + " with a body that is not a JSON object";
            return unanswered(classifier.error(message, "parse_error", null, true, http), Duration.ZERO);
        });
    }

    private CallOutcome refused(HttpAnswer http) {
        // A load balancer without a server answers 404 too, and a proxy 400. Neither knows the job.
        if (Classifier.isApisOwn(http)) {
            if (http.status() == 404 && !isSettling() || http.status() == 410) {
                return lost(http);
            }
            if (FINAL.contains(http.status())) {
                return new Failed(classifier.httpError(http, false), null, job.requestId());
            }
        }
        return unanswered(classifier.httpError(http, true), classifier.serverDelay(http));
    }

    private boolean isSettling() {
        return classifier.clock().instant().isBefore(job.acceptedAt().plus(SETTLING));
    }

    private CallOutcome lost(HttpAnswer http) {
        if (CheckUrl.isGuess(job.id())) {
            CallError error = classifier.error(
                    "The document was accepted, but its result is on another host, where the worker does not send the"
                            + " key, and this host does not know the job (HTTP " + http.status()
                            + "). Set datalab.api.url to that host",
                    "foreign_check_url",
                    "foreign_check_url",
                    false,
                    http);
            return new Failed(error, null, job.requestId());
        }
        CallError error = classifier.error(
                "The API no longer knows the job (HTTP " + http.status() + "); it keeps results for one hour",
                "job_lost",
                "job_lost",
                true,
                http);
        return new Retry(error, Duration.ZERO, job.requestId(), null, true);
    }

    /** What this answer says about the job. */
    CallOutcome outcome(HttpAnswer http, ObjectNode body) {
        String status = Json.text(body, "status");
        boolean isRefused =
                body.path("success").isBoolean() && !body.path("success").asBoolean();
        String word = status == null ? "" : status.toLowerCase(Locale.ROOT);
        if (RUNNING.contains(word)) {
            return running();
        }
        if (isRefused || word.equals("failed") || word.equals("error")) {
            return failed(http, body);
        }
        if (word.equals("complete") || word.equals("completed")) {
            boolean isElsewhere = CONTENT.stream().noneMatch(body::hasNonNull)
                    && body.path("result_url").isTextual();
            elsewhere = isElsewhere ? body : null;
            return new Succeeded(Classifier.answer(body, requestId(body), true));
        }
        return running();
    }

    private CallOutcome failed(HttpAnswer http, ObjectNode body) {
        Optional<Retry> full = classifier.pageLimit(body, requestId(body), http);
        if (full.isPresent()) {
            return full.get();
        }
        String said = Classifier.said(body);
        String where = Json.text(body, "error_in");
        boolean again = where != null && !where.equalsIgnoreCase("VALIDATION");
        CallError error = classifier.error(
                "The document could not be converted: " + (said == null ? "no reason given" : said),
                "conversion_failed",
                where == null ? "failed" : where.toLowerCase(Locale.ROOT),
                again,
                http);
        Answer answer = Classifier.answer(body, requestId(body), false);
        return again
                ? new Retry(error, Duration.ZERO, requestId(body), answer, false)
                : new Failed(error, answer, requestId(body));
    }

    private @Nullable String requestId(ObjectNode body) {
        String said = Classifier.requestId(body);
        return said == null ? job.requestId() : said;
    }

    @Override
    public CallOutcome unanswered(Retry why) {
        return unanswered(why.error(), why.serverDelay());
    }

    @Override
    public CallOutcome unreadable(Failed why) {
        if (!why.error().type().equals(NetworkFailure.TOO_LARGE)) {
            return unanswered(why.error(), Duration.ZERO);
        }
        CallError error = new CallError(
                why.error().message() + " (datalab.response.max.bytes). The API keeps the result for one hour",
                NetworkFailure.TOO_LARGE,
                null,
                null,
                false,
                null);
        return new Failed(error, billed(), job.requestId());
    }

    @Override
    public Optional<EventStream> stream(HttpAnswer head) {
        return Optional.empty();
    }

    private Accepted running() {
        return new Accepted(job.after(pace));
    }

    private Accepted unanswered(CallError why, Duration serverDelay) {
        Duration growing = job.pollAfter().compareTo(MAX_PAUSE) < 0 ? job.pollAfter() : MAX_PAUSE;
        Duration wait = Collections.max(List.of(pace, growing, serverDelay));
        return new Accepted(job.after(wait), why);
    }
}
