package io.github.genaistreams.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * The events of a stream whose result is a given response: the response's beginning, every output item with its
 * parts and deltas, and the terminal event with the whole response. Pure.
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
        boolean background = response.path("background").asBoolean();
        ObjectNode first = unfinished(response, background ? "queued" : "in_progress");
        event("response.created").set("response", first);
        if (background) {
            event("response.queued").set("response", first);
        }
        event("response.in_progress").set("response", unfinished(response, "in_progress"));
    }

    private void item(ObjectNode item, int index) {
        switch (item.path("type").asText()) {
            case "message" -> message(item, index);
            case "reasoning" -> reasoning(item, index);
            case "function_call" ->
                call(
                        item,
                        index,
                        "arguments",
                        "response.function_call_arguments",
                        done -> done.set("name", item.get("name")));
            case "custom_tool_call" -> call(item, index, "input", "response.custom_tool_call_input", done -> {});
            default -> {
                added(item.deepCopy(), index);
                done(item, index);
            }
        }
    }

    private void message(ObjectNode item, int index) {
        ObjectNode begun = begun(item);
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

    private void reasoning(ObjectNode item, int index) {
        ObjectNode begun = begun(item);
        begun.putArray("summary");
        added(begun, index);
        int number = 0;
        for (JsonNode part : item.path("summary")) {
            int summaryIndex = number++;
            String text = part.path("text").asText();
            at(event("response.reasoning_summary_part.added"), item, index)
                    .put("summary_index", summaryIndex)
                    .set("part", JSON.objectNode().put("type", "summary_text").put("text", ""));
            deltas("response.reasoning_summary_text", text, event -> at(event, item, index)
                    .put("summary_index", summaryIndex));
            at(event("response.reasoning_summary_text.done"), item, index)
                    .put("summary_index", summaryIndex)
                    .put("text", text);
            at(event("response.reasoning_summary_part.done"), item, index)
                    .put("summary_index", summaryIndex)
                    .set("part", part);
        }
        done(item, index);
    }

    private void call(ObjectNode item, int index, String field, String prefix, Consumer<ObjectNode> more) {
        ObjectNode begun = begun(item);
        begun.put(field, "");
        added(begun, index);
        deltas(prefix, item.path(field).asText(), event -> at(event, item, index));
        ObjectNode done = at(event(prefix + ".done"), item, index);
        more.accept(done);
        done.set(field, item.get(field));
        done(item, index);
    }

    private static ObjectNode begun(ObjectNode item) {
        ObjectNode begun = item.deepCopy();
        if (begun.has("status")) {
            begun.put("status", "in_progress");
        }
        return begun;
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
