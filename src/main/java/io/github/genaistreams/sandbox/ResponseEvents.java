package io.github.genaistreams.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * A response as the events of a stream: its beginning, each output item with its parts and deltas, and the terminal
 * event with the whole response. No side effects.
 */
final class ResponseEvents {

    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
    private static final int DELTA_CHARS = 12;

    private final List<ObjectNode> events = new ArrayList<>();
    private final boolean obfuscated;

    private ResponseEvents(boolean obfuscated) {
        this.obfuscated = obfuscated;
    }

    /** @param obfuscated whether deltas carry padding that hides their length */
    static List<ObjectNode> of(ObjectNode response, boolean obfuscated) {
        var stream = new ResponseEvents(obfuscated);
        stream.begin(response);
        int index = 0;
        for (JsonNode item : response.path("output")) {
            stream.item((ObjectNode) item, index++);
        }
        stream.event("response." + response.path("status").asText()).set("response", response);
        return stream.events;
    }

    /** The response as it looks while the model works, or waits to. */
    static ObjectNode unfinished(ObjectNode response, String status) {
        ObjectNode begun = response.deepCopy();
        begun.put("status", status)
                .putNull("completed_at")
                .putNull("error")
                .putNull("incomplete_details")
                .putNull("usage");
        begun.putArray("output");
        return begun;
    }

    private void begin(ObjectNode response) {
        ObjectNode first = unfinished(response, "in_progress");
        event("response.created").set("response", first);
        event("response.in_progress").set("response", first);
    }

    private void item(ObjectNode item, int index) {
        if (item.path("type").asText().equals("message")) {
            message(item, index);
        } else {
            added(item, index);
            done(item, index);
        }
    }

    private void message(ObjectNode item, int index) {
        ObjectNode begun = item.deepCopy().put("status", "in_progress");
        begun.putArray("content");
        added(begun, index);
        int part = 0;
        for (JsonNode content : item.path("content")) {
            content((ObjectNode) content, item, index, part++);
        }
        done(item, index);
    }

    private void content(ObjectNode part, ObjectNode item, int index, int contentIndex) {
        boolean refusal = part.path("type").asText().equals("refusal");
        String field = refusal ? "refusal" : "text";
        String prefix = refusal ? "response.refusal" : "response.output_text";
        ObjectNode empty = part.deepCopy();
        empty.put(field, "");
        at(event("response.content_part.added"), item, index)
                .put("content_index", contentIndex)
                .set("part", empty);
        Consumer<ObjectNode> place = event -> {
            at(event, item, index).put("content_index", contentIndex);
            if (!refusal) {
                event.putArray("logprobs");
            }
        };
        deltas(prefix, part.path(field).asText(), place);
        ObjectNode done = event(prefix + ".done");
        place.accept(done);
        done.set(field, part.get(field));
        at(event("response.content_part.done"), item, index)
                .put("content_index", contentIndex)
                .set("part", part);
    }

    private void added(ObjectNode item, int index) {
        event("response.output_item.added").put("output_index", index).set("item", item);
    }

    private void done(ObjectNode item, int index) {
        event("response.output_item.done").put("output_index", index).set("item", item);
    }

    private void deltas(String prefix, String text, Consumer<ObjectNode> place) {
        for (int start = 0, end; start < text.length(); start = end) {
            end = Math.min(text.length(), start + DELTA_CHARS);
            if (end < text.length() && Character.isLowSurrogate(text.charAt(end))) {
                end++;
            }
            String delta = text.substring(start, end);
            ObjectNode event = event(prefix + ".delta");
            place.accept(event);
            event.put("delta", delta);
            if (obfuscated) {
                event.put("obfuscation", "x".repeat(DELTA_CHARS + 4 - Math.min(delta.length(), DELTA_CHARS)));
            }
        }
    }

    private static ObjectNode at(ObjectNode event, ObjectNode item, int index) {
        return event.put("item_id", item.path("id").asText()).put("output_index", index);
    }

    private ObjectNode event(String type) {
        var event = JSON.objectNode().put("type", type).put("sequence_number", events.size());
        events.add(event);
        return event;
    }
}
