package io.github.genaistreams.provider.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.Problem;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.model.UserPrompt;
import io.github.genaistreams.provider.UrlHosts;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The URLs in a request that the API fetches from or connects to: images and files of the prompt, and servers of tools.
 * URLs in texts are not checked, nor are those that a tool finds.
 */
public final class RequestUrls {

    private static final Set<String> NAMES = Set.of("image_url", "file_url", "audio_url", "video_url", "server_url");

    private RequestUrls() {}

    /** The first URL that is not allowed. */
    public static Optional<CallError> firstRefused(ResponsesRequest request, UrlHosts hosts) {
        return hosts.isLimited()
                ? Problem.first(
                        () -> items(request.userPrompt(), hosts),
                        () -> within("prompt", request.prompt(), hosts),
                        () -> within("tools", request.tools(), hosts),
                        () -> within("extra_body", request.extraBody(), hosts))
                : Optional.empty();
    }

    private static Optional<CallError> items(@Nullable UserPrompt prompt, UrlHosts hosts) {
        return prompt instanceof UserPrompt.Items items
                ? within("user_prompt", JsonNodeFactory.instance.arrayNode().addAll(items.items()), hosts)
                : Optional.empty();
    }

    private static Optional<CallError> within(String path, @Nullable JsonNode tree, UrlHosts hosts) {
        if (tree == null) {
            return Optional.empty();
        }
        for (int i = 0; tree.isArray() && i < tree.size(); i++) {
            Optional<CallError> refused = within(path + "[" + i + "]", tree.get(i), hosts);
            if (refused.isPresent()) {
                return refused;
            }
        }
        for (var field : tree.properties()) {
            String name = path + "." + field.getKey();
            Optional<CallError> refused =
                    NAMES.contains(field.getKey()) ? url(name, field.getValue(), hosts) : Optional.empty();
            if (refused.isEmpty()) {
                refused = within(name, field.getValue(), hosts);
            }
            if (refused.isPresent()) {
                return refused;
            }
        }
        return Optional.empty();
    }

    /** A URL is a text, or an object with one, as in the Chat API. Nothing is fetched for a data URL. */
    private static Optional<CallError> url(String path, JsonNode value, UrlHosts hosts) {
        JsonNode url = value.isObject() ? value.path("url") : value;
        return url.isTextual() && !url.textValue().startsWith("data:")
                ? hosts.refusal(path, url.textValue())
                : Optional.empty();
    }
}
