package io.github.genaistreams.wire;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;

/** Checks UTF-8, which Jackson's parser does only partly: it accepts overlong forms and lone surrogates. */
final class Utf8 {

    private static final int BUFFER = 8_192;

    /** A character beyond U+FFFF is two Java characters. */
    private static final int MIN_BUFFER = 2;

    private Utf8() {}

    /** Whether {@code bytes} from {@code start} on are UTF-8 according to RFC 3629. */
    static boolean isValid(byte[] bytes, int start) {
        int other = start;
        while (other < bytes.length && bytes[other] >= 0) {
            other++;
        }
        if (other == bytes.length) {
            // Most records are ASCII, and a decoder takes several times as long.
            return true;
        }
        CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
        ByteBuffer in = ByteBuffer.wrap(bytes, other, bytes.length - other);
        CharBuffer unused = CharBuffer.allocate(Math.min(BUFFER, Math.max(MIN_BUFFER, in.remaining())));
        CoderResult result;
        do {
            result = decoder.decode(in, unused.clear(), true);
        } while (result.isOverflow());
        return result.isUnderflow();
    }
}
