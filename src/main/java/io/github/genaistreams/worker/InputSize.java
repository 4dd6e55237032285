package io.github.genaistreams.worker;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.model.UserPrompt;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The size of a request's input, as far as the request itself shows it.
 *
 * @param bytes   UTF-8 bytes of its texts: instructions, prompt, tools and schema
 * @param images  number of images in its prompt
 * @param hasMore whether it has input of unknown size: files, earlier turns, a stored prompt, what hosted tools find
 */
record InputSize(long bytes, int images, boolean hasMore) {

    private static final double BYTES_PER_TOKEN = 4;

    /** 1024 × 1024 pixels in high detail for gpt-4o: https://platform.openai.com/docs/guides/images-vision. */
    static final int IMAGE_TOKENS = 765;

    /** Fields of input items whose texts the model reads. */
    private static final List<String> TEXTS = List.of("content", "text", "output", "arguments", "refusal");

    /** Tools that run at the caller's place: they add no input by themselves. */
    private static final Set<String> OWN_TOOLS = Set.of("function", "custom");

    static InputSize of(ResponsesRequest request) {
        JsonNode format = request.responseFormat();
        long bytes = (request.systemPrompt() == null ? 0 : bytes(request.systemPrompt()))
                + bytes(request.tools())
                + bytes(format == null ? null : format.findValue("schema"));
        boolean hasMore = request.previousResponseId() != null
                || isSet(request.conversation())
                || isSet(request.prompt())
                || hasHostedTool(request.tools());
        InputSize size = new InputSize(bytes, 0, hasMore);
        if (request.userPrompt() instanceof UserPrompt.Text text) {
            return size.plus(new InputSize(bytes(text.text()), 0, false));
        }
        if (request.userPrompt() instanceof UserPrompt.Items items) {
            for (JsonNode item : items.items()) {
                size = size.plus(ofItem(item));
            }
        }
        return size;
    }

    private static InputSize ofItem(JsonNode item) {
        if (item.isTextual()) {
            return new InputSize(bytes(item.textValue()), 0, false);
        }
        String type = item.path("type").asText();
        var size = new InputSize(0, type.equals("input_image") ? 1 : 0, type.equals("input_file"));
        if (item.isArray()) {
            for (JsonNode part : item) {
                size = size.plus(ofItem(part));
            }
        }
        for (String field : TEXTS) {
            if (item.has(field)) {
                size = size.plus(ofItem(item.get(field)));
            }
        }
        return size;
    }

    /**
     * Its tokens: a token for every 4 bytes, and {@value #IMAGE_TOKENS} for an image.
     *
     * @param ratio for texts that have more or fewer tokens, such as 1.2 for a fifth more
     */
    long tokens(double ratio) {
        return (long) Math.ceil(bytes / BYTES_PER_TOKEN * ratio) + (long) images * IMAGE_TOKENS;
    }

    private InputSize plus(InputSize other) {
        return new InputSize(bytes + other.bytes, images + other.images, hasMore || other.hasMore);
    }

    private static boolean hasHostedTool(@Nullable JsonNode tools) {
        return tools != null
                && tools.valueStream()
                        .anyMatch(tool -> !OWN_TOOLS.contains(tool.path("type").asText()));
    }

    private static long bytes(@Nullable JsonNode json) {
        return json == null || json.isNull() ? 0 : bytes(json.toString());
    }

    private static long bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }

    private static boolean isSet(@Nullable JsonNode json) {
        return json != null && !json.isNull();
    }
}
