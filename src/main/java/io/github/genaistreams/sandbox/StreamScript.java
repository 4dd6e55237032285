package io.github.genaistreams.sandbox;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * What a stream sends, piece by piece, and how it ends. No side effects.
 *
 * @param pieces of the body, each sent on its own; at least one
 */
record StreamScript(List<byte[]> pieces, Ending ending) {

    enum Ending {
        /** The last event is the terminal event of a good answer. */
        ANSWERED,
        /** The stream ends as HTTP requires, but has no good answer. */
        UNANSWERED,
        /** The connection is closed in the middle of the stream. */
        CUT,
        /** The stream stops, but does not end: the connection stays open. */
        STALLED
    }

    private static final byte[] COMMENT = ": keep-alive\n\n".getBytes(StandardCharsets.UTF_8);
    private static final int EVENTS_PER_COMMENT = 8;
    private static final int MAX_DRIP = 16;

    /** @param random decides the sizes of drips */
    static StreamScript of(List<ObjectNode> events, Optional<Fault> fault, RandomGenerator random) {
        List<ObjectNode> half = events.subList(0, events.size() / 2);
        if (fault.isEmpty()) {
            return new StreamScript(pieces(events), Ending.ANSWERED);
        }
        return switch (fault.get()) {
            case STREAM_CUT, TRUNCATED -> {
                List<byte[]> pieces = pieces(half);
                byte[] next = bytes(events.get(half.size()));
                pieces.add(Arrays.copyOf(next, next.length / 2));
                yield new StreamScript(pieces, Ending.CUT);
            }
            case STREAM_END -> new StreamScript(pieces(half), Ending.UNANSWERED);
            case STREAM_STALL -> new StreamScript(pieces(half), Ending.STALLED);
            case STREAM_ERROR -> endingWith(half, flatError(half.size()));
            case STREAM_ERROR_NESTED -> endingWith(half, nestedError(half.size()));
            case STREAM_FAILED -> endingWith(half, failed(events.get(0), half.size()));
            case SLOW_DRIP -> new StreamScript(drips(pieces(events), random), Ending.ANSWERED);
            default -> new StreamScript(pieces(events), Ending.ANSWERED);
        };
    }

    private static StreamScript endingWith(List<ObjectNode> events, ObjectNode last) {
        var all = new ArrayList<>(events);
        all.add(last);
        return new StreamScript(pieces(all), Ending.UNANSWERED);
    }

    private static ObjectNode flatError(int number) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("type", "error")
                .put("code", "server_error")
                .put("message", FaultReplies.SERVER_ERROR_TEXT)
                .putNull("param")
                .put("sequence_number", number);
    }

    private static ObjectNode nestedError(int number) {
        var event = JsonNodeFactory.instance.objectNode().put("type", "error").put("sequence_number", number);
        event.putObject("error")
                .put("type", "server_error")
                .put("code", "server_error")
                .put("message", FaultReplies.SERVER_ERROR_TEXT)
                .putNull("param");
        return event;
    }

    private static ObjectNode failed(ObjectNode created, int number) {
        ObjectNode event = created.deepCopy();
        event.put("type", "response.failed").put("sequence_number", number);
        FaultReplies.fail((ObjectNode) event.get("response"));
        return event;
    }

    private static List<byte[]> pieces(List<ObjectNode> events) {
        var pieces = new ArrayList<byte[]>();
        for (int i = 0; i < events.size(); i++) {
            if (i % EVENTS_PER_COMMENT == EVENTS_PER_COMMENT / 2) {
                pieces.add(COMMENT);
            }
            pieces.add(bytes(events.get(i)));
        }
        return pieces;
    }

    private static byte[] bytes(ObjectNode event) {
        return "event: %s\ndata: %s\n\n"
                .formatted(event.get("type").asText(), event)
                .getBytes(StandardCharsets.UTF_8);
    }

    /** The same bytes in small pieces, one of which ends within every multi-byte character. */
    private static List<byte[]> drips(List<byte[]> pieces, RandomGenerator random) {
        var whole = new ByteArrayOutputStream();
        pieces.forEach(whole::writeBytes);
        byte[] bytes = whole.toByteArray();
        var drips = new ArrayList<byte[]>();
        for (int start = 0, end; start < bytes.length; start = end) {
            end = Math.min(bytes.length, start + 1 + random.nextInt(MAX_DRIP));
            for (int i = start; i < end - 1; i++) {
                if ((bytes[i] & 0xc0) == 0xc0) {
                    end = i + 1;
                }
            }
            drips.add(Arrays.copyOfRange(bytes, start, end));
        }
        return drips;
    }
}
