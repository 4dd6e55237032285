package io.github.genaistreams.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Common helpers of the checks of Responses API requests. A check returns the first problem it finds, or none. */
public final class Problem {

    private static final int MAX_QUOTE_LENGTH = 40;

    private Problem() {}

    /** {@code problem} continues after the field's name: "is 3: use 1 or 2". */
    public static Optional<CallError> in(String field, String problem) {
        return Optional.of(CallError.invalidRequest(field, field + " " + problem));
    }

    @SafeVarargs
    public static Optional<CallError> first(Supplier<Optional<CallError>>... checks) {
        for (Supplier<Optional<CallError>> check : checks) {
            Optional<CallError> problem = check.get();
            if (problem.isPresent()) {
                return problem;
            }
        }
        return Optional.empty();
    }

    public static boolean isSet(@Nullable JsonNode value) {
        return value != null && !value.isNull() && !value.isMissingNode();
    }

    /** The value, or a missing node for none. */
    public static JsonNode orMissing(@Nullable JsonNode value) {
        return value == null ? MissingNode.getInstance() : value;
    }

    public static boolean isText(JsonNode value) {
        return value.isTextual() && !value.textValue().isBlank();
    }

    /** JSON can contain half a surrogate pair as an escape; it is not a character and has no UTF-8 form. */
    public static Optional<CallError> unreadable(String field, @Nullable String text) {
        if (text == null) {
            return Optional.empty();
        }
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (!Character.isSurrogate(c)) {
                continue;
            }
            boolean pair = Character.isHighSurrogate(c)
                    && i + 1 < text.length()
                    && Character.isLowSurrogate(text.charAt(i + 1));
            if (!pair) {
                return in(field, "has an unpaired surrogate at position " + i + ": remove or complete it");
            }
            i++;
        }
        return Optional.empty();
    }

    /** As above, for every text and name inside; {@code path} is the field that contains the tree. */
    public static Optional<CallError> unreadable(String path, @Nullable JsonNode tree) {
        if (tree == null) {
            return Optional.empty();
        }
        if (tree.isTextual()) {
            return unreadable(path, tree.textValue());
        }
        for (int i = 0; tree.isArray() && i < tree.size(); i++) {
            Optional<CallError> problem = unreadable(path + "[" + i + "]", tree.get(i));
            if (problem.isPresent()) {
                return problem;
            }
        }
        for (var field : tree.properties()) {
            Optional<CallError> problem = unreadable(path, field.getKey());
            if (problem.isEmpty()) {
                problem = unreadable(path + "." + field.getKey(), field.getValue());
            }
            if (problem.isPresent()) {
                return problem;
            }
        }
        return Optional.empty();
    }

    public static int characters(String text) {
        return text.codePointCount(0, text.length());
    }

    public static String abbreviated(String text) {
        return text.length() <= MAX_QUOTE_LENGTH ? text : text.substring(0, MAX_QUOTE_LENGTH) + "…";
    }
}
