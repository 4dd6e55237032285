package io.github.genaistreams.client.content;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The HTML of a tree of blocks, in which a parent's HTML may hold references to other blocks in place of theirs. Whatever the answer
 * says, this ends, and what comes of it is in proportion to it: a block within itself is left out, and there is no text at all of
 * a tree that cannot be told as a whole: one that is too deep, has something else in the place of HTML or of blocks, or makes of its
 * blocks a text ten times as long as they are together. For one thread, once.
 */
final class BlockHtml {

    private static final Pattern REFERENCE =
            Pattern.compile("<content-ref\\s+src\\s*=\\s*['\"]([^'\"]*)['\"]\\s*(?:/>|>\\s*</content-ref>)");

    /** Blocks in blocks, of a document of any kind. */
    private static final int MAX_DEPTH = 50;

    private static final int MAX_REPEATS = 10;

    private final JsonNode document;
    private final Map<String, JsonNode> blocks = new HashMap<>();
    private final Set<String> path = new HashSet<>();
    private final StringBuilder text = new StringBuilder();

    /** What may still be taken in: characters, and one for each block, since a block without text takes time as well. */
    private long left;

    /** Whether everything in it is what it is expected to be, and was told. */
    private boolean isWhole = true;

    BlockHtml(JsonNode document) {
        this.document = document;
        collect(document, 0);
        left *= MAX_REPEATS;
    }

    /** Empty if there is none, or not all of it can be told. */
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

    /** Each on a line of its own, but those without a text. */
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
