package io.github.genaistreams.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.genaistreams.model.ItemKey;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.apache.kafka.clients.producer.internals.BuiltInPartitioner;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class KeysAndTopicsTest {

    @Test
    void aKeyHasOneSpelling() {
        assertThat(new String(ItemKeys.encode(new ItemKey("b\"ä", 3)), UTF_8))
                .isEqualTo("{\"batch_id\":\"b\\\"ä\",\"index\":3}");
    }

    @Property
    void aKeyComesBack(@ForAll String batchId, @ForAll int index) {
        var key = new ItemKey(batchId, index);

        assertThat(ItemKeys.decode(ItemKeys.encode(key))).isEqualTo(key);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "b",
                "{}",
                "{\"batch_id\":\"b\"}",
                "{\"index\":1}",
                "{\"batch_id\":\"b\",\"index\":\"1\"}",
                "{\"batch_id\":\"b\",\"index\":1}x",
                "[]",
                "{\"batch_id\":\"b\",\"index\":1,\"more\":1}"
            })
    void anythingElseIsNotAKey(String text) {
        assertThatThrownBy(() -> ItemKeys.decode(text.getBytes(UTF_8)))
                .isInstanceOf(WireException.class)
                .hasMessageStartingWith("not an item key: ");
    }

    @Property
    void aPlainProducerKeyedByBatchIdAgreesOnThePartition(
            @ForAll String batchId, @ForAll @IntRange(min = 1, max = 10_000) int partitions) {
        byte[] key;
        try (var serializer = new StringSerializer()) {
            key = serializer.serialize("any", batchId);
        }

        assertThat(BatchPartitioner.partition(batchId, partitions))
                .isEqualTo(BuiltInPartitioner.partitionForKey(key, partitions));
    }

    @Test
    void namesStartWithThePrefix() {
        Topics topics = Topics.withDefaultPrefix();

        assertThat(topics.requests("responses")).isEqualTo("genai.responses.requests");
        assertThat(topics.retries("responses")).isEqualTo("genai.responses.retries");
        assertThat(topics.results()).isEqualTo("genai.results");
        assertThat(topics.batches()).isEqualTo("genai.batches");
        assertThat(topics.resultsOrdered()).isEqualTo("genai.results.ordered");
        assertThat(topics.control()).isEqualTo("genai.control");
        assertThat(topics.deadLetters()).isEqualTo("genai.dead-letters");
    }

    @Test
    void theLongestPrefixStillGivesNamesThatKafkaTakes() {
        Topics topics = new Topics("p".repeat(200));

        Topic.validate(topics.requests("a".repeat(31)));
        Topic.validate(topics.resultsOrdered());
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(strings = {"a b", "ä.", "a/", "a\n"})
    void aPrefixThatKafkaWouldRefuseIsRefused(String prefix) {
        assertThatThrownBy(() -> new Topics(prefix))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("topic prefix");
    }
}
