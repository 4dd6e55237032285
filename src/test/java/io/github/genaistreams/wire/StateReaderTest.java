package io.github.genaistreams.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.Function;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StateReaderTest {

    @Property(tries = 200)
    void whatWasWrittenIsRead(
            @ForAll int number,
            @ForAll long large,
            @ForAll short few,
            @ForAll byte[] bytes,
            @ForAll @IntRange(min = 0) int small) {
        var out = new StateWriter(3, 1);
        out.write(number);
        out.write(large);
        out.write(few);
        out.write(bytes);
        out.writeSmall(small);
        out.write("ü\uD83D\uDE00");
        out.writeOptional(null);
        out.writeOptional("");
        out.write(true);

        String read = StateReader.read("a test", out.bytes(), 3, in -> {
            assertThat(in.version()).isEqualTo(3);
            assertThat(in.readInt()).isEqualTo(number);
            assertThat(in.readLong()).isEqualTo(large);
            assertThat(in.readShort()).isEqualTo(Short.toUnsignedInt(few));
            assertThat(in.readBytes()).isEqualTo(bytes);
            assertThat(in.readSmall()).isEqualTo(small);
            String text = in.readText();
            assertThat(in.readOptional()).isNull();
            assertThat(in.readOptional()).isEmpty();
            assertThat(in.readBoolean()).isTrue();
            assertThat(in.hasMore()).isFalse();
            return text;
        });
        assertThat(read).isEqualTo("ü\uD83D\uDE00");
    }

    @ParameterizedTest
    @ValueSource(ints = {1 << 20, 1_500_000_000, Integer.MAX_VALUE, Integer.MIN_VALUE, -1})
    void noLengthIsTrusted(int claim) {
        byte[] bytes =
                ByteBuffer.allocate(9).put((byte) 1).putInt(claim).putInt(7).array();

        assertRefused(bytes, StateReader::readBytes);
        assertRefused(bytes, StateReader::readText);
        assertRefused(bytes, in -> in.readBytes(in.readInt()));
        assertRefused(bytes, StateReader::readJavaText);
    }

    @Test
    void whatEndsEarlyOrGoesOnIsRefused() {
        var out = new StateWriter(1);
        out.write(7L);

        for (int length = 0; length < out.bytes().length; length++) {
            assertRefused(Arrays.copyOf(out.bytes(), length), StateReader::readLong);
        }
        assertRefused(Arrays.copyOf(out.bytes(), out.bytes().length + 1), StateReader::readLong);
        assertRefused(new byte[] {1, -1, -1, -1, -1, -1, -1}, StateReader::readSmall);
    }

    private static void assertRefused(byte[] bytes, Function<StateReader, Object> fields) {
        assertThatThrownBy(() -> StateReader.read("a test", bytes, 1, fields))
                .isInstanceOf(WireException.class)
                .hasMessageContaining("not a test");
    }
}
