package io.github.genaistreams.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** Items of a conversation as the API shows them: each with an ID, and texts as lists of parts. Pure. */
final class InputItems {

    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private InputItems() {}

    /**
     * @param input a text, or a list of items; anything else has none
     * @param id    makes the IDs of items that have none
     */
    static ArrayNode of(JsonNode input, String id) {
        ArrayNode items = JSON.arrayNode();
        if (input.isTextual()) {
            items.add(shown(JSON.objectNode().put("role", "user").set("content", input), id + "0"));
        }
        for (int i = 0; input.isArray() && i < input.size(); i++) {
            items.add(shown(input.get(i), id + i));
        }
        return items;
    }

    private static ObjectNode shown(JsonNode given, String id) {
        ObjectNode item = ((ObjectNode) given).deepCopy();
        boolean isMessage = !item.has("type") || item.path("type").asText().equals("message");
        if (!item.hasNonNull("id")) {
            item.put("id", (isMessage ? "msg_" : "item_") + id);
        }
        if (!item.hasNonNull("status")) {
            item.put("status", "completed");
        }
        if (isMessage) {
            item.put("type", "message");
            item.set("content", content(item));
        }
        return item;
    }

    private static ArrayNode content(ObjectNode message) {
        boolean isAnswer = message.path("role").asText().equals("assistant");
        ArrayNode parts = JSON.arrayNode();
        if (message.path("content").isTextual()) {
            parts.addObject()
                    .put("type", isAnswer ? "output_text" : "input_text")
                    .set("text", message.path("content"));
        }
        if (message.path("content").isArray()) {
            parts.addAll((ArrayNode) message.path("content"));
        }
        for (JsonNode part : parts) {
            if (part.path("type").asText().equals("output_text")) {
                ((ObjectNode) part).putIfAbsent("annotations", JSON.arrayNode());
                ((ObjectNode) part).putIfAbsent("logprobs", JSON.arrayNode());
            }
            if (part.path("type").asText().equals("input_image")) {
                ((ObjectNode) part).putIfAbsent("detail", JSON.textNode("auto"));
            }
        }
        return parts;
    }
}
