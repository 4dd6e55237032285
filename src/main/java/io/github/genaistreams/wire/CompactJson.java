package io.github.genaistreams.wire;

import java.util.Arrays;

/**
 * Shortens JSON to the form that this program writes, without parsing it. Servers send it with indentation, and with an
 * escape for every character that is not ASCII.
 */
final class CompactJson {

    private static final int ESCAPE = 6;

    private final byte[] json;
    private final byte[] compact;
    private int length;

    private CompactJson(byte[] json) {
        this.json = json;
        this.compact = new byte[json.length];
    }

    /**
     * The same value without white space between its parts, and without unnecessary escapes.
     *
     * @param json one JSON value in UTF-8
     */
    static byte[] of(byte[] json) {
        var made = new CompactJson(json);
        made.make();
        return made.length == json.length ? json : Arrays.copyOf(made.compact, made.length);
    }

    private void make() {
        boolean inText = false;
        for (int at = 0; at < json.length; at++) {
            byte b = json[at];
            if (b == '\\') {
                at += escape(at) - 1;
            } else if (inText || b > ' ' || b < 0) {
                inText ^= b == '"';
                compact[length++] = b;
            }
        }
    }

    /** Writes the character of the escape that begins there, and returns the length of the escape. */
    private int escape(int at) {
        if (json[at + 1] == '/') {
            compact[length++] = '/';
            return 2;
        }
        if (json[at + 1] != 'u') {
            return copy(at, 2);
        }
        int first = unit(at);
        if (Character.isHighSurrogate((char) first) && isEscape(at + ESCAPE)) {
            int second = unit(at + ESCAPE);
            if (Character.isLowSurrogate((char) second)) {
                utf8(Character.toCodePoint((char) first, (char) second));
                return 2 * ESCAPE;
            }
        }
        if (first < ' ' || first == '"' || first == '\\' || Character.isSurrogate((char) first)) {
            return copy(at, ESCAPE);
        }
        utf8(first);
        return ESCAPE;
    }

    private boolean isEscape(int at) {
        return json[at] == '\\' && json[at + 1] == 'u';
    }

    /** The four digits of the escape that begins there. */
    private int unit(int at) {
        int unit = 0;
        for (int i = at + 2; i < at + ESCAPE; i++) {
            unit = unit << 4 | Character.digit(json[i], 16);
        }
        return unit;
    }

    private int copy(int at, int count) {
        System.arraycopy(json, at, compact, length, count);
        length += count;
        return count;
    }

    private void utf8(int character) {
        if (character < 0x80) {
            compact[length++] = (byte) character;
        } else if (character < 0x800) {
            compact[length++] = (byte) (0xC0 | character >> 6);
            next(character);
        } else if (character < 0x10000) {
            compact[length++] = (byte) (0xE0 | character >> 12);
            next(character >> 6);
            next(character);
        } else {
            compact[length++] = (byte) (0xF0 | character >> 18);
            next(character >> 12);
            next(character >> 6);
            next(character);
        }
    }

    private void next(int bits) {
        compact[length++] = (byte) (0x80 | bits & 0x3F);
    }
}
