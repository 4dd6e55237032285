package io.github.genaistreams.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class Utf8Test {

    /** Pieces of all kinds, whole and broken, between ASCII of any length, as the JDK judges them. */
    @Test
    void isWhatTheJdkTakes() {
        byte[][] pieces = {
            "é".getBytes(UTF_8),
            "€".getBytes(UTF_8),
            "😀".getBytes(UTF_8),
            {(byte) 0x80},
            {(byte) 0xC0, (byte) 0xAF},
            {(byte) 0xE0, (byte) 0x80, (byte) 0xAF},
            {(byte) 0xED, (byte) 0xA0, (byte) 0xBD},
            {(byte) 0xF4, (byte) 0x90, (byte) 0x80, (byte) 0x80},
            {(byte) 0xF0, (byte) 0x9F},
            {(byte) 0xFF}
        };
        var random = new Random(7);
        int valid = 0;
        for (int i = 0; i < 20_000; i++) {
            var bytes = ByteBuffer.allocate(100);
            for (int part = random.nextInt(4); part >= 0; part--) {
                bytes.put("x".repeat(random.nextInt(20)).getBytes(UTF_8));
                bytes.put(pieces[random.nextInt(random.nextInt(3) == 0 ? pieces.length : 3)]);
            }
            byte[] all = Arrays.copyOf(bytes.array(), bytes.position());
            int start = random.nextInt(Math.min(10, all.length));

            boolean isValid = isDecodable(all, start);

            assertThat(Utf8.isValid(all, start)).as(Arrays.toString(all)).isEqualTo(isValid);
            valid += isValid ? 1 : 0;
        }
        assertThat(valid).isBetween(5_000, 15_000);
    }

    private static boolean isDecodable(byte[] bytes, int start) {
        try {
            UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, start, bytes.length - start));
            return true;
        } catch (CharacterCodingException e) {
            return false;
        }
    }
}
