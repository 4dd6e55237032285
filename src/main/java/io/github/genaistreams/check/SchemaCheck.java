package io.github.genaistreams.check;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.Problem;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Whether a JSON schema is valid. The keywords of every draft must have values of the right type. References must stay
 * inside the schema and resolve, since neither the API nor this program follows others. A strict schema also obeys the
 * API's rules: its root is an object, and every object forbids unnamed properties and requires the named ones. Other
 * keywords, which depend on the model, are accepted.
 *
 * @see <a href="https://platform.openai.com/docs/guides/structured-outputs#supported-schemas">Supported schemas</a>
 */
final class SchemaCheck {

    private static final Set<String> TYPES =
            Set.of("object", "array", "string", "number", "integer", "boolean", "null");
    private static final List<String> MAPS = List.of("properties", "patternProperties", "$defs", "definitions");
    private static final List<String> LISTS = List.of("anyOf", "oneOf", "allOf", "prefixItems");
    private static final List<String> SINGLE =
            List.of("items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames");
    private static final List<String> COUNTS =
            List.of("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties");
    private static final List<String> NUMBERS = List.of("minimum", "maximum", "multipleOf");
    private static final List<String> TEXTS = List.of("$schema", "$id", "$anchor", "format");
    private static final int MAX_POINTER_LENGTH = 200;

    private static final String NO_PATTERN =
            "must be a regular expression; check its brackets, and escape literal brackets with a backslash";

    private final String field;
    private final JsonNode root;
    private final boolean strict;

    private SchemaCheck(String field, JsonNode root, boolean strict) {
        this.field = field;
        this.root = root;
        this.strict = strict;
    }

    /** {@code field} is the schema's place in the request; {@code schema} is an object. */
    static Optional<CallError> firstProblem(String field, JsonNode schema, boolean strict) {
        var check = new SchemaCheck(field, schema, strict);
        if (strict && !isObjectType(schema)) {
            return check.problem("", "must have the type object, because the schema is strict; wrap it in an object");
        }
        return check.schema("", schema);
    }

    private Optional<CallError> schema(String at, JsonNode schema) {
        if (schema.isBoolean()) {
            return Optional.empty();
        }
        if (!schema.isObject()) {
            return problem(at, "must be an object, or true or false");
        }
        return Problem.first(
                () -> type(at, schema),
                () -> values(at, schema),
                () -> bounds(at, schema),
                () -> patterns(at, schema),
                () -> required(at, schema),
                () -> reference(at, schema),
                () -> strict ? strictObject(at, schema) : Optional.empty(),
                () -> children(at, schema));
    }

    private Optional<CallError> type(String at, JsonNode schema) {
        JsonNode type = schema.path("type");
        if (type.isMissingNode() || isType(type)) {
            return Optional.empty();
        }
        if (type.isArray() && !type.isEmpty()) {
            for (JsonNode one : type) {
                if (!isType(one)) {
                    return problem(at + "/type", "must contain only JSON types");
                }
            }
            return Optional.empty();
        }
        return problem(
                at + "/type", "must be object, array, string, number, integer, boolean or null, or a list of them");
    }

    private Optional<CallError> values(String at, JsonNode schema) {
        JsonNode values = schema.path("enum");
        return values.isMissingNode() || values.isArray() && !values.isEmpty()
                ? Optional.empty()
                : problem(at + "/enum", "must be a list with at least one value");
    }

    private Optional<CallError> bounds(String at, JsonNode schema) {
        for (String keyword : COUNTS) {
            JsonNode count = schema.path(keyword);
            // 2.0 is an integer in JSON Schema.
            boolean isCount = count.isNumber() && count.asDouble() >= 0 && count.asDouble() % 1 == 0;
            if (!count.isMissingNode() && !isCount) {
                return problem(at + "/" + keyword, "must be a whole number, 0 or more");
            }
        }
        for (String keyword : NUMBERS) {
            if (!schema.path(keyword).isMissingNode() && !schema.path(keyword).isNumber()) {
                return problem(at + "/" + keyword, "must be a number");
            }
        }
        for (String keyword : TEXTS) {
            if (!schema.path(keyword).isMissingNode() && !schema.path(keyword).isTextual()) {
                return problem(at + "/" + keyword, "must be a string");
            }
        }
        return Optional.empty();
    }

    /** Regular expressions in Java's syntax, with which an answer is checked. */
    private Optional<CallError> patterns(String at, JsonNode schema) {
        JsonNode pattern = schema.path("pattern");
        if (!pattern.isMissingNode() && !(pattern.isTextual() && isPattern(pattern.textValue()))) {
            return problem(at + "/pattern", NO_PATTERN);
        }
        for (var property : schema.path("patternProperties").properties()) {
            if (!isPattern(property.getKey())) {
                return problem(child(at + "/patternProperties", property.getKey()), NO_PATTERN);
            }
        }
        return Optional.empty();
    }

    private static boolean isPattern(String pattern) {
        try {
            Pattern.compile(pattern);
            return true;
        } catch (PatternSyntaxException e) {
            return false;
        }
    }

    private Optional<CallError> required(String at, JsonNode schema) {
        JsonNode required = schema.path("required");
        if (required.isMissingNode()) {
            return Optional.empty();
        }
        if (!required.isArray()) {
            return problem(at + "/required", "must be a list of property names");
        }
        var names = new HashSet<String>();
        for (int i = 0; i < required.size(); i++) {
            if (!required.get(i).isTextual()) {
                return problem(at + "/required/" + i, "must be the name of a property");
            }
            if (!names.add(required.get(i).textValue())) {
                return problem(at + "/required/" + i, "appears twice");
            }
        }
        return Optional.empty();
    }

    private Optional<CallError> reference(String at, JsonNode schema) {
        JsonNode reference = schema.path("$ref");
        if (reference.isMissingNode()) {
            return Optional.empty();
        }
        if (!reference.isTextual()) {
            return problem(at + "/$ref", "must be a string");
        }
        String target = reference.textValue();
        if (target.startsWith("#/")) {
            return exists(target.substring(1)) ? Optional.empty() : problem(at + "/$ref", "does not point to anything");
        }
        return target.equals("#") || isNamed(target)
                ? Optional.empty()
                : problem(
                        at + "/$ref", "points outside the schema, or to nothing; put the referenced schema into $defs");
    }

    /** Whether a part of the schema has the name in a reference: an anchor, or an ID. */
    private boolean isNamed(String target) {
        for (String keyword : List.of("$anchor", "$dynamicAnchor", "$id", "id")) {
            for (String name : root.findValuesAsText(keyword)) {
                if (target.equals(name) || target.equals("#" + name) || name.endsWith("/" + target)) {
                    return true;
                }
            }
        }
        return false;
    }

    private boolean exists(String pointer) {
        try {
            String decoded = URLDecoder.decode(pointer.replace("+", "%2B"), StandardCharsets.UTF_8);
            return !root.at(JsonPointer.compile(decoded)).isMissingNode();
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private Optional<CallError> strictObject(String at, JsonNode schema) {
        if (!isObjectType(schema) && !schema.has("properties")) {
            return Optional.empty();
        }
        JsonNode others = schema.path("additionalProperties");
        if (!others.isBoolean() || others.asBoolean()) {
            return problem(at, "must set additionalProperties to false" + orNotStrict());
        }
        var required = new HashSet<String>();
        schema.path("required").forEach(name -> required.add(name.asText()));
        for (var property : schema.path("properties").properties()) {
            if (!required.remove(property.getKey())) {
                return problem(
                        child(at + "/properties", property.getKey()),
                        "must be in the list of required properties; if it is optional, add null to its type"
                                + orNotStrict());
            }
        }
        return required.isEmpty()
                ? Optional.empty()
                : problem(at + "/required", "must name only properties of this object" + orNotStrict());
    }

    private static String orNotStrict() {
        return ", or set strict to false";
    }

    private Optional<CallError> children(String at, JsonNode schema) {
        for (String keyword : MAPS) {
            JsonNode map = schema.path(keyword);
            if (!map.isMissingNode() && !map.isObject()) {
                return problem(at + "/" + keyword, "must be an object of schemas");
            }
            for (var child : map.properties()) {
                Optional<CallError> problem = schema(child(at + "/" + keyword, child.getKey()), child.getValue());
                if (problem.isPresent()) {
                    return problem;
                }
            }
        }
        for (String keyword : LISTS) {
            JsonNode list = schema.path(keyword);
            if (!list.isMissingNode() && (!list.isArray() || list.isEmpty())) {
                return problem(at + "/" + keyword, "must be a list with at least one schema");
            }
            for (int i = 0; i < list.size(); i++) {
                Optional<CallError> problem = schema(at + "/" + keyword + "/" + i, list.get(i));
                if (problem.isPresent()) {
                    return problem;
                }
            }
        }
        for (String keyword : SINGLE) {
            JsonNode child = schema.path(keyword);
            // In earlier drafts, items may be a list.
            boolean listOfItems = keyword.equals("items") && child.isArray();
            if (!child.isMissingNode() && !listOfItems) {
                Optional<CallError> problem = schema(at + "/" + keyword, child);
                if (problem.isPresent()) {
                    return problem;
                }
            }
        }
        return Optional.empty();
    }

    private static boolean isType(JsonNode type) {
        return type.isTextual() && TYPES.contains(type.textValue());
    }

    private static boolean isObjectType(JsonNode schema) {
        JsonNode type = schema.path("type");
        if (type.isTextual()) {
            return type.textValue().equals("object");
        }
        for (JsonNode one : type) {
            if (one.asText().equals("object")) {
                return true;
            }
        }
        return false;
    }

    private static String child(String at, String name) {
        return at + "/" + name.replace("~", "~0").replace("/", "~1");
    }

    private Optional<CallError> problem(String at, String what) {
        String pointer = at.length() <= MAX_POINTER_LENGTH ? at : at.substring(0, MAX_POINTER_LENGTH) + "…";
        return Problem.in(field, at.isEmpty() ? what : "at " + pointer + " " + what);
    }
}
