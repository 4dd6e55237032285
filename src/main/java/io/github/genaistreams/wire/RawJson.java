package io.github.genaistreams.wire;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.POJONode;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A JSON value for a record: a tree, or a text that is copied ({@link JsonReading}). Immutable, as long as its tree is
 * not changed.
 */
public final class RawJson {

    private final @Nullable JsonNode tree;
    private final byte @Nullable [] text;

    private RawJson(@Nullable JsonNode tree, byte @Nullable [] text) {
        this.tree = tree;
        this.text = text;
    }

    /** The value of this tree. */
    public static RawJson of(JsonNode tree) {
        return new RawJson(Objects.requireNonNull(tree, "tree"), null);
    }

    /** @param text one JSON value in UTF-8 that all record readers accept; must not be changed from now on */
    static RawJson ofText(byte[] text) {
        return new RawJson(null, text);
    }

    /** The value as a tree; a text is parsed each time. */
    public JsonNode tree() {
        return tree == null ? Objects.requireNonNull(ValueCodecs.treeOf(string())) : tree;
    }

    /** The value as a field of a record to be written. */
    public JsonNode node() {
        return tree == null ? new POJONode(this) : tree;
    }

    /** Its text in UTF-8; null if it is a tree. Must not be changed. */
    public byte @Nullable [] text() {
        return text;
    }

    /** The tree of {@link #node}; null if it is a text. */
    static @Nullable RawJson in(@Nullable JsonNode node) {
        return node instanceof POJONode pojo && pojo.getPojo() instanceof RawJson raw ? raw : null;
    }

    String string() {
        return new String(copied(), StandardCharsets.UTF_8);
    }

    /** The text of a value that is not a tree. */
    private byte[] copied() {
        return Objects.requireNonNull(text, "text");
    }

    void write(JsonGenerator out) throws IOException {
        if (out.getOutputTarget() instanceof OutputStream bytes) {
            // Jackson cannot write bytes that are already JSON. Writing an empty value produces the necessary
            // separators.
            out.writeRawValue("");
            out.flush();
            bytes.write(copied());
        } else {
            out.writeRawValue(string());
        }
    }
}
