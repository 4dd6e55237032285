package io.github.genaistreams.wire;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Checks UTF-8, which Jackson's parser does only in part: it takes overlong forms and lone surrogates. */
final class Utf8 {

    private static final VarHandle WORDS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());

    /** The bits that no ASCII has. */
    private static final long NOT_ASCII = 0x8080_8080_8080_8080L;

    private Utf8() {}

    /** Whether {@code bytes} from {@code start} on are UTF-8 as RFC 3629 has it. */
    static boolean isValid(byte[] bytes, int start) {
        int at = afterAscii(bytes, start);
        while (at < bytes.length) {
            int length = lengthOfSequence(bytes, at);
            if (length == 0) {
                return false;
            }
            at = afterAscii(bytes, at + length);
        }
        return true;
    }

    /** Where the first byte is from {@code start} on that is not ASCII: eight at a time, since nearly all are. */
    private static int afterAscii(byte[] bytes, int start) {
        int at = start;
        while (at <= bytes.length - Long.BYTES && ((long) WORDS.get(bytes, at) & NOT_ASCII) == 0) {
            at += Long.BYTES;
        }
        while (at < bytes.length && bytes[at] >= 0) {
            at++;
        }
        return at;
    }

    /** Length of the valid sequence of two to four bytes at {@code at}, 0 if there is none. */
    private static int lengthOfSequence(byte[] bytes, int at) {
        int first = bytes[at] & 0xFF;
        int length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
        if (first < 0xC2 || first > 0xF4 || at + length > bytes.length) {
            return 0;
        }
        int second = bytes[at + 1] & 0xFF;
        // The second byte's range rules out overlong forms, surrogates and what is past U+10FFFF.
        int lowest = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
        int highest = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
        if (second < lowest || second > highest) {
            return 0;
        }
        for (int i = 2; i < length; i++) {
            if ((bytes[at + i] & 0xC0) != 0x80) {
                return 0;
            }
        }
        return length;
    }
}
