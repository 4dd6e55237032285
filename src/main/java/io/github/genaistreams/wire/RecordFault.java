package io.github.genaistreams.wire;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.exc.InputCoercionException;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.exc.StreamReadException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import io.github.genaistreams.model.UserPrompt;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A parser's exception in our own words: field and expected type. The parser's own message may quote the content.
 *
 * @param field   path of the field in the record; null if the problem is in the text as a whole
 * @param message the problem, without the field's name
 */
record RecordFault(@Nullable String field, String message) {

    private static final int MAX_NAME_LENGTH = 64;

    /** Fields in other programs' requests that are settings here. */
    private static final Map<String, String> OF_THE_WORKER =
            Map.of("api_key", "set it in the worker's configuration, and use `credential` if there are several");

    /** Fields of the first document endpoint that its successors do not have. */
    private static final Set<String> OF_MARKER = Set.of(
            "langs",
            "force_ocr",
            "format_lines",
            "strip_existing_ocr",
            "disable_ocr_math",
            "use_llm",
            "block_correction_prompt");

    private static final String EXTRA_FIELDS = "extra_fields";

    static RecordFault of(Exception e) {
        if (e instanceof UnrecognizedPropertyException unknown) {
            String whose = OF_THE_WORKER.get(unknown.getPropertyName());
            if (whose != null) {
                return new RecordFault(path(unknown), "is a setting of the worker, not a field of a request; " + whose);
            }
            boolean takesMore = unknown.getKnownPropertyIds() != null
                    && unknown.getKnownPropertyIds().contains(EXTRA_FIELDS);
            if (takesMore && OF_MARKER.contains(unknown.getPropertyName())) {
                return new RecordFault(
                        path(unknown),
                        "is not a known field, but a field of the API's old endpoint (/marker): put it into `"
                                + EXTRA_FIELDS + "`");
            }
            String known = unknown.getKnownPropertyIds() == null
                    ? ""
                    : NearestName.hint(
                            unknown.getPropertyName(),
                            unknown.getKnownPropertyIds().stream()
                                    .map(Object::toString)
                                    .toList());
            return new RecordFault(path(unknown), "is not a known field" + known);
        }
        if (e instanceof JsonMappingException mapping) {
            Throwable cause = mapping.getCause();
            if (cause instanceof StreamReadException read && !(cause instanceof InputCoercionException)) {
                return new RecordFault(null, malformed(read));
            }
            if (cause instanceof StreamConstraintsException limit) {
                return new RecordFault(null, malformed(limit));
            }
            if (mapping.getPath().isEmpty()) {
                return new RecordFault(null, "the value is not exactly one complete record");
            }
            Class<?> target = mapping instanceof MismatchedInputException mismatch
                    ? mismatch.getTargetType()
                    : cause instanceof InputCoercionException coercion ? coercion.getTargetType() : null;
            return new RecordFault(path(mapping), "must be " + expected(target));
        }
        if (e instanceof JacksonException text) {
            return new RecordFault(null, malformed(text));
        }
        return new RecordFault(
                null, "the value cannot be decoded (" + e.getClass().getSimpleName() + ")");
    }

    /** One sentence that contains the field's name. */
    String sentence() {
        return field == null ? message : "`" + field + "` " + message;
    }

    /** A name from the input, shortened and printable. */
    static String printable(String name) {
        String head = name.length() <= MAX_NAME_LENGTH ? name : name.substring(0, MAX_NAME_LENGTH) + "…";
        return head.codePoints()
                .mapToObj(c -> Character.isISOControl(c) || c == '`' ? "?" : Character.toString(c))
                .collect(Collectors.joining());
    }

    private static String malformed(JacksonException e) {
        if (e instanceof StreamConstraintsException) {
            return "the value is nested too deeply, or has a number or name that is too long";
        }
        long offset = e.getLocation() == null ? -1 : e.getLocation().getByteOffset();
        return "the value is malformed, truncated or repeats a name" + (offset < 0 ? "" : ", near byte " + offset);
    }

    private static @Nullable String path(JsonMappingException e) {
        var path = new StringBuilder();
        for (JsonMappingException.Reference step : e.getPath()) {
            if (step.getFieldName() == null) {
                path.append('[').append(step.getIndex()).append(']');
            } else {
                path.append(path.isEmpty() ? "" : ".").append(printable(step.getFieldName()));
            }
        }
        return path.isEmpty() ? null : path.toString();
    }

    private static String expected(@Nullable Class<?> type) {
        if (type == null) {
            return "given with a valid value";
        }
        if (type == int.class || type == Integer.class || type == long.class || type == Long.class) {
            return type == int.class || type == Integer.class
                    ? "a whole number of at most 32 bits"
                    : "a whole number of at most 64 bits";
        }
        if (type == double.class || type == Double.class) {
            return "a finite number";
        }
        if (type == boolean.class || type == Boolean.class) {
            return "true or false";
        }
        if (type == String.class) {
            return "a string";
        }
        if (type == Instant.class) {
            return "an ISO-8601 instant such as 2026-01-31T12:00:00Z";
        }
        if (type == BigDecimal.class) {
            return "a decimal number";
        }
        if (UserPrompt.class.isAssignableFrom(type)) {
            return "a string or a list of input items";
        }
        if (Collection.class.isAssignableFrom(type)) {
            return "a list";
        }
        if (JsonNode.class.isAssignableFrom(type)) {
            return "JSON text";
        }
        return type.isRecord() || Map.class.isAssignableFrom(type) ? "an object" : "given with a valid value";
    }
}
