package io.github.genaistreams.wire;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.POJONode;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/**
 * A JSON value on its way into a record: a tree, or a text that is copied as it is ({@link JsonReading}). Immutable, as long as
 * nobody changes its tree.
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

    /** @param text one JSON value in UTF-8 that all readers of records take; nobody else's from now on */
    static RawJson ofText(byte[] text) {
        return new RawJson(null, text);
    }

    /** The value for whoever looks at it; a text is read anew each time. */
    public JsonNode tree() {
        return tree == null ? ValueCodecs.treeOf(string()) : tree;
    }

    /** The value as a field of a record that is written, and not looked at before. */
    public JsonNode node() {
        return tree == null ? new POJONode(this) : tree;
    }

    /** Its text in UTF-8, or null if it is a tree. Not to be changed. */
    public byte[] text() {
        return text;
    }

    /** What {@link #node} holds; null if it is a tree. */
    static RawJson in(JsonNode node) {
        return node instanceof POJONode pojo && pojo.getPojo() instanceof RawJson raw ? raw : null;
    }

    String string() {
        return new String(text, StandardCharsets.UTF_8);
    }

    void write(JsonGenerator out) throws IOException {
        if (out.getOutputTarget() instanceof OutputStream bytes) {
            // Jackson has no way to write bytes that are JSON already: an empty value does what belongs before it.
            out.writeRawValue("");
            out.flush();
            bytes.write(text);
        } else {
            out.writeRawValue(string());
        }
    }
}
