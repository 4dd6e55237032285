package io.github.genaistreams.topology.topic;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.config.TopicConfig;

/**
 * How long topics keep their records. A topic that was not looked at, or may forget a record for another reason than its age, keeps none
 * that anybody could count on. Thread-safe.
 */
final class TopicRetention {

    private static final long FOREVER = Long.MAX_VALUE;

    private final Map<String, Long> millis = new ConcurrentHashMap<>();

    /** What the configuration of a topic says now. */
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

    /** For half of its retention a record is safe: long enough to see that it is still needed, and to write it elsewhere. */
    boolean keeps(String topic, long timestamp, long now) {
        Long retention = millis.get(topic);
        return retention != null && (retention == FOREVER || now - timestamp < retention / 2);
    }
}
