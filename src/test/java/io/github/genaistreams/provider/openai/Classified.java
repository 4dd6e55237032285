package io.github.genaistreams.provider.openai;

import io.github.genaistreams.model.CallError;
import io.github.genaistreams.provider.ApiKey;
import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.provider.CallOutcome.Failed;
import io.github.genaistreams.provider.CallOutcome.Retry;
import io.github.genaistreams.provider.Secret;
import io.github.genaistreams.provider.http.HttpAnswer;
import io.github.genaistreams.provider.http.Redactor;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** What the classifier makes of a response. */
final class Classified {

    private static final Instant NOW = Instant.parse("2026-11-22T10:00:00Z");
    static final String KEY = "sk-test-0123456789";
    static final ResponseClassifier CLASSIFIER =
            new ResponseClassifier(new Redactor(ApiKey.of(new Secret(KEY)), List.of()), () -> NOW);

    private Classified() {}

    static Map<String, String> headers(String lines) {
        var headers = new TreeMap<String, String>(String.CASE_INSENSITIVE_ORDER);
        for (String line : lines == null ? new String[0] : lines.split("; ")) {
            headers.put(line.substring(0, line.indexOf(':')), line.substring(line.indexOf(':') + 2));
        }
        return headers;
    }

    static CallOutcome classify(int status, String body, Map<String, String> headers) {
        return classify(status, body, headers, true);
    }

    static CallOutcome classify(int status, String body, Map<String, String> headers, boolean failOnIncomplete) {
        return CLASSIFIER.classify(
                new HttpAnswer(
                        status,
                        name -> headers.get(name.toLowerCase(Locale.ROOT)),
                        body.getBytes(StandardCharsets.UTF_8)),
                failOnIncomplete);
    }

    static CallError errorOf(CallOutcome outcome) {
        return outcome instanceof Retry retry ? retry.error() : ((Failed) outcome).error();
    }

    static String requestIdOf(CallOutcome outcome) {
        return outcome instanceof Retry retry ? retry.requestId() : ((Failed) outcome).requestId();
    }

    static String quoted(String text) {
        return text == null ? "null" : "\"" + text + "\"";
    }
}
