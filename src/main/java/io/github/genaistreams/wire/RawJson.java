package io.github.genaistreams.wire;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.POJONode;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/**
 * A JSON value for a record: a tree, or a text that is copied ({@link JsonReading}). Immutable, as long as its tree is
 * not changed.
 */
public final class RawJson {

    private final JsonNode tree;
    private final byte[] text;

    private RawJson(JsonNode tree, byte[] text) {
        this.tree = tree;
        this.text = text;
    }

    /** The value of this tree, not null. */
    public static RawJson of(JsonNode tree) {
        return new RawJson(Objects.requireNonNull(tree, "tree"), null);
    }

    /** @param text one JSON value in UTF-8 that all record readers accept; must not be changed from now on */
    static RawJson ofText(byte[] text) {
        return new RawJson(null, text);
    }

    /** The value as a tree; a text is parsed each time. */
    public JsonNode tree() {
        return tree == null ? ValueCodecs.treeOf(string()) : tree;
    }

    /** The value as a field of a record to be written. */
    public JsonNode node() {
        return tree == null ? new POJONode(this) : tree;
    }

    /** Its text in UTF-8, or null if it is a tree. Must not be changed. */
    public byte[] text() {
        return text;
    }

    /** The tree of {@link #node}; null if it is a text. */
    static RawJson in(JsonNode node) {
        return node instanceof POJONode pojo && pojo.getPojo() instanceof RawJson raw ? raw : null;
    }

    String string() {
        return new String(text, StandardCharsets.UTF_8);
    }

    void write(JsonGenerator out) throws IOException {
        if (out.getOutputTarget() instanceof OutputStream bytes) {
            // Jackson cannot write bytes that are already JSON. Writing an empty value produces the necessary
            // separators.
            out.writeRawValue("");
            out.flush();
            bytes.write(text);
        } else {
            out.writeRawValue(string());
        }
    }
}
