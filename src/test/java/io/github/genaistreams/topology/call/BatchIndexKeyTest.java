package io.github.genaistreams.topology.call;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.apache.kafka.common.utils.Bytes;
import org.junit.jupiter.api.Test;

class BatchIndexKeyTest {

    @Test
    void keepsTheOrderOfNumbersWhenBytesAreCompared() {
        List<Integer> numbers = List.of(0, 1, 127, 128, 255, 256, 65_536, Integer.MAX_VALUE);

        assertThat(numbers.stream().map(number -> key("b", number))).isSorted();
        assertThat(numbers).allSatisfy(number -> assertThat(BatchIndexKey.number(BatchIndexKey.of("b", number)))
                .isEqualTo(number));
    }

    @Test
    void hasNothingOfAnotherBatchBetweenTheFirstAndTheLastOfABatch() {
        Bytes first = key("b", 0);
        Bytes last = key("b", Integer.MAX_VALUE);

        for (String other : List.of("a", "c", "b\0", "b\0\0\0\0", "bb", "\0b")) {
            for (int number : List.of(0, 1, Integer.MAX_VALUE)) {
                Bytes key = key(other, number);
                assertThat(key.compareTo(first) < 0 || key.compareTo(last) > 0)
                        .as("%s/%d", other, number)
                        .isTrue();
            }
        }
    }

    @Test
    void refusesAnIdWhoseLengthItCannotSay() {
        assertThatThrownBy(() -> BatchIndexKey.of("b".repeat(Short.MAX_VALUE + 1), 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a batch ID of 32768 bytes");
    }

    private static Bytes key(String batchId, int number) {
        return Bytes.wrap(BatchIndexKey.of(batchId, number));
    }
}
