package io.github.genaistreams.provider.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The output of a streamed answer, for servers whose last event does not contain it. The later events about an item or
 * a part contain all of it, and replace the earlier ones:
 *
 * <pre>
 *   an item   output_item.added, its parts and pieces, output_item.done
 *   a part    output_text.delta or refusal.delta, the same with .done, content_part.done
 * </pre>
 *
 * @see <a href="https://platform.openai.com/docs/api-reference/responses-streaming">Streaming events</a>
 */
final class StreamedOutput {

    static final String TEXT_DELTA = "response.output_text.delta";

    private static final Set<String> EVENTS = Set.of(
            "response.output_item.added",
            "response.output_item.done",
            "response.content_part.done",
            TEXT_DELTA,
            "response.output_text.done",
            "response.refusal.delta",
            "response.refusal.done",
            "response.function_call_arguments.delta",
            "response.function_call_arguments.done",
            "response.custom_tool_call_input.delta",
            "response.custom_tool_call_input.done");

    private static final String NO_PLACE = "";

    /** What each item or part counts in addition to its text, so that many empty ones reach the limit too. */
    private static final int OVERHEAD = 200;

    private final int maxChars;
    private final Map<String, OutputItem> items = new LinkedHashMap<>();
    private long chars;
    private boolean tooLarge;

    /** @param maxChars maximum characters to keep */
    StreamedOutput(int maxChars) {
        this.maxChars = maxChars;
    }

    static boolean isOfInterest(String type) {
        return EVENTS.contains(type);
    }

    /** Whether it exceeds the limit. Then nothing is kept. */
    boolean isTooLarge() {
        return tooLarge;
    }

    /** @param length of the event, as an estimate of the memory that it takes */
    void take(String type, JsonNode event, int length) {
        if (tooLarge || !isOfInterest(type)) {
            return;
        }
        String key = key(event);
        OutputItem item = items.get(key);
        if (item != null && item.isAnother(event)) {
            // This server gives every item the same index.
            key = key + "," + items.size();
            item = null;
        }
        if (item == null) {
            item = new OutputItem();
            items.put(key, item);
        }
        chars -= item.chars;
        item.take(type.substring("response.".length()), event, length);
        chars += item.chars;
        if (item.isDone && AnswerReader.isMessage(item.item)) {
            forgetPiecesWithoutPlace(key);
        }
        if (chars > maxChars) {
            tooLarge = true;
            items.clear();
        }
    }

    /** Pieces without a place belong to the message that is complete now. */
    private void forgetPiecesWithoutPlace(String done) {
        OutputItem pieces = items.get(NO_PLACE);
        if (pieces != null && !pieces.isDone && !done.equals(NO_PLACE)) {
            items.remove(NO_PLACE);
            chars -= pieces.chars;
        }
    }

    /** The index of the item. Some servers give only its ID. */
    private static String key(JsonNode event) {
        JsonNode place = event.path("output_index");
        if (place.isIntegralNumber()) {
            return place.asText();
        }
        String id = event.path("item").path("id").asText("");
        return id.isEmpty() ? event.path("item_id").asText(NO_PLACE) : id;
    }

    /** Whether there is output, and every item of it is complete. */
    boolean isFinished() {
        return !items.isEmpty() && items.values().stream().allMatch(OutputItem::isFinished);
    }

    /** Whether there is an answer: text or a tool call, and not only reasoning. */
    boolean hasAnswer() {
        ArrayNode all = items();
        for (JsonNode item : all) {
            if (AnswerReader.isMessage(item)) {
                return true;
            }
        }
        return AnswerReader.callsTools(JsonNodeFactory.instance.objectNode().set("output", all));
    }

    /** Characters that it keeps in memory. */
    long held() {
        return tooLarge ? 0 : chars;
    }

    /** All received items, in order. */
    ArrayNode items() {
        ArrayNode output = JsonNodeFactory.instance.arrayNode();
        items.values().stream().map(OutputItem::whole).forEach(output::add);
        return output;
    }

    private static final class OutputItem {
        private final Map<Integer, Part> parts = new TreeMap<>();
        private ObjectNode item = JsonNodeFactory.instance.objectNode();
        private @Nullable Arguments arguments;
        private boolean isDone;
        private long chars = OVERHEAD;

        /** Whether this item is complete, and the event is about another one. */
        boolean isAnother(JsonNode event) {
            return isDone
                    && event.path("item").isObject()
                    && !event.path("item").equals(item);
        }

        void take(String type, JsonNode event, int length) {
            if (isDone) {
                return;
            }
            switch (type) {
                case "output_item.added" -> begin(event.path("item"), length);
                case "output_item.done" -> end(event.path("item"), length);
                case "function_call_arguments.delta", "function_call_arguments.done" ->
                    arguments("function_call", "arguments", event, length);
                case "custom_tool_call_input.delta", "custom_tool_call_input.done" ->
                    arguments("custom_tool_call", "input", event, length);
                default -> {
                    int place = event.path("content_index").asInt();
                    Part part = parts.get(place);
                    if (part == null) {
                        part = new Part();
                        parts.put(place, part);
                        chars += OVERHEAD;
                    }
                    chars -= part.chars;
                    part.take(type, event, length);
                    chars += part.chars;
                }
            }
        }

        private void begin(JsonNode told, int length) {
            if (told instanceof ObjectNode begun) {
                item = begun;
                chars += length;
            }
        }

        private void end(JsonNode told, int length) {
            if (told instanceof ObjectNode whole) {
                item = whole;
                isDone = true;
                parts.clear();
                arguments = null;
                chars = OVERHEAD + length;
            }
        }

        private void arguments(String itemType, String field, JsonNode event, int length) {
            if (arguments == null) {
                arguments = new Arguments(itemType, field);
            }
            arguments.take(event);
            chars += length;
        }

        boolean isFinished() {
            Collection<Part> all = parts.values();
            return isDone || !all.isEmpty() && arguments == null && all.stream().allMatch(part -> part.isDone);
        }

        JsonNode whole() {
            if (isDone || parts.isEmpty() && arguments == null) {
                return item;
            }
            ObjectNode whole = item.deepCopy();
            if (arguments != null) {
                arguments.addTo(whole);
                return whole;
            }
            whole.put("type", "message").put("role", "assistant").put("status", "completed");
            ArrayNode content = whole.putArray("content");
            parts.values().stream().map(Part::whole).forEach(content::add);
            return whole;
        }
    }

    private static final class Part {
        private @Nullable ObjectNode part;
        private String type = "output_text";
        private StringBuilder text = new StringBuilder();
        private boolean isDone;

        private long chars;

        void take(String event, JsonNode json, int length) {
            if (event.equals("content_part.done")) {
                if (json.path("part") instanceof ObjectNode told) {
                    part = told;
                    text = new StringBuilder();
                    isDone = true;
                    chars = length;
                }
                return;
            }
            boolean refuses = event.startsWith(AnswerReader.REFUSAL);
            type = refuses ? AnswerReader.REFUSAL : "output_text";
            JsonNode all = json.path(refuses ? AnswerReader.REFUSAL : "text");
            if (event.endsWith(".delta") && json.path("delta").isTextual()) {
                text.append(json.path("delta").textValue());
            } else if (event.endsWith(".done") && all.isTextual()) {
                text = new StringBuilder(all.textValue());
                isDone = true;
            }
            chars = text.length();
        }

        JsonNode whole() {
            return part != null
                    ? part
                    : JsonNodeFactory.instance
                            .objectNode()
                            .put("type", type)
                            .put(type.equals(AnswerReader.REFUSAL) ? type : "text", text.toString());
        }
    }

    /** A tool's arguments. */
    private static final class Arguments {
        private final String itemType;
        private final String field;
        private final StringBuilder text = new StringBuilder();
        private @Nullable String name;

        Arguments(String itemType, String field) {
            this.itemType = itemType;
            this.field = field;
        }

        void take(JsonNode event) {
            if (event.path("delta").isTextual()) {
                text.append(event.path("delta").textValue());
            } else if (event.path(field).isTextual()) {
                text.setLength(0);
                text.append(event.path(field).textValue());
                name = event.path("name").textValue();
            }
        }

        void addTo(ObjectNode item) {
            item.put("type", itemType).put(field, text.toString());
            if (name != null && !item.hasNonNull("name")) {
                item.put("name", name);
            }
        }
    }
}
