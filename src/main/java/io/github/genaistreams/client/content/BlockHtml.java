package io.github.genaistreams.client.content;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The HTML of a tree of blocks. A parent's HTML may contain references to other blocks in place of their HTML. For any
 * answer, this ends, and the size of the text is limited by the size of the answer. A block inside itself is left out.
 * There is no text if the tree is too deep, has other values in place of HTML or blocks, or would give a text ten times
 * as long as its blocks. For one thread and one use.
 */
final class BlockHtml {

    private static final Pattern REFERENCE =
            Pattern.compile("<content-ref\\s+src\\s*=\\s*['\"]([^'\"]*)['\"]\\s*(?:/>|>\\s*</content-ref>)");

    /** Maximum depth of nested blocks. */
    private static final int MAX_DEPTH = 50;

    private static final int MAX_REPEATS = 10;

    private final JsonNode document;
    private final Map<String, JsonNode> blocks = new HashMap<>();
    private final Set<String> path = new HashSet<>();
    private final StringBuilder text = new StringBuilder();

    /** The remaining budget in characters. Each block also costs one, since a block without text takes time as well. */
    private long left;

    /** Whether everything has the expected form and was included. */
    private boolean isWhole = true;

    BlockHtml(JsonNode document) {
        this.document = document;
        collect(document, 0);
        left *= MAX_REPEATS;
    }

    /** Empty if there is no HTML or the tree cannot be rendered completely. */
    String text() {
        addAll(document.path("children"), 0);
        return isWhole ? text.toString() : "";
    }

    private void collect(JsonNode block, int depth) {
        JsonNode children = block.path("children");
        isWhole &= isOrNone(children, children.isArray()) && (depth <= MAX_DEPTH || children.isEmpty());
        if (!isWhole) {
            return;
        }
        for (JsonNode child : children) {
            left += cost(child);
            isWhole &= child.isObject()
                    && isOrNone(child.path("html"), child.path("html").isTextual());
            if (child.path("id").isTextual()) {
                blocks.put(child.get("id").textValue(), child);
            }
            collect(child, depth + 1);
        }
    }

    private static boolean isOrNone(JsonNode value, boolean isExpected) {
        return isExpected || value.isNull() || value.isMissingNode();
    }

    private static long cost(JsonNode block) {
        return 1 + DocumentContents.text(block).length();
    }

    /** Adds each child on its own line, except children without a text. */
    private void addAll(JsonNode children, int depth) {
        int start = text.length();
        for (JsonNode child : children) {
            int before = text.length();
            text.append(before > start ? "\n" : "");
            int from = text.length();
            add(child, depth);
            if (text.length() == from) {
                text.setLength(before);
            }
        }
    }

    private void add(JsonNode block, int depth) {
        String id = block.path("id").asText("");
        left -= cost(block);
        isWhole &= left >= 0 && depth <= MAX_DEPTH;
        if (!isWhole || !id.isEmpty() && !path.add(id)) {
            return;
        }
        if (block.path("html").asText("").isBlank() && !block.path("children").isEmpty()) {
            addAll(block.get("children"), depth + 1);
        } else {
            resolve(DocumentContents.text(block), depth);
        }
        path.remove(id);
    }

    private void resolve(String html, int depth) {
        Matcher reference = REFERENCE.matcher(html);
        int from = 0;
        while (reference.find()) {
            text.append(html, from, reference.start());
            from = reference.end();
            JsonNode target = blocks.get(reference.group(1));
            if (target == null) {
                text.append(reference.group());
            } else {
                add(target, depth + 1);
            }
        }
        text.append(html, from, html.length());
    }
}
