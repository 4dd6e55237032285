package io.github.genaistreams.client.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.roaringbitmap.RoaringBitmap;

class ReadPositionTest {

    @Test
    void isAShortTextAfterAMillionResultsInOrder() {
        var taken = new RoaringBitmap();
        taken.add(0L, 1_000_000L);
        var position = new ReadPosition("b", "results-0", 1_000_017, taken, new RoaringBitmap(), 2_000_000);

        assertThat(position.toString()).hasSizeLessThan(800).matches("1:[A-Za-z0-9_-]+");
        assertThat(ReadPosition.parse(position.toString())).isEqualTo(position);
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(strings = {"", "1:", "1:abc", "2:AAAA", "1:AAAAAAAAAAA", "1:!!!!", "12345", "1:__________8AAAAA"})
    void refusesAnInvalidPosition(String text) {
        assertThatThrownBy(() -> ReadPosition.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("BatchResults.position()");
    }

    @Property(tries = 500)
    void refusesATextThatWasCut(@ForAll byte cut) {
        var taken = new RoaringBitmap();
        taken.add(3L, 90L);
        String text = new ReadPosition("b", "results-0", 17, taken, new RoaringBitmap(), null).toString();
        int length = Math.floorMod(cut, text.length());

        assertThatThrownBy(() -> ReadPosition.parse(text.substring(0, length)))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
