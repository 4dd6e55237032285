package io.github.genaistreams.provider.openai;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.provider.CallOutcome.Retry;
import io.github.genaistreams.provider.DeltaListener;
import io.github.genaistreams.provider.http.EventStream;
import io.github.genaistreams.provider.http.HttpAnswer;
import io.github.genaistreams.provider.http.Json;
import io.github.genaistreams.provider.http.NetworkFailure;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An answer that comes as an event stream. Its last event holds the whole response, which is read like one that came
 * without a stream; nothing is put together from the pieces before it.
 *
 * <pre>
 *   response.completed, .incomplete, .failed, .cancelled    as its response says
 *   error                                                   as its error says
 *   response.output_text.delta                              for the listener
 *   any other event                                         a sign of life
 *   [DONE], or the end of the stream, before any of these   Retry, stream_interrupted
 * </pre>
 *
 * If the stream breaks off, its {@code retry} field says how long to wait, if it has one. Background responses are not
 * streamed ({@link io.github.genaistreams.model.ResponsesRequest#wantsStream}).
 *
 * @see <a href="https://platform.openai.com/docs/api-reference/responses-streaming">Streaming events</a>
 */
final class StreamedResponse implements EventStream {

    private static final Logger LOG = LoggerFactory.getLogger(StreamedResponse.class);

    /** A token is some 4 bytes of the response and some 200 of the stream; nothing of these is kept. */
    private static final int STREAM_TO_RESPONSE = 64;

    private static final String DELTA = "response.output_text.delta";
    private static final Map<String, String> STATUS_OF_LAST = Map.of(
            "response.completed", "completed",
            "response.incomplete", "incomplete",
            "response.failed", "failed",
            "response.cancelled", "cancelled");

    private final HttpAnswer head;
    private final int maxBytes;
    private final ResponseClassifier classifier;
    private final boolean failOnIncomplete;
    private final SseParser parser;
    private DeltaListener deltas;
    private long bytes;
    private long events;
    private CallOutcome outcome;
    private boolean tooLarge;

    /**
     * @param head             the answer's status and headers
     * @param maxBytes         longest response accepted; the stream as a whole may be {@value #STREAM_TO_RESPONSE} times
     *                         as long
     * @param failOnIncomplete whether an answer that was cut off or refused is a failure
     */
    StreamedResponse(
            HttpAnswer head,
            int maxBytes,
            ResponseClassifier classifier,
            boolean failOnIncomplete,
            DeltaListener deltas) {
        this.head = head;
        this.maxBytes = maxBytes;
        this.classifier = classifier;
        this.failOnIncomplete = failOnIncomplete;
        this.deltas = deltas;
        this.parser = new SseParser(maxBytes, this::take);
    }

    @Override
    public boolean read(byte[] chunk) {
        long before = events;
        bytes += chunk.length;
        try {
            parser.read(chunk);
            tooLarge = bytes > (long) maxBytes * STREAM_TO_RESPONSE;
        } catch (SseParser.EventTooLargeException e) {
            tooLarge = true;
        }
        if (tooLarge && outcome == null) {
            outcome = NetworkFailure.tooLarge(maxBytes);
        }
        return events > before;
    }

    @Override
    public Optional<CallOutcome> outcome() {
        return Optional.ofNullable(outcome);
    }

    @Override
    public boolean isTooLarge() {
        return tooLarge;
    }

    @Override
    public CallOutcome brokenOff(Retry why) {
        Duration delay = parser.reconnectAfter().orElse(why.serverDelay());
        return new Retry(why.error(), delay, classifier.requestId(head), null, why.maybeDone());
    }

    private void take(SseEvent event) {
        events++;
        if (outcome != null) {
            return;
        }
        if (event.data().equals("[DONE]")) {
            outcome = brokenOff(NetworkFailure.streamInterrupted().possiblyDone());
        } else if (isOfInterest(event.name())) {
            take(event, read(event));
        }
    }

    private void take(SseEvent event, JsonNode json) {
        String type = typeOf(event, json);
        if (STATUS_OF_LAST.containsKey(type)) {
            outcome = last(event, type, json);
        } else if (type.equals("error")) {
            outcome = classifier.errorEvent(head, json);
        } else if (type.equals(DELTA)) {
            tell(json.path("sequence_number").asLong(events), json.path("delta"));
        }
    }

    /** Events that nobody looks at are not read: there are thousands of them in a stream. */
    private boolean isOfInterest(String name) {
        return switch (name) {
            case "", "message", "error" -> true;
            case DELTA -> deltas != DeltaListener.NONE;
            default -> STATUS_OF_LAST.containsKey(name);
        };
    }

    private static JsonNode read(SseEvent event) {
        try {
            return Json.MAPPER.readTree(event.data());
        } catch (IOException notJson) {
            return Json.MAPPER.missingNode();
        }
    }

    /** Some servers name their events only inside, and some do not name their errors at all. */
    private static String typeOf(SseEvent event, JsonNode json) {
        String type = Json.text(json, "type");
        if (event.name().equals("error") || type == null && json.hasNonNull("error")) {
            return "error";
        }
        return type == null ? event.name() : type;
    }

    private CallOutcome last(SseEvent event, String type, JsonNode json) {
        if (json.path("response") instanceof ObjectNode response) {
            if (!response.hasNonNull("status")) {
                response.put("status", STATUS_OF_LAST.get(type));
            }
            return classifier.response(head, response, failOnIncomplete);
        }
        // Cut off or overwritten on the way; classified as a body like that would be.
        return classifier.classify(head.withBody(event.data().getBytes(UTF_8)), failOnIncomplete);
    }

    private void tell(long sequence, JsonNode delta) {
        if (!delta.isTextual()) {
            return;
        }
        try {
            deltas.onDelta(sequence, delta.asText());
        } catch (RuntimeException e) {
            LOG.error("The listener of a stream has thrown, against its contract; it hears no more of it", e);
            deltas = DeltaListener.NONE;
        }
    }
}
