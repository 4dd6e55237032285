package io.github.genaistreams.provider.datalab;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.genaistreams.model.DocumentRequest;
import io.github.genaistreams.provider.ApiKey;
import io.github.genaistreams.provider.RemoteJob;
import io.github.genaistreams.provider.Secret;
import io.github.genaistreams.provider.http.HttpAnswer;
import io.github.genaistreams.provider.http.HttpSettings;
import io.github.genaistreams.provider.http.Redactor;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;

/** Answers of the API, and what reads them. */
final class ApiAnswers {

    static final ApiKey KEY = ApiKey.of(new Secret("dl-hunter2-key"));
    static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    static final Classifier CLASSIFIER = new Classifier(new Redactor(KEY, List.of()), InstantSource.fixed(NOW));
    static final RemoteJob JOB = new RemoteJob("/api/v1/marker/r1", NOW.minusSeconds(36), Duration.ofSeconds(9), "r1");
    private static final HttpSettings SETTINGS = new HttpSettings(
            URI.create("https://www.datalab.to/api/v1/marker"), KEY, Map.of(), 1, 1, 10_000, HttpSettings.Route.DIRECT);

    private ApiAnswers() {}

    static SubmitResponseHandler submission(boolean resubmit) {
        return new SubmitResponseHandler(
                CLASSIFIER,
                SETTINGS,
                "/api/v1/marker",
                DocumentRequest.builder()
                        .batchId("b")
                        .resubmitOnUnknown(resubmit)
                        .buildUnchecked());
    }

    static ResultResponseHandler poll() {
        return new ResultResponseHandler(CLASSIFIER, JOB, Duration.ofSeconds(2));
    }

    static HttpAnswer answer(int status, String body, String retryAfter) {
        return new HttpAnswer(
                status,
                name -> name.equalsIgnoreCase("retry-after") ? retryAfter : null,
                body.strip().replace('\'', '"').getBytes(UTF_8));
    }
}
