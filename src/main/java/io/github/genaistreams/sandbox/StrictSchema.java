package io.github.genaistreams.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** The stricter form that {@code strict: true} asks of a schema: every object closed, every property required. Pure. */
final class StrictSchema {

    private StrictSchema() {}

    /** What keeps the schema from being strict; empty if nothing does. */
    static Optional<String> flaw(JsonNode schema) {
        return flaw(schema, "()");
    }

    /** The schema made strict, as the API does with the parameters of a function that does not say. */
    static JsonNode normalised(JsonNode schema) {
        JsonNode strict = schema.deepCopy();
        close(strict);
        return strict;
    }

    private static void close(JsonNode schema) {
        if (!(schema instanceof ObjectNode object)) {
            return;
        }
        if (isObject(schema)) {
            object.put("additionalProperties", false);
            var required = object.putArray("required");
            object.withObjectProperty("properties").propertyStream().forEach(each -> required.add(each.getKey()));
        }
        children(schema).forEach(child -> close(child.getValue()));
    }

    private static boolean isObject(JsonNode schema) {
        return schema.path("type").asText().equals("object")
                || schema.path("properties").isObject();
    }

    private static Optional<String> flaw(JsonNode schema, String context) {
        if (!schema.isObject()) {
            return Optional.empty();
        }
        JsonNode properties = schema.path("properties");
        if (isObject(schema)) {
            if (!schema.path("additionalProperties").isBoolean()
                    || schema.path("additionalProperties").asBoolean()) {
                return Optional.of("In context=%s, 'additionalProperties' is required to be supplied and to be false."
                        .formatted(context));
            }
            var required =
                    schema.path("required").valueStream().map(JsonNode::asText).toList();
            Optional<String> optional = properties
                    .propertyStream()
                    .map(property -> property.getKey())
                    .filter(name -> !required.contains(name))
                    .findFirst();
            if (optional.isPresent()) {
                return Optional.of(
                        "In context=%s, 'required' is required to be supplied and to be an array including every key in properties. Missing '%s'."
                                .formatted(context, optional.get()));
            }
        }
        return children(schema)
                .map(child -> flaw(child.getValue(), "(" + child.getKey() + ")"))
                .flatMap(Optional::stream)
                .findFirst();
    }

    private static Stream<Map.Entry<String, JsonNode>> children(JsonNode schema) {
        return Stream.of(
                        children(schema.path("properties"), "properties"),
                        children(schema.path("$defs"), "$defs"),
                        children(schema.path("definitions"), "definitions"),
                        children(schema.path("anyOf"), "anyOf"),
                        Stream.of(Map.entry("items", schema.path("items"))))
                .flatMap(child -> child);
    }

    private static Stream<Map.Entry<String, JsonNode>> children(JsonNode parent, String name) {
        return parent.isObject()
                ? parent.propertyStream()
                : parent.valueStream().map(child -> Map.entry(name, child));
    }
}
