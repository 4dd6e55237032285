package io.github.genaistreams.topology.topic;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TopicRetentionTest {

    private static final long NOW = 1_790_000_000_000L;

    private final TopicRetention retention = new TopicRetention();

    private void put(String policy, String bytes, String millis) {
        List<ConfigEntry> entries = new ArrayList<>();
        entries.add(new ConfigEntry("cleanup.policy", policy));
        entries.add(new ConfigEntry("retention.bytes", bytes));
        entries.add(new ConfigEntry("retention.ms", millis));
        retention.put("t", new Config(entries));
    }

    private boolean keeps(long age) {
        return retention.keeps("t", NOW - age, NOW);
    }

    @Test
    void countsOnARecordForHalfOfItsRetention() {
        put("delete", "-1", "1000");

        assertThat(keeps(499)).isTrue();
        assertThat(keeps(500)).isFalse();
        assertThat(retention.keeps("another", NOW, NOW)).as("never looked at").isFalse();
    }

    @Test
    void countsForEverOnATopicWithoutARetention() {
        put(" delete ", "-1", "-1");
        assertThat(keeps(NOW)).isTrue();

        // Nothing cleans it at all.
        put("", "-1", "-1");
        assertThat(keeps(NOW)).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "compact, -1, -1",
        "'compact,delete', -1, -1",
        ", -1, -1",
        "delete, 1000000, -1",
        "delete, 0, -1",
        "delete, , -1",
        "delete, -1,",
        "delete, -1, soon",
        "delete, -1, 0",
        "delete, -1, 99999999999999999999"
    })
    void countsOnNoTopicThatMayForgetForAnotherReasonOrDoesNotSay(String policy, String bytes, String millis) {
        put("delete", "-1", "-1");
        put(policy, bytes, millis);

        assertThat(keeps(0)).isFalse();
    }

    @Test
    void countsOnNoTopicWhoseSettingsAreNotTold() {
        retention.put("t", new Config(List.of()));

        assertThat(keeps(0)).isFalse();
    }
}
