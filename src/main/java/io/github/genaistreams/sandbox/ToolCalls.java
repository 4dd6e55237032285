package io.github.genaistreams.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The tools that an answer calls. It does if {@code tool_choice} demands it, or leaves it to the model and the last
 * message speaks of a tool or a call. Every function on offer is called once, up to {@value #MAX_CALLS} of them, or the
 * first only without {@code parallel_tool_calls}. Pure.
 */
final class ToolCalls {

    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
    private static final int MAX_CALLS = 3;

    private ToolCalls() {}

    /** The calls as output items, none if the model answers in words. */
    static List<ObjectNode> of(Turn turn) {
        JsonNode request = turn.request();
        JsonNode choice = request.path("tool_choice");
        List<JsonNode> callable = callable(request, choice);
        if (callable.isEmpty() || !demanded(choice) && !PromptText.wantsTool(request)) {
            return List.of();
        }
        boolean parallel = request.path("parallel_tool_calls").asBoolean(true);
        return IntStream.range(0, Math.min(callable.size(), parallel ? MAX_CALLS : 1))
                .mapToObj(i -> call(callable.get(i), turn, i))
                .toList();
    }

    private static List<JsonNode> callable(JsonNode request, JsonNode choice) {
        Stream<JsonNode> tools =
                ResponseObject.tools(request).valueStream().filter(tool -> isCallable(tool.path("type")));
        if (choice.path("type").asText().equals("allowed_tools")) {
            return tools.filter(tool -> choice.path("tools").valueStream().anyMatch(each -> same(each, tool)))
                    .toList();
        }
        if (choice.isObject()) {
            return tools.filter(tool -> same(choice, tool)).limit(1).toList();
        }
        return choice.asText().equals("none") ? List.of() : tools.toList();
    }

    private static boolean isCallable(JsonNode type) {
        return type.asText().equals("function") || type.asText().equals("custom");
    }

    private static boolean same(JsonNode choice, JsonNode tool) {
        return choice.path("type").equals(tool.path("type"))
                && choice.path("name").equals(tool.path("name"));
    }

    private static boolean demanded(JsonNode choice) {
        return choice.asText().equals("required")
                || choice.path("mode").asText().equals("required")
                || isCallable(choice.path("type"));
    }

    private static ObjectNode call(JsonNode tool, Turn turn, int number) {
        String name = tool.path("name").asText();
        long digest = Draw.hash(PromptText.ofInput(turn.request())) ^ Draw.hash(name);
        String id = turn.id() + number;
        ObjectNode call = JSON.objectNode();
        if (tool.path("type").asText().equals("custom")) {
            return call.put("id", "ctc_" + id)
                    .put("type", "custom_tool_call")
                    .put("status", "completed")
                    .put("call_id", "call_" + id)
                    .put("input", "sandbox input %08x".formatted((int) digest))
                    .put("name", name);
        }
        JsonNode parameters = tool.path("parameters");
        JsonNode arguments = parameters.isObject() && !parameters.isEmpty()
                ? SchemaExample.of(parameters, new SplittableRandom(digest))
                : JSON.objectNode();
        return call.put("id", "fc_" + id)
                .put("type", "function_call")
                .put("status", "completed")
                .put("arguments", arguments.toString())
                .put("call_id", "call_" + id)
                .put("name", name);
    }
}
