package io.github.genaistreams.client.content;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Optional;

/**
 * A tool that the model called: one to be run by the caller ({@code function_call}, {@code custom_tool_call}), one that ran
 * at the provider ({@code web_search_call}, {@code mcp_call}, …), or one that waits for a yes ({@code mcp_approval_request}).
 *
 * @param type      the output item's type
 * @param callId    what an answer to the call must name; the item's own ID where it has no other, null if it has none
 * @param name      the tool's name, null if the type says it all
 * @param arguments what the model passed, as it wrote it: JSON for functions, any text for custom tools; null if the item
 *                  keeps it in fields of its own
 * @param item      the whole output item
 */
public record ToolCall(String type, String callId, String name, String arguments, JsonNode item) {

    /** The arguments as JSON; empty if there are none or they are no JSON, as a model may get them wrong. */
    public Optional<JsonNode> parsedArguments() {
        if (arguments == null) {
            return Optional.empty();
        }
        try {
            JsonNode parsed = OutputJson.parse(arguments);
            return parsed.isMissingNode() ? Optional.empty() : Optional.of(parsed);
        } catch (OutputJson.Problem notJson) {
            return Optional.empty();
        }
    }
}
