package io.github.genaistreams.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;
import java.util.UUID;
import java.util.random.RandomGenerator;

/**
 * Makes a value that fits a JSON schema: the same for the same schema and generator. It knows the keywords of
 * structured output. It follows a recursive schema a few levels down and ends it with the shortest value: null, an
 * empty array, no optional property.
 */
final class SchemaExample {

    private static final int DEEP = 6;
    private static final int MAX_DEPTH = 48;
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
    private static final String[] WORDS = {
        "amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "haven", "ivory", "juniper", "lumen", "maple"
    };

    private final JsonNode root;
    private final RandomGenerator random;

    private SchemaExample(JsonNode root, RandomGenerator random) {
        this.root = root;
        this.random = random;
    }

    static JsonNode of(JsonNode schema, RandomGenerator random) {
        return new SchemaExample(schema, random).value(schema, "answer", 0);
    }

    private JsonNode value(JsonNode schema, String name, int depth) {
        if (depth > MAX_DEPTH || schema.isBoolean()) {
            return JSON.nullNode();
        }
        if (schema.has("$ref")) {
            return value(resolve(schema.get("$ref").asText()), name, depth + 1);
        }
        if (schema.has("const")) {
            return schema.get("const");
        }
        if (schema.path("enum").size() > 0) {
            return schema.get("enum").get(random.nextInt(schema.get("enum").size()));
        }
        for (String choice : new String[] {"anyOf", "oneOf"}) {
            if (schema.path(choice).size() > 0) {
                return value(chosen(schema.get(choice), depth), name, depth + 1);
            }
        }
        if (schema.path("allOf").size() > 0) {
            return value(merged(schema), name, depth + 1);
        }
        return switch (type(schema, depth)) {
            case "object" -> object(schema, depth);
            case "array" -> array(schema, name, depth);
            case "integer" -> JSON.numberNode((long) number(schema, 1));
            case "number" ->
                JSON.numberNode(number(schema, schema.path("multipleOf").asDouble(0)));
            case "boolean" -> JSON.booleanNode(random.nextBoolean());
            case "null" -> JSON.nullNode();
            default -> JSON.textNode(string(schema, name));
        };
    }

    private JsonNode resolve(String ref) {
        return ref.startsWith("#") ? root.at(ref.substring(1).replace("%24", "$")) : JSON.booleanNode(true);
    }

    /** The first alternative. Deep down, one that ends the recursion, if there is one. */
    private JsonNode chosen(JsonNode alternatives, int depth) {
        if (depth > DEEP) {
            for (JsonNode alternative : alternatives) {
                String type = type(alternative, depth);
                if (!alternative.has("$ref") && !type.equals("object") && !type.equals("array")) {
                    return alternative;
                }
            }
        }
        return alternatives.get(0);
    }

    private JsonNode merged(JsonNode schema) {
        ObjectNode merged = schema.deepCopy();
        merged.remove("allOf");
        for (JsonNode part : schema.get("allOf")) {
            JsonNode resolved = part.has("$ref") ? resolve(part.get("$ref").asText()) : part;
            resolved.properties().forEach(field -> {
                String key = field.getKey();
                if (key.equals("properties") && merged.path(key).isObject()) {
                    ((ObjectNode) merged.get(key)).setAll((ObjectNode) field.getValue());
                } else if (key.equals("required") && merged.path(key).isArray()) {
                    ((ArrayNode) merged.get(key)).addAll((ArrayNode) field.getValue());
                } else {
                    merged.set(key, field.getValue());
                }
            });
        }
        return merged;
    }

    private static String type(JsonNode schema, int depth) {
        JsonNode type = schema.path("type");
        if (type.isArray()) {
            boolean nullable = type.valueStream().anyMatch(each -> each.asText().equals("null"));
            if (nullable && depth > DEEP) {
                return "null";
            }
            return type.valueStream()
                    .map(JsonNode::asText)
                    .filter(each -> !each.equals("null"))
                    .findFirst()
                    .orElse("null");
        }
        if (type.isTextual()) {
            return type.textValue();
        }
        if (schema.has("properties")) {
            return "object";
        }
        return schema.has("items") ? "array" : "string";
    }

    private JsonNode object(JsonNode schema, int depth) {
        var object = JSON.objectNode();
        var required =
                schema.path("required").valueStream().map(JsonNode::asText).toList();
        schema.path("properties").properties().forEach(property -> {
            if (depth <= DEEP || required.contains(property.getKey())) {
                object.set(property.getKey(), value(property.getValue(), property.getKey(), depth + 1));
            }
        });
        return object;
    }

    private JsonNode array(JsonNode schema, String name, int depth) {
        int min = schema.path("minItems").asInt(0);
        int max = schema.path("maxItems").asInt(Integer.MAX_VALUE);
        int size = depth > DEEP ? min : Math.min(max, Math.max(min, 2));
        var array = JSON.arrayNode();
        JsonNode items = schema.has("items") ? schema.get("items") : JSON.objectNode();
        for (int i = 0; i < size; i++) {
            array.add(value(items, name, depth + 1));
        }
        return array;
    }

    /** @param step what the value must be a multiple of, 0 for any */
    private double number(JsonNode schema, double step) {
        double grid = step > 0 ? Math.max(step, schema.path("multipleOf").asDouble(step)) : 0.01;
        double min = schema.path("minimum").asDouble(Double.NEGATIVE_INFINITY);
        double max = schema.path("maximum").asDouble(Double.POSITIVE_INFINITY);
        if (schema.path("exclusiveMinimum").isNumber()) {
            min = Math.max(min, schema.get("exclusiveMinimum").asDouble() + grid);
        }
        if (schema.path("exclusiveMaximum").isNumber()) {
            max = Math.min(max, schema.get("exclusiveMaximum").asDouble() - grid);
        }
        if (Double.isInfinite(min)) {
            min = Double.isInfinite(max) ? 1 : max - 100;
        }
        if (Double.isInfinite(max)) {
            max = min + 100;
        }
        double drawn = min + random.nextDouble() * (max - min);
        double onGrid = Math.floor(drawn / grid) * grid;
        if (onGrid < min) {
            onGrid = Math.ceil(min / grid) * grid;
        }
        // Two decimals are enough, unless the bounds are closer together.
        double rounded = grid == 0.01 ? Math.round(onGrid * 100) / 100.0 : onGrid;
        return rounded >= min && rounded <= max ? rounded : min;
    }

    private String string(JsonNode schema, String name) {
        String formatted =
                switch (schema.path("format").asText()) {
                    case "date-time" -> date() + "T%02d:%02d:00Z".formatted(random.nextInt(24), random.nextInt(60));
                    case "date" -> date();
                    case "time" -> "%02d:%02d:00Z".formatted(random.nextInt(24), random.nextInt(60));
                    case "duration" -> "PT" + (1 + random.nextInt(59)) + "M";
                    case "email" -> word() + "@example.com";
                    case "hostname" -> word() + ".example.com";
                    case "ipv4" -> "192.0.2." + (1 + random.nextInt(254));
                    case "ipv6" -> "2001:db8::" + Integer.toHexString(1 + random.nextInt(0xfffe));
                    case "uuid" ->
                        new UUID(
                                        random.nextLong() & ~0xf000L | 0x4000L,
                                        random.nextLong() & 0x3fffffffffffffffL | 0x8000000000000000L)
                                .toString();
                    case "uri", "url" -> "https://example.com/" + word();
                    default -> null;
                };
        if (formatted != null) {
            return formatted;
        }
        var text = new StringBuilder(name.toLowerCase(Locale.ROOT).replace('_', ' ') + " " + word());
        while (text.length() < schema.path("minLength").asInt(0)) {
            text.append(' ').append(word());
        }
        int max = schema.path("maxLength").asInt(Integer.MAX_VALUE);
        return text.length() <= max ? text.toString() : text.substring(0, max);
    }

    private String date() {
        return "2026-%02d-%02d".formatted(1 + random.nextInt(12), 1 + random.nextInt(28));
    }

    private String word() {
        return WORDS[random.nextInt(WORDS.length)];
    }
}
