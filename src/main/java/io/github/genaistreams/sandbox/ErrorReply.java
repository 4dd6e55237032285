package io.github.genaistreams.sandbox;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * An error as the API words it.
 *
 * @param param the parameter at fault, or null
 * @param code  or null
 */
record ErrorReply(int status, String type, String code, String param, String message) {

    static ErrorReply invalid(String code, String param, String message) {
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
