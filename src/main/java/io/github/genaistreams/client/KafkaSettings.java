package io.github.genaistreams.client;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
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

/**
 * Makes Kafka's clients from the user's properties. A default gives way to the user's value; what the
 * client's promises rest on (idempotence, read_committed, no group) does not.
 */
final class KafkaSettings {

    static final int DEFAULT_MAX_REQUEST_SIZE = 13 * 1024 * 1024;
    private static final int DEFAULT_ANSWER_TIMEOUT_MS = 15_000;
    private static final int DEFAULT_REQUEST_TIMEOUT_MS = 30_000;
    private static final int BUFFER_MEMORY = 64 * 1024 * 1024;

    /** A result of 16 MiB and what Kafka puts around it. */
    private static final int MAX_FETCH = 17 * 1024 * 1024;

    /** Bounds how long closing a consumer waits for its last fetch. */
    private static final int FETCH_MAX_WAIT_MS = 100;

    private static final AtomicInteger CLIENTS = new AtomicInteger();

    private final Map<String, Object> user;

    KafkaSettings(Map<String, Object> user) {
        this.user = Map.copyOf(user);
        if (!user.containsKey(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG)) {
            throw new IllegalArgumentException("bootstrap.servers is not set");
        }
    }

    String bootstrapServers() {
        return user.get(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG).toString();
    }

    /** How long the cluster may take to answer a question. */
    Duration answerTimeout() {
        return Duration.ofMillis(number(CommonClientConfigs.DEFAULT_API_TIMEOUT_MS_CONFIG, DEFAULT_ANSWER_TIMEOUT_MS));
    }

    /** Bytes that one request record may have. */
    int maxRequestSize() {
        return number(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, DEFAULT_MAX_REQUEST_SIZE);
    }

    Producer<byte[], byte[]> producer() {
        var settings = producerSettings();
        settings.remove(ProducerConfig.TRANSACTIONAL_ID_CONFIG);
        return new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
    }

    /** One for transactions: of those with the same ID, the latest one that was made ready is the only one that can write. */
    Producer<byte[], byte[]> producer(String transactionalId) {
        var settings = producerSettings();
        settings.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, transactionalId);
        settings.put(
                ProducerConfig.MAX_BLOCK_MS_CONFIG,
                Math.toIntExact(answerTimeout().toMillis()));
        return new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
    }

    private Map<String, Object> producerSettings() {
        var settings = named();
        settings.putIfAbsent(ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4");
        settings.putIfAbsent(ProducerConfig.LINGER_MS_CONFIG, 5);
        settings.putIfAbsent(ProducerConfig.BUFFER_MEMORY_CONFIG, BUFFER_MEMORY);
        settings.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, maxRequestSize());
        settings.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
        settings.put(ProducerConfig.ACKS_CONFIG, "all");
        return settings;
    }

    Consumer<byte[], byte[]> consumer() {
        var settings = named();
        settings.putIfAbsent(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, MAX_FETCH);
        settings.putIfAbsent(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, FETCH_MAX_WAIT_MS);
        settings.put(
                ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG,
                Math.toIntExact(answerTimeout().toMillis()));
        settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        settings.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        settings.remove(ConsumerConfig.GROUP_ID_CONFIG);
        settings.remove(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG);
        return new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    Admin admin() {
        var settings = named();
        int timeout = Math.toIntExact(answerTimeout().toMillis());
        int request = number(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, DEFAULT_REQUEST_TIMEOUT_MS);
        settings.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, timeout);
        settings.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, Math.min(request, timeout));
        return Admin.create(settings);
    }

    /** Kafka registers each client by its ID and warns of one that is there twice. */
    private Map<String, Object> named() {
        var settings = new HashMap<>(user);
        Object id = user.getOrDefault(CommonClientConfigs.CLIENT_ID_CONFIG, "genai-client");
        settings.put(CommonClientConfigs.CLIENT_ID_CONFIG, id + "-" + CLIENTS.incrementAndGet());
        return settings;
    }

    private int number(String key, int fallback) {
        Object value = user.get(key);
        try {
            return value == null ? fallback : Integer.parseInt(value.toString().trim());
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(key + " must be a whole number, but is: " + value, e);
        }
    }
}
