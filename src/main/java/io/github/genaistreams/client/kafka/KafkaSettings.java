package io.github.genaistreams.client.kafka;

import io.github.genaistreams.registry.RegistrySettings;
import io.github.genaistreams.wire.RecordCompression;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Creates Kafka's clients from the user's properties. A property with the prefix {@code producer.}, {@code consumer.}
 * or {@code admin.} is for those clients only, and wins there, as with Kafka Streams. The user's value overrides a
 * default. It does not override a setting that the client's guarantees depend on (idempotence, read_committed, no
 * group); a warning names that setting.
 */
public final class KafkaSettings {

    private static final Logger LOG = LoggerFactory.getLogger(KafkaSettings.class);

    private static final String PRODUCER = "producer.";
    private static final String CONSUMER = "consumer.";
    private static final String ADMIN = "admin.";
    private static final List<String> CLIENT_PREFIXES = List.of(PRODUCER, CONSUMER, ADMIN);

    /** Settings of every producer. */
    private static final Map<String, Object> PRODUCER_RULES =
            Map.of(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true, ProducerConfig.ACKS_CONFIG, "all");

    /** Settings of every consumer. */
    private static final Map<String, Object> CONSUMER_RULES = Map.of(
            ConsumerConfig.ISOLATION_LEVEL_CONFIG,
            "read_committed",
            ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
            "earliest",
            ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
            false,
            ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG,
            false);

    /** Settings that must not be set, since transactions and positions are managed here. */
    private static final List<String> NEVER = List.of(
            ProducerConfig.TRANSACTIONAL_ID_CONFIG,
            ConsumerConfig.GROUP_ID_CONFIG,
            ConsumerConfig.GROUP_INSTANCE_ID_CONFIG);

    static final int DEFAULT_MAX_REQUEST_SIZE = 13 * 1024 * 1024;
    private static final int DEFAULT_ANSWER_TIMEOUT_MS = 15_000;
    private static final int DEFAULT_REQUEST_TIMEOUT_MS = 30_000;
    private static final int BUFFER_MEMORY = 64 * 1024 * 1024;

    /** A result of 16 MiB and the bytes that Kafka adds. */
    private static final int MAX_FETCH = 17 * 1024 * 1024;

    /** Limits how long closing a consumer waits for its last fetch. */
    private static final int FETCH_MAX_WAIT_MS = 100;

    private static final AtomicInteger CLIENTS = new AtomicInteger();

    private final Map<String, Object> user;

    public KafkaSettings(Map<String, Object> user) {
        // Settings of the schema registry are not for Kafka.
        this.user = user.entrySet().stream()
                .filter(setting -> !setting.getKey().startsWith(RegistrySettings.PREFIX))
                .collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, Map.Entry::getValue));
        if (!user.containsKey(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG)) {
            throw new IllegalArgumentException("bootstrap.servers is not set");
        }
        warn(PRODUCER, PRODUCER_RULES);
        warn(CONSUMER, CONSUMER_RULES);
        NEVER.stream()
                .flatMap(name -> Stream.of(name, PRODUCER + name, CONSUMER + name))
                .filter(user::containsKey)
                .forEach(name -> LOG.warn("{} is ignored: this client does not need it", name));
    }

    private void warn(String prefix, Map<String, Object> rules) {
        rules.forEach((name, rule) -> Stream.of(name, prefix + name)
                .filter(given ->
                        user.containsKey(given) && !user.get(given).toString().equals(rule.toString()))
                .forEach(given -> LOG.warn("{}={} is ignored: this client needs {}", given, user.get(given), rule)));
    }

    public String bootstrapServers() {
        return String.valueOf(user.get(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG));
    }

    /** How long the cluster may take to answer a request. */
    public Duration answerTimeout() {
        return Duration.ofMillis(
                number(user, CommonClientConfigs.DEFAULT_API_TIMEOUT_MS_CONFIG, DEFAULT_ANSWER_TIMEOUT_MS));
    }

    /** Maximum bytes of one request record. */
    public int maxRequestSize() {
        return number(named(PRODUCER), ProducerConfig.MAX_REQUEST_SIZE_CONFIG, DEFAULT_MAX_REQUEST_SIZE);
    }

    public Producer<byte[], byte[]> producer() {
        var settings = producerSettings();
        return new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
    }

    /** A transactional producer. If several have the same ID, only the last one that was initialised can write. */
    public Producer<byte[], byte[]> producer(String transactionalId) {
        var settings = producerSettings();
        settings.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, transactionalId);
        settings.put(
                ProducerConfig.MAX_BLOCK_MS_CONFIG,
                Math.toIntExact(answerTimeout().toMillis()));
        return new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
    }

    private Map<String, Object> producerSettings() {
        var settings = settings(PRODUCER);
        RecordCompression.DEFAULTS.forEach(settings::putIfAbsent);
        settings.putIfAbsent(ProducerConfig.LINGER_MS_CONFIG, 5);
        settings.putIfAbsent(ProducerConfig.BUFFER_MEMORY_CONFIG, BUFFER_MEMORY);
        settings.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, maxRequestSize());
        settings.putAll(PRODUCER_RULES);
        return settings;
    }

    public Consumer<byte[], byte[]> consumer() {
        var settings = settings(CONSUMER);
        settings.putIfAbsent(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, MAX_FETCH);
        settings.putIfAbsent(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, FETCH_MAX_WAIT_MS);
        settings.put(
                ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG,
                Math.toIntExact(answerTimeout().toMillis()));
        settings.putAll(CONSUMER_RULES);
        return new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    Admin admin() {
        var settings = settings(ADMIN);
        int timeout = Math.toIntExact(answerTimeout().toMillis());
        int request = number(settings, AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, DEFAULT_REQUEST_TIMEOUT_MS);
        settings.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, timeout);
        settings.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, Math.min(request, timeout));
        return Admin.create(settings);
    }

    /** The user's settings for the clients of this prefix. */
    private Map<String, Object> settings(String prefix) {
        Map<String, Object> settings = named(prefix);
        NEVER.forEach(settings::remove);
        // Kafka registers each client by its ID and warns about a duplicate ID.
        Object id = settings.getOrDefault(CommonClientConfigs.CLIENT_ID_CONFIG, "genai-client");
        settings.put(CommonClientConfigs.CLIENT_ID_CONFIG, id + "-" + CLIENTS.incrementAndGet());
        return settings;
    }

    private Map<String, Object> named(String prefix) {
        var settings = new HashMap<String, Object>();
        user.forEach((name, value) -> {
            if (CLIENT_PREFIXES.stream().noneMatch(name::startsWith)) {
                settings.put(name, value);
            }
        });
        user.forEach((name, value) -> {
            if (name.startsWith(prefix)) {
                settings.put(name.substring(prefix.length()), value);
            }
        });
        return settings;
    }

    private static int number(Map<String, Object> settings, String key, int fallback) {
        Object value = settings.get(key);
        try {
            return value == null ? fallback : Integer.parseInt(value.toString().trim());
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(key + " must be a whole number, but is: " + value, e);
        }
    }
}
