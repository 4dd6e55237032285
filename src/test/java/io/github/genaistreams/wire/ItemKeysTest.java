package io.github.genaistreams.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.genaistreams.model.ItemKey;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ItemKeysTest {

    @Property
    void decodesWhatItEncoded(
            @ForAll @StringLength(min = 1, max = 40) String batchId, @ForAll @IntRange(min = 0) int index) {
        ItemKey key;
        try {
            key = new ItemKey(batchId, index);
        } catch (IllegalArgumentException refused) {
            return;
        }
        byte[] bytes = ItemKeys.encode(key);
        assertThat(ItemKeys.decode(bytes)).isEqualTo(key);
        assertThat(ItemKeys.find(bytes)).contains(key);
        assertThat(ItemKeys.encode(ItemKeys.decode(bytes))).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "null", "7", "customer-17", "{", "[]", "{}", "{\"batch_id\":\"b\"}", "{\"index\":3}"})
    void findsNoItemInAnotherProgramsKey(String key) {
        assertThat(ItemKeys.find(key.getBytes(UTF_8))).isEmpty();
        assertThatThrownBy(() -> ItemKeys.decode(key.getBytes(UTF_8))).isInstanceOf(WireException.class);
    }

    @Test
    void findsNoItemWithoutAKey() {
        assertThat(ItemKeys.find(null)).isEmpty();
    }
}
