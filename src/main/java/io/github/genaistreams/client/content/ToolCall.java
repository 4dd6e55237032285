package io.github.genaistreams.client.content;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A tool that the model called: one for the caller to run ({@code function_call}, {@code custom_tool_call}), one that
 * ran at the provider ({@code web_search_call}, {@code mcp_call}, …), or one that waits for approval
 * ({@code mcp_approval_request}).
 *
 * @param type      the output item's type
 * @param callId    the ID that an answer to the call must name; the item's own ID if it has no call ID; null if it has
 *     neither
 * @param name      the tool's name; null if the type is enough
 * @param arguments what the model passed, unchanged: JSON for functions, any text for custom tools; null if the item
 *     has them in its own fields
 * @param item      the whole output item
 */
public record ToolCall(
        String type,
        @Nullable String callId,
        @Nullable String name,
        @Nullable String arguments,
        JsonNode item) {

    /** The arguments as JSON; empty if there are none or they are not valid JSON, which can happen. */
    public Optional<JsonNode> parsedArguments() {
        if (arguments == null) {
            return Optional.empty();
        }
        try {
            JsonNode parsed = OutputJson.parse(arguments);
            return parsed.isMissingNode() ? Optional.empty() : Optional.of(parsed);
        } catch (OutputJson.JsonProblem notJson) {
            return Optional.empty();
        }
    }
}
