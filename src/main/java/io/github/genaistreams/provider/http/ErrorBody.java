package io.github.genaistreams.provider.http;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.genaistreams.wire.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The fields of an error body; null where the body has none. APIs, gateways and frameworks send these forms:
 *
 * <pre>
 *   {"error": {"message", "type", "code", "param"}}      OpenAI
 *   {"message", "type", "code", "param"}                 the same without the outer object
 *   {"error": "text"}, also beside message and code
 *   {"detail": "text" or {…} or [{"loc", "msg", "type"}]}   FastAPI; loc is the param and type the code
 *   {"statusCode", "message"}                            the status is the code if there is no other
 *   {"errors": […]}, or a list around any of these       their messages together, the rest from the first
 * </pre>
 *
 * @see <a href="https://platform.openai.com/docs/guides/error-codes">OpenAI: error codes</a>
 * @see <a href="https://fastapi.tiangolo.com/tutorial/handling-errors/">FastAPI: handling errors</a>
 */
public record ErrorBody(
        @Nullable String message,
        @Nullable String type,
        @Nullable String code,
        @Nullable String param) {

    public static final ErrorBody NONE = new ErrorBody(null, null, null, null);

    /** At most this many errors of a list are reported. */
    private static final int MAX_REPORTED = 5;

    /** {@code {"error": "insufficient_quota"}}: a code, not a sentence. */
    private static final Pattern CODE = Pattern.compile("[a-z][a-z0-9]*(?:_[a-z0-9]+)+");

    private static final List<String> MESSAGES =
            List.of("message", "msg", "error_description", "error_message", "Message");

    /** Where FastAPI found the field. This is not part of the field's name. */
    private static final Set<String> PLACES = Set.of("body", "query", "path", "header", "form", "cookie");

    /** Reads a body; {@link #NONE} if it does not look like an error. */
    public static ErrorBody of(JsonNode body) {
        ErrorBody read = read(body);
        // A type alone does not make an error: many objects have one.
        return body.isTextual() || read.message == null && read.code == null && !body.hasNonNull("error") ? NONE : read;
    }

    private static ErrorBody read(JsonNode node) {
        if (node.isTextual()) {
            String text = node.textValue();
            return text.isBlank()
                    ? NONE
                    : new ErrorBody(text, null, CODE.matcher(text).matches() ? text : null, null);
        }
        return node.isArray() ? list(node) : node.isObject() ? object(node) : NONE;
    }

    private static ErrorBody object(JsonNode node) {
        JsonNode error = node.path("error");
        ErrorBody inner = read(error);
        if (error.isContainerNode() && !inner.equals(NONE)) {
            return inner;
        }
        if (node.path("loc").isArray()) {
            return ofField(node);
        }
        ErrorBody detail = read(node.path("detail"));
        ErrorBody errors = read(node.path("errors"));
        return new ErrorBody(
                first(message(node), detail.message, errors.message, inner.message, text(node, "title")),
                first(text(node, "type"), detail.type, errors.type),
                first(
                        text(node, "code"),
                        inner.code,
                        detail.code,
                        errors.code,
                        text(node, "statusCode"),
                        text(node, "status_code")),
                first(text(node, "param"), detail.param, errors.param));
    }

    /** FastAPI's error of a field: {@code {"loc": ["body", "temperature"], "msg": "…", "type": "less_than"}}. */
    private static ErrorBody ofField(JsonNode node) {
        var path = new StringBuilder();
        JsonNode loc = node.path("loc");
        for (int i = 0; i < loc.size(); i++) {
            String name = loc.get(i).asText();
            if (loc.get(i).isIntegralNumber()) {
                path.append('[').append(name).append(']');
            } else if (i > 0 || loc.size() == 1 || !PLACES.contains(name)) {
                path.append(path.isEmpty() ? "" : ".").append(name);
            }
        }
        String field = path.isEmpty() ? null : path.toString();
        String said = message(node);
        return new ErrorBody(
                said == null || field == null ? said : field + ": " + said, null, text(node, "type"), field);
    }

    private static ErrorBody list(JsonNode list) {
        List<ErrorBody> told = new ArrayList<>();
        for (JsonNode each : list) {
            ErrorBody read = read(each);
            if (!read.equals(NONE)) {
                told.add(read);
            }
            if (told.size() == MAX_REPORTED) {
                break;
            }
        }
        if (told.isEmpty()) {
            return NONE;
        }
        List<String> messages =
                told.stream().map(ErrorBody::message).filter(Objects::nonNull).toList();
        ErrorBody first = told.get(0);
        return new ErrorBody(
                messages.isEmpty() ? null : String.join("; ", messages), first.type, first.code, first.param);
    }

    /** A text, or a list of texts, as some frameworks report what is invalid. */
    private static @Nullable String message(JsonNode node) {
        for (String name : MESSAGES) {
            String text = text(node, name);
            String said = text == null ? read(node.path(name)).message : text;
            if (said != null) {
                return said;
            }
        }
        return null;
    }

    /** A field's text, if it has any. Some gateways are written in Python and send its {@code None}. */
    private static @Nullable String text(JsonNode node, String field) {
        String text = Json.text(node, field);
        return text == null || text.isBlank() || text.equals("None") ? null : text;
    }

    private static @Nullable String first(@Nullable String... texts) {
        for (String text : texts) {
            if (text != null) {
                return text;
            }
        }
        return null;
    }
}
