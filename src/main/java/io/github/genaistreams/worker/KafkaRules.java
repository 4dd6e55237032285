package io.github.genaistreams.worker;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.streams.StreamsConfig;

/**
 * Kafka and Kafka Streams settings that a user cannot choose: those that have a setting of this program, and those that
 * a guarantee depends on. They are refused by name, so that none is overridden silently. A value that equals the
 * required one is accepted.
 */
final class KafkaRules {

    /** Prefixes by which Kafka Streams takes a setting for some of its clients only. */
    private static final List<String> CLIENTS = List.of(
            StreamsConfig.MAIN_CONSUMER_PREFIX,
            StreamsConfig.RESTORE_CONSUMER_PREFIX,
            StreamsConfig.GLOBAL_CONSUMER_PREFIX,
            StreamsConfig.CONSUMER_PREFIX,
            StreamsConfig.PRODUCER_PREFIX,
            StreamsConfig.ADMIN_CLIENT_PREFIX);

    /** Kafka's name of each setting that this program has under its own name. */
    private static final Map<String, String> OURS = Map.of(
            StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, GenAiConfig.BOOTSTRAP_SERVERS,
            StreamsConfig.APPLICATION_ID_CONFIG, GenAiConfig.APPLICATION_ID,
            ConsumerConfig.GROUP_ID_CONFIG, GenAiConfig.APPLICATION_ID,
            ConsumerConfig.GROUP_INSTANCE_ID_CONFIG, GenAiConfig.WORKER_ID,
            StreamsConfig.STATE_DIR_CONFIG, GenAiConfig.STATE_DIR,
            StreamsConfig.NUM_STREAM_THREADS_CONFIG, GenAiConfig.STREAM_THREADS,
            StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, GenAiConfig.COMMIT_INTERVAL_MS,
            ConsumerConfig.MAX_POLL_RECORDS_CONFIG, GenAiConfig.MAX_POLL_RECORDS);

    /** The only values with which the guarantees hold. */
    private static final Map<String, List<String>> MUST_BE = Map.ofEntries(
            Map.entry(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, List.of(StreamsConfig.EXACTLY_ONCE_V2)),
            Map.entry(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, List.of("true")),
            Map.entry(ProducerConfig.ACKS_CONFIG, List.of("all", "-1")),
            Map.entry(ConsumerConfig.ISOLATION_LEVEL_CONFIG, List.of("read_committed")),
            // A partition that is new to the group is read from its beginning. Otherwise earlier requests would be
            // lost.
            Map.entry(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, List.of("earliest")),
            Map.entry(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, List.of("false")),
            Map.entry(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, List.of("false")),
            Map.entry(StreamsConfig.GROUP_PROTOCOL_CONFIG, List.of("classic")),
            Map.entry(StreamsConfig.MAX_TASK_IDLE_MS_CONFIG, List.of("-1")),
            Map.entry(StreamsConfig.ENSURE_EXPLICIT_INTERNAL_RESOURCE_NAMING_CONFIG, List.of("true")),
            Map.entry(StreamsConfig.ACCEPTABLE_RECOVERY_LAG_CONFIG, List.of(Long.toString(Long.MAX_VALUE))));

    /** Settings that a worker sets itself. */
    private static final Set<String> NOT_FOR_USERS = Set.of(
            ProducerConfig.TRANSACTIONAL_ID_CONFIG,
            ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG,
            ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG,
            ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG,
            ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG,
            ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG,
            StreamsConfig.DEFAULT_TIMESTAMP_EXTRACTOR_CLASS_CONFIG,
            StreamsConfig.TASK_ASSIGNOR_CLASS_CONFIG,
            StreamsConfig.DEFAULT_CLIENT_SUPPLIER_CONFIG);

    private KafkaRules() {}

    /**
     * @param settings    Kafka settings without our prefix
     * @param recordBytes size of the largest record that a worker writes
     * @throws ConfigException for the first setting that the user cannot choose; it names the setting and what to do
     *     instead
     */
    static void check(Map<String, ?> settings, int recordBytes) {
        new TreeMap<>(settings).forEach((key, given) -> check(key, given, recordBytes));
    }

    private static void check(String key, Object given, int recordBytes) {
        String name = withoutClient(key);
        String value = String.valueOf(given).strip();
        if (OURS.containsKey(name)) {
            throw new ConfigException(refused(key, "use the setting " + OURS.get(name)));
        }
        if (NOT_FOR_USERS.contains(name)) {
            throw new ConfigException(refused(key, "the program sets it itself"));
        }
        List<String> must = MUST_BE.getOrDefault(name, List.of(value));
        if (!must.contains(value)) {
            throw new ConfigException(refused(key, "the guarantees need " + must.get(0) + ", so remove it"));
        }
        if (name.equals(ProducerConfig.MAX_REQUEST_SIZE_CONFIG)) {
            checkRequestSize(key, value, recordBytes);
        }
    }

    private static void checkRequestSize(String key, String value, int recordBytes) {
        if (value.matches("\\d{1,9}") && Integer.parseInt(value) < recordBytes) {
            throw new ConfigException(refused(
                    key,
                    "records of " + recordBytes + " bytes must fit into a request (" + GenAiConfig.RECORD_MAX_BYTES
                            + " and 1 MiB): remove it, or lower " + GenAiConfig.RECORD_MAX_BYTES));
        }
    }

    private static String refused(String key, String reason) {
        return GenAiConfig.KAFKA_PREFIX + key + " cannot have this value: " + reason;
    }

    private static String withoutClient(String key) {
        return CLIENTS.stream()
                .filter(key::startsWith)
                .findFirst()
                .map(prefix -> key.substring(prefix.length()))
                .orElse(key);
    }
}
