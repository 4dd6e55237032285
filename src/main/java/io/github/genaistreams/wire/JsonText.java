package io.github.genaistreams.wire;

import com.fasterxml.jackson.core.exc.StreamWriteException;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.ObjectWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * Writes JSON that UTF-8 can represent. A model's answer may be cut in the middle of a surrogate pair. UTF-8 cannot
 * represent half a pair; JSON can, with an escape. Such texts are rare, so escapes are used only where they are
 * necessary.
 */
final class JsonText {

    private JsonText() {}

    static byte[] utf8(ObjectWriter writer, Object value) throws IOException {
        try {
            return writer.writeValueAsBytes(value);
        } catch (StreamWriteException e) {
            return escaped(writer, value).getBytes(StandardCharsets.UTF_8);
        }
    }

    static String text(ObjectWriter writer, Object value) throws IOException {
        String text = writer.writeValueAsString(value);
        return isWellFormed(text) ? text : escaped(writer, value);
    }

    private static String escaped(ObjectWriter writer, Object value) throws IOException {
        return writer.with(JsonWriteFeature.ESCAPE_NON_ASCII).writeValueAsString(value);
    }

    /** Whether all surrogates form pairs. */
    static boolean isWellFormed(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isSurrogate(c)) {
                boolean paired = Character.isHighSurrogate(c)
                        && i + 1 < text.length()
                        && Character.isLowSurrogate(text.charAt(i + 1));
                if (!paired) {
                    return false;
                }
                i++;
            }
        }
        return true;
    }
}
