package io.github.genaistreams.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * The user's input to the model. On the wire, a text is a string and items are a list.
 *
 * @see <a href="https://platform.openai.com/docs/api-reference/responses/create">Create a response: input</a>
 */
public sealed interface UserPrompt {

    /** One text. */
    record Text(String text) implements UserPrompt {
        public Text {
            Objects.requireNonNull(text, "text");
        }

        @Override
        public boolean isBlank() {
            return text.isBlank();
        }

        @Override
        public long length() {
            return text.length();
        }
    }

    /**
     * Input items of the Responses API, unchanged: messages with texts, images and files, outputs of tools, items of an
     * earlier answer. The trees must not be changed.
     */
    record Items(List<JsonNode> items) implements UserPrompt {
        public Items {
            items = List.copyOf(items);
        }

        @Override
        public boolean isBlank() {
            return items.isEmpty();
        }

        @Override
        public long length() {
            return items.stream().mapToLong(Items::length).sum();
        }

        private static long length(JsonNode tree) {
            if (!tree.isContainerNode()) {
                return tree.isTextual() ? tree.textValue().length() : 8;
            }
            long length = 0;
            for (JsonNode child : tree) {
                length += length(child);
            }
            return length;
        }
    }

    static UserPrompt text(String text) {
        return new Text(text);
    }

    static UserPrompt items(List<JsonNode> items) {
        return new Items(items);
    }

    /**
     * A prompt from its JSON form.
     *
     * @throws IllegalArgumentException if it is neither a string nor a list
     */
    static UserPrompt of(JsonNode json) {
        if (json.isTextual()) {
            return new Text(json.textValue());
        }
        if (json.isArray()) {
            var items = new ArrayList<JsonNode>(json.size());
            json.forEach(items::add);
            return new Items(items);
        }
        throw new IllegalArgumentException("a prompt is a string or a list of input items");
    }

    /** Whether it is blank: white space only, or a list without items. */
    boolean isBlank();

    /** Approximate number of characters of all its texts. */
    long length();
}
