package io.github.genaistreams.provider.openai;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.provider.CallOutcome.Retry;
import io.github.genaistreams.provider.DeltaListener;
import io.github.genaistreams.provider.http.EventStream;
import io.github.genaistreams.provider.http.HttpAnswer;
import io.github.genaistreams.provider.http.NetworkFailure;
import io.github.genaistreams.wire.Json;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An answer as an event stream. Its last event contains the whole response, which is read like one that is not
 * streamed. For each event, the first match decides:
 *
 * <pre>
 *   response.completed, .incomplete, .failed, .cancelled, .done    as its response says
 *   any other event with a response whose status is final          the same
 *   an error, in any form                                          as its error says
 *   [DONE]                                                         the streamed output, if it is complete and has an
 *                                                                  answer; else Retry, stream_interrupted
 *   response.output_text.delta                                     a piece of text for the listener
 *   any other event                                                a sign of life
 *   the end of the stream, before any of these                     Retry, stream_interrupted
 * </pre>
 *
 * Some gateways omit the output from the last response, or the response from the last event. Then the streamed output
 * is used ({@link StreamedOutput}).
 *
 * <p>If the stream breaks off, its field {@code retry} sets the wait before the next attempt. Background responses are
 * not streamed ({@link io.github.genaistreams.model.ResponsesRequest#wantsStream}).
 *
 * @see <a href="https://platform.openai.com/docs/api-reference/responses-streaming">Streaming events</a>
 */
final class StreamedResponse implements EventStream {

    private static final Logger LOG = LoggerFactory.getLogger(StreamedResponse.class);

    /**
     * Maximum bytes of a stream per byte of its response. A token takes about 200 bytes of a stream, and 4 of a
     * response.
     */
    private static final int STREAM_TO_RESPONSE = 64;

    private static final Map<String, String> STATUS_OF_LAST = Map.of(
            "response.completed", "completed",
            "response.done", "completed",
            "response.incomplete", "incomplete",
            "response.failed", "failed",
            "response.cancelled", "cancelled");

    /** The first events of a stream. Their response has no output yet, whatever its status. */
    private static final Set<String> OPENING = Set.of("response.created", "response.queued", "response.in_progress");

    private final HttpAnswer head;
    private final int maxBytes;
    private final ResponseClassifier classifier;
    private final boolean failOnIncomplete;
    private final SseParser parser;
    private final StreamedOutput output;
    private DeltaListener deltas;
    private ObjectNode opening = Json.MAPPER.createObjectNode();
    private long bytes;
    private long events;
    private @Nullable CallOutcome outcome;
    private boolean tooLarge;

    /**
     * @param head             the answer's status and headers
     * @param maxBytes         maximum size of a response; the whole stream may be {@value #STREAM_TO_RESPONSE} times as
     *     large
     * @param failOnIncomplete whether a truncated answer or a refusal is a failure
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
        this.output = new StreamedOutput(maxBytes);
    }

    @Override
    public Sign read(byte[] chunk) {
        long eventsBefore = events;
        long signsBefore = parser.signs();
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
        return events > eventsBefore ? Sign.EVENT : parser.signs() > signsBefore ? Sign.ALIVE : Sign.NONE;
    }

    @Override
    public long held() {
        return parser.held() + output.held();
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
        if (event.data().strip().equals("[DONE]")) {
            outcome = output.isTooLarge() || output.isFinished() && output.hasAnswer()
                    ? streamed("completed")
                    : brokenOff(NetworkFailure.streamInterrupted().possiblyDone());
        } else if (isOfInterest(event)) {
            take(event, read(event));
        }
    }

    private void take(SseEvent event, JsonNode json) {
        String type = typeOf(event, json);
        ObjectNode response = responseIn(json);
        String statusOfLast = STATUS_OF_LAST.get(type);
        if (statusOfLast != null) {
            outcome = last(event, statusOfLast, response, json.path("error"));
        } else if (response != null && isLast(type, response)) {
            outcome = closed(response);
        } else if (isError(type, json)) {
            outcome = classifier.errorEvent(head, json);
        } else if (response != null) {
            opening = response;
        } else {
            if (type.equals(StreamedOutput.TEXT_DELTA)) {
                tell(json.path("sequence_number").asLong(events), json.path("delta"));
            }
            output.take(type, json, event.data().length());
        }
    }

    /** The response that an event contains or is. Null if there is none. */
    private static @Nullable ObjectNode responseIn(JsonNode json) {
        if (json.path("response") instanceof ObjectNode response) {
            return response;
        }
        boolean isOne = ResponseClassifier.isFinal(json)
                && ("response".equals(Json.text(json, "object"))
                        || json.path("output").isArray());
        return isOne ? (ObjectNode) json : null;
    }

    private static boolean isLast(String type, ObjectNode response) {
        boolean isBegun = OPENING.contains(type) && AnswerReader.isEmpty(response);
        return ResponseClassifier.isFinal(response) && !(isBegun && "completed".equals(Json.text(response, "status")));
    }

    /** Other events are not parsed, such as the progress of tools. */
    private static boolean isOfInterest(SseEvent event) {
        String name = event.name();
        return !name.startsWith("response.")
                || STATUS_OF_LAST.containsKey(name)
                || StreamedOutput.isOfInterest(name)
                || name.equals("response.error")
                // Quotes inside a text are escaped, so only a name or a whole value matches.
                || event.data().contains("\"response\"");
    }

    private static JsonNode read(SseEvent event) {
        try {
            return Json.read(event.data().getBytes(UTF_8));
        } catch (IOException notJson) {
            return Json.MAPPER.missingNode();
        }
    }

    /** The event's name. Some servers have it only in the data, and errors of some servers have none. */
    private static String typeOf(SseEvent event, JsonNode json) {
        String type = Json.text(json, "type");
        if (event.name().equals("error") || type == null && json.hasNonNull("error")) {
            return "error";
        }
        return type == null ? event.name() : type;
    }

    /** Gateways send an error like an error body. Other events have no message. */
    private static boolean isError(String type, JsonNode json) {
        if (type.equals("error") || type.equals("response.error")) {
            return true;
        }
        if (type.startsWith("response.")) {
            return false;
        }
        ApiError said = ApiError.ofEvent(json);
        return said.message() != null
                && (said.code() != null || type.endsWith("error") || json.isArray() || json.has("detail"));
    }

    /**
     * The outcome by the last event.
     *
     * @param status the status that its name stands for
     * @param error  an error beside the response, as some gateways send it; a missing node without one
     */
    private CallOutcome last(SseEvent event, String status, @Nullable ObjectNode response, JsonNode error) {
        boolean saysWhy = status.equals("failed") && !error.isMissingNode() && !error.isNull();
        if (response != null) {
            if (saysWhy && !response.hasNonNull("error")) {
                response.set("error", error);
            }
            if (!response.hasNonNull("status")) {
                response.put("status", status);
            }
            return closed(response);
        }
        if (output.isFinished() && !saysWhy) {
            return streamed(status);
        }
        // Cut off or damaged on the way, so it is read like such a body.
        return classifier.classify(head.withBody(event.data().getBytes(UTF_8)), failOnIncomplete);
    }

    /** The outcome of a response whose output came in pieces only. */
    private CallOutcome streamed(String status) {
        ObjectNode response = opening.deepCopy();
        response.put("status", status).putArray("output");
        return closed(response);
    }

    private CallOutcome closed(ObjectNode response) {
        boolean isCompleted = "completed".equals(Json.text(response, "status"));
        return output.isTooLarge() && isCompleted && AnswerReader.isEmpty(response)
                ? NetworkFailure.tooLarge(maxBytes)
                : classifier.streamed(head, filled(response), failOnIncomplete);
    }

    /** The response with the streamed output, if it has no output, or no text although some was streamed. */
    private ObjectNode filled(ObjectNode response) {
        if (!AnswerReader.outputText(response).isEmpty() || AnswerReader.refuses(response)) {
            return response;
        }
        ArrayNode streamed = output.items();
        if (AnswerReader.isEmpty(response)) {
            return streamed.isEmpty() ? response : response.set("output", streamed);
        }
        // It has the tool calls, but not the text around them.
        ArrayNode whole = Json.MAPPER.createArrayNode();
        streamed.forEach(item -> addIf(AnswerReader.isMessage(item), item, whole));
        response.path("output").forEach(item -> addIf(!AnswerReader.isMessage(item), item, whole));
        return response.set("output", whole);
    }

    private static void addIf(boolean wanted, JsonNode item, ArrayNode items) {
        if (wanted) {
            items.add(item);
        }
    }

    private void tell(long sequence, JsonNode delta) {
        if (!delta.isTextual()) {
            return;
        }
        try {
            deltas.onDelta(sequence, delta.asText());
        } catch (RuntimeException e) {
            LOG.error(
                    "The listener of a stream threw an exception, against its contract; it gets no more events of"
                            + " this stream",
                    e);
            deltas = DeltaListener.NONE;
        }
    }
}
