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
import io.github.genaistreams.provider.http.Json;
import io.github.genaistreams.provider.http.Reading;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Reads the answer to the question what became of a document. A {@code Retry} submits it again, which is paid again; so it is
 * said only if the API says that the job has failed or is gone. First match decides:
 *
 * <pre>
 *   no answer, 408, 429, 5xx, not readable       Accepted, later
 *   404, 410                                     Retry, job_lost: a result is kept for an hour
 *   any other error                              Failed
 *   complete, without success: false             Succeeded
 *   failed, or success: false                    Failed if the document is at fault, else Retry
 *   processing, queued, pending, running, …      Accepted, at the request's pace
 * </pre>
 */
final class ResultReading implements Reading {

    private static final Set<String> RUNNING = Set.of("processing", "queued", "pending", "running", "in_progress");
    private static final Set<String> CONTENT =
            Set.of("json", "html", "markdown", "chunks", "extraction_schema_json", "segmentation_results");

    private final Classifier classifier;
    private final RemoteJob job;
    private final Duration pace;
    private ObjectNode elsewhere;

    ResultReading(Classifier classifier, RemoteJob job, Duration pace) {
        this.classifier = classifier;
        this.job = job;
        this.pace = pace;
    }

    /** The answer if it says only where the result is to be fetched ({@code result_url}); else null. */
    ObjectNode elsewhere() {
        return elsewhere;
    }

    @Override
    public CallOutcome answered(HttpAnswer http) {
        if (http.status() == 404 || http.status() == 410) {
            CallError error = classifier.error(
                    "The API no longer knows the job (HTTP " + http.status() + "); it keeps results for an hour",
                    "job_lost",
                    "job_lost",
                    null,
                    true,
                    http);
            return new Retry(error, Duration.ZERO, null);
        }
        if (Classifier.isPassing(http.status())) {
            return later(classifier.serverDelay(http));
        }
        if (!http.is2xx()) {
            return new Failed(classifier.httpError(http, false), null, null);
        }
        return Classifier.object(http).map(body -> told(http, body)).orElseGet(() -> later(Duration.ZERO));
    }

    private CallOutcome told(HttpAnswer http, ObjectNode body) {
        String status = Json.text(body, "status");
        boolean isRefused =
                body.path("success").isBoolean() && !body.path("success").asBoolean();
        String word = status == null ? "" : status.toLowerCase(Locale.ROOT);
        if (RUNNING.contains(word)) {
            return later(Duration.ZERO);
        }
        if (isRefused || word.equals("failed") || word.equals("error")) {
            return failed(http, body);
        }
        if (word.equals("complete") || word.equals("completed")) {
            boolean isElsewhere = CONTENT.stream().noneMatch(body::hasNonNull) && body.hasNonNull("result_url");
            elsewhere = isElsewhere ? body : null;
            return new Succeeded(Classifier.answer(body, requestId(body), true));
        }
        return later(Duration.ZERO);
    }

    private CallOutcome failed(HttpAnswer http, ObjectNode body) {
        String said = Json.text(body, "error");
        String where = Json.text(body, "error_in");
        boolean again = where != null && !where.equalsIgnoreCase("VALIDATION");
        CallError error = classifier.error(
                "The document could not be converted: " + (said == null ? "no reason given" : said),
                "conversion_failed",
                where == null ? "failed" : where.toLowerCase(Locale.ROOT),
                null,
                again,
                http);
        Answer answer = Classifier.answer(body, requestId(body), false);
        return again
                ? new Retry(error, Duration.ZERO, requestId(body), answer, false)
                : new Failed(error, answer, requestId(body));
    }

    private static String requestId(ObjectNode body) {
        return Json.text(body, "request_id");
    }

    @Override
    public CallOutcome unanswered(Retry why) {
        return later(why.serverDelay());
    }

    @Override
    public Optional<EventStream> stream(HttpAnswer head) {
        return Optional.empty();
    }

    private Accepted later(Duration serverDelay) {
        Duration wait = serverDelay.compareTo(pace) > 0 ? serverDelay : pace;
        return new Accepted(new RemoteJob(job.id(), job.acceptedAt(), wait));
    }
}
