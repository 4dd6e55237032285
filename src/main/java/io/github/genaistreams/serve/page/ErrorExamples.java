package io.github.genaistreams.serve.page;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.genaistreams.model.CallError;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Examples of error messages for each error code. For one thread at a time. */
final class ErrorExamples {

    static final int MAX_CODES = 100;
    static final int MAX_EXAMPLES = 3;
    static final int MAX_LENGTH = 500;

    private final Map<String, Set<Words>> byCode = new LinkedHashMap<>();

    private record Words(@Nullable Integer httpStatus, String message) {}

    /** The code under which a batch's status counts this error. */
    static String code(CallError error) {
        return error.code() != null ? error.code() : error.type();
    }

    void add(CallError error) {
        String code = code(error);
        if (byCode.size() >= MAX_CODES && !byCode.containsKey(code)) {
            return;
        }
        Set<Words> examples = byCode.computeIfAbsent(code, each -> new LinkedHashSet<>());
        if (examples.size() < MAX_EXAMPLES) {
            examples.add(new Words(error.httpStatus(), cut(error.message())));
        }
    }

    private static String cut(String message) {
        return message.length() <= MAX_LENGTH ? message : message.substring(0, MAX_LENGTH) + "…";
    }

    ArrayNode json() {
        ArrayNode json = PageJson.object().arrayNode();
        byCode.forEach((code, examples) -> {
            ArrayNode words = json.addObject().put("code", code).putArray("words");
            examples.forEach(example -> {
                ObjectNode each = words.addObject().put("message", example.message());
                each.put("http_status", example.httpStatus());
            });
        });
        return json;
    }
}
