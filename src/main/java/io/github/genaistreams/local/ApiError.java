package io.github.genaistreams.local;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * An error as the API words it.
 *
 * @param param the parameter at fault, or null
 * @param code  or null
 */
record ApiError(int status, String type, String code, String param, String message) {

    static ApiError invalid(String code, String param, String message) {
        return new ApiError(400, "invalid_request_error", code, param, message);
    }

    static ApiError missing(String param) {
        return invalid("missing_required_parameter", param, "Missing required parameter: '" + param + "'.");
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
