package io.github.genaistreams.sandbox;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;

/**
 * An error in the API's words.
 *
 * @param param the parameter at fault, if there is one
 */
record ErrorReply(
        int status,
        String type,
        @Nullable String code,
        @Nullable String param,
        String message) {

    static ErrorReply invalid(String message) {
        return invalid(null, null, message);
    }

    static ErrorReply invalid(@Nullable String code, @Nullable String param, String message) {
        return new ErrorReply(400, "invalid_request_error", code, param, message);
    }

    static ErrorReply missing(String param) {
        return invalid("missing_required_parameter", param, "Missing required parameter: '" + param + "'.");
    }

    static ErrorReply notFound(String message) {
        return new ErrorReply(404, "invalid_request_error", null, null, message);
    }

    static ErrorReply notAllowed(String method, String path) {
        return new ErrorReply(
                405,
                "invalid_request_error",
                "method_not_supported",
                null,
                "Not allowed to %s on %s. (HINT: Perhaps you meant to make an HTTP POST request?)"
                        .formatted(method, path));
    }

    ObjectNode toJson() {
        var json = JsonNodeFactory.instance.objectNode();
        json.putObject("error")
                .put("message", message)
                .put("type", type)
                .put("param", param)
                .put("code", code);
        return json;
    }
}
