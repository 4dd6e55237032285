package io.github.genaistreams.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/** Questions about one value of a request and the API's words if the answer is no. Absent and null are fine. Pure. */
final class JsonCheck {

    private JsonCheck() {}

    /** The first refusal, later checks not made. */
    @SafeVarargs
    static Optional<ErrorReply> first(Supplier<Optional<ErrorReply>>... checks) {
        for (var check : checks) {
            Optional<ErrorReply> refusal = check.get();
            if (refusal.isPresent()) {
                return refusal;
            }
        }
        return Optional.empty();
    }

    static boolean isAbsent(JsonNode value) {
        return value.isMissingNode() || value.isNull();
    }

    static Optional<ErrorReply> present(JsonNode value, String param) {
        return isAbsent(value) ? Optional.of(ErrorReply.missing(param)) : Optional.empty();
    }

    static Optional<ErrorReply> flag(JsonNode value, String param) {
        return isAbsent(value) || value.isBoolean() ? Optional.empty() : type(param, "a boolean");
    }

    static Optional<ErrorReply> text(JsonNode value, String param) {
        return text(value, param, Integer.MAX_VALUE);
    }

    static Optional<ErrorReply> text(JsonNode value, String param, int longest) {
        if (isAbsent(value)) {
            return Optional.empty();
        }
        if (!value.isTextual()) {
            return type(param, "a string");
        }
        int length = value.textValue().length();
        return length <= longest
                ? Optional.empty()
                : refuse(
                        "string_above_max_length",
                        param,
                        "string too long. Expected a string with maximum length %d, but got a string with length %d instead."
                                .formatted(longest, length));
    }

    static Optional<ErrorReply> choice(JsonNode value, String param, Set<String> known) {
        if (isAbsent(value)) {
            return Optional.empty();
        }
        if (!value.isTextual()) {
            return type(param, "one of " + quoted(known));
        }
        return known.contains(value.textValue())
                ? Optional.empty()
                : Optional.of(ErrorReply.invalid(
                        "invalid_value",
                        param,
                        "Invalid value: '%s'. Supported values are: %s.".formatted(value.textValue(), quoted(known))));
    }

    static Optional<ErrorReply> integer(JsonNode value, String param, long min, long max) {
        if (isAbsent(value)) {
            return Optional.empty();
        }
        return value.isIntegralNumber() ? range(value, param, "integer", min, max) : type(param, "an integer");
    }

    static Optional<ErrorReply> decimal(JsonNode value, String param, long min, long max) {
        if (isAbsent(value)) {
            return Optional.empty();
        }
        return value.isNumber() ? range(value, param, "decimal", min, max) : type(param, "a decimal");
    }

    private static Optional<ErrorReply> range(JsonNode value, String param, String kind, long min, long max) {
        boolean below = value.doubleValue() < min;
        if (!below && value.doubleValue() <= max) {
            return Optional.empty();
        }
        return refuse(
                kind + (below ? "_below_min_value" : "_above_max_value"),
                param,
                "%s %s. Expected a value %s, but got %s instead."
                        .formatted(
                                kind,
                                below ? "below minimum value" : "above maximum value",
                                below ? ">= " + min : "<= " + max,
                                value));
    }

    static Optional<ErrorReply> object(JsonNode value, String param) {
        return isAbsent(value) || value.isObject() ? Optional.empty() : type(param, "an object");
    }

    /** An object without any of these members. */
    static Optional<ErrorReply> without(JsonNode value, Set<String> names) {
        return value.propertyStream()
                .map(field -> field.getKey())
                .filter(names::contains)
                .findFirst()
                .map(name -> ErrorReply.invalid("unknown_parameter", name, "Unknown parameter: '" + name + "'."));
    }

    /** A list each of whose elements passes; the check is given the element and its name. */
    static Optional<ErrorReply> list(
            JsonNode value, String param, BiFunction<JsonNode, String, Optional<ErrorReply>> check) {
        if (isAbsent(value)) {
            return Optional.empty();
        }
        if (!value.isArray()) {
            return type(param, "an array");
        }
        return IntStream.range(0, value.size())
                .mapToObj(i -> check.apply(value.get(i), "%s[%d]".formatted(param, i)))
                .flatMap(Optional::stream)
                .findFirst();
    }

    static Optional<ErrorReply> type(String param, String expected) {
        return Optional.of(ErrorReply.invalid(
                "invalid_type", param, "Invalid type for '%s': expected %s.".formatted(param, expected)));
    }

    static Optional<ErrorReply> refuse(String code, String param, String what) {
        return Optional.of(ErrorReply.invalid(code, param, "Invalid '%s': %s".formatted(param, what)));
    }

    private static String quoted(Set<String> names) {
        List<String> sorted =
                new TreeSet<>(names).stream().map(name -> "'" + name + "'").toList();
        return String.join(", ", sorted);
    }
}
