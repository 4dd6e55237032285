package io.github.genaistreams.provider.openai;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.genaistreams.model.CallError;
import io.github.genaistreams.provider.ApiKey;
import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.provider.CallOutcome.Failed;
import io.github.genaistreams.provider.CallOutcome.Retry;
import io.github.genaistreams.provider.DeltaListener;
import io.github.genaistreams.provider.Secret;
import io.github.genaistreams.provider.http.HttpAnswer;
import io.github.genaistreams.provider.http.Redactor;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A streamed response that a test sends event by event. */
final class StreamCase {

    static final int MAX_BYTES = 2_000;
    private static final Instant NOW = Instant.parse("2026-11-22T10:00:00Z");
    static final String COMPLETED = event(
            "response.completed",
            "{'type':'response.completed','response':{'status':'completed','model':'m','output':"
                    + "[{'type':'message','content':[{'type':'output_text','text':'Hi'}]}],"
                    + "'usage':{'input_tokens':3,'output_tokens':4}}}");

    final List<String> heard = new ArrayList<>();
    DeltaListener listener = (sequence, delta) -> heard.add(sequence + " " + delta);
    boolean failOnIncomplete = true;
    StreamedResponse stream = open();

    StreamedResponse open() {
        var headers = Map.of("content-type", "text/event-stream", "x-request-id", "req_1", "retry-after", "99");
        var head = new HttpAnswer(200, name -> headers.get(name.toLowerCase(Locale.ROOT)), new byte[0]);
        var classifier =
                new ResponseClassifier(new Redactor(ApiKey.of(new Secret("sk-test-0123456789")), List.of()), () -> NOW);
        return new StreamedResponse(head, MAX_BYTES, classifier, failOnIncomplete, listener);
    }

    void send(String text) {
        stream.read(text.getBytes(UTF_8));
    }

    CallOutcome outcome() {
        return stream.outcome().orElseThrow();
    }

    CallError error() {
        return outcome() instanceof Retry retry ? retry.error() : ((Failed) outcome()).error();
    }

    static String event(String name, String data) {
        return "event: " + name + "\ndata: " + data.replace('\'', '"') + "\n\n";
    }

    static String text(int item, int part, String kind, String field, String text) {
        return event(
                "response.output_text." + kind,
                "{'type':'response.output_text.%s','output_index':%d,'content_index':%d,'%s':'%s'}"
                        .formatted(kind, item, part, field, text));
    }

    static String item(String kind, int index, String item) {
        return event(
                "response.output_item." + kind,
                "{'type':'response.output_item.%s','output_index':%d,'item':%s}".formatted(kind, index, item));
    }

    static String delta(int sequence, String text) {
        return event(
                "response.output_text.delta",
                "{'type':'response.output_text.delta','sequence_number':%d,'delta':'%s'}".formatted(sequence, text));
    }
}
