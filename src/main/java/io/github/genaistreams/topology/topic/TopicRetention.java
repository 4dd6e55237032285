package io.github.genaistreams.topology.topic;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.config.TopicConfig;

/**
 * The retention of topics. A topic that was not checked, or may delete a record for another reason than its age, counts
 * as unsafe. Thread-safe.
 */
final class TopicRetention {

    private static final long FOREVER = Long.MAX_VALUE;

    private final Map<String, Long> millis = new ConcurrentHashMap<>();

    /** The present configuration of a topic. */
    void put(String topic, Config config) {
        boolean forgetsByAge = Set.of(TopicConfig.CLEANUP_POLICY_DELETE, "")
                .contains(value(config, TopicConfig.CLEANUP_POLICY_CONFIG));
        boolean forgetsBySize = !"-1".equals(value(config, TopicConfig.RETENTION_BYTES_CONFIG));
        String age = value(config, TopicConfig.RETENTION_MS_CONFIG);
        if (!forgetsByAge || forgetsBySize || !age.matches("-?\\d{1,18}")) {
            millis.remove(topic);
        } else {
            long retention = Long.parseLong(age);
            millis.put(topic, retention < 0 ? FOREVER : retention);
        }
    }

    private static String value(Config config, String name) {
        ConfigEntry entry = config.get(name);
        return entry == null || entry.value() == null ? "?" : entry.value().strip();
    }

    /**
     * A record is safe for half of its retention: long enough to notice that it is still needed, and to write it
     * elsewhere.
     */
    boolean keeps(String topic, long timestamp, long now) {
        Long retention = millis.get(topic);
        return retention != null && (retention == FOREVER || now - timestamp < retention / 2);
    }
}
