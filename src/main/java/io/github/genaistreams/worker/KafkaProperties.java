package io.github.genaistreams.worker;

import io.github.genaistreams.topology.StreamsSettings;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Stream;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.provider.DirectoryConfigProvider;
import org.apache.kafka.common.config.provider.FileConfigProvider;
import org.apache.kafka.streams.StreamsConfig;

/** What the settings say about the clients of Kafka: their properties, and the times that follow from them. */
public final class KafkaProperties {

    /** Kafka's own providers that read a value from a file. A user's own choice of providers wins. */
    private static final Map<String, String> SECRETS_BY_FILE = Map.of(
            AbstractConfig.CONFIG_PROVIDERS_CONFIG,
            "file,directory",
            AbstractConfig.CONFIG_PROVIDERS_CONFIG + ".file.class",
            FileConfigProvider.class.getName(),
            AbstractConfig.CONFIG_PROVIDERS_CONFIG + ".directory.class",
            DirectoryConfigProvider.class.getName());

    private final GenAiConfig config;

    KafkaProperties(GenAiConfig config) {
        this.config = config;
    }

    /**
     * The properties of every client: the brokers, and all settings with the prefix {@value GenAiConfig#KAFKA_PREFIX}.
     * Secrets may stay in files, as {@code ${directory:/run/secrets:sasl.jaas.config}}. A client reads them when it is
     * created.
     */
    public Map<String, Object> client() {
        Map<String, Object> client = config.originalsWithPrefix(GenAiConfig.KAFKA_PREFIX);
        SECRETS_BY_FILE.forEach(client::putIfAbsent);
        client.put(GenAiConfig.BOOTSTRAP_SERVERS, config.getString(GenAiConfig.BOOTSTRAP_SERVERS));
        return client;
    }

    /** The properties of an admin client: those of every client, overridden by those for admin clients only. */
    public Map<String, Object> admin() {
        Map<String, Object> admin = client();
        admin.putAll(config.originalsWithPrefix(GenAiConfig.KAFKA_PREFIX + StreamsConfig.ADMIN_CLIENT_PREFIX));
        return admin;
    }

    /** How often the clients refresh the metadata of topics. */
    public Duration metadataMaxAge() {
        String key = CommonClientConfigs.METADATA_MAX_AGE_CONFIG;
        Object given = client().getOrDefault(key, StreamsSettings.METADATA_MAX_AGE.toMillis());
        if (!given.toString().strip().matches("[1-9]\\d{0,12}")) {
            throw new ConfigException(
                    GenAiConfig.KAFKA_PREFIX + key, given, "must be a number of milliseconds, at least 1");
        }
        return Duration.ofMillis(Long.parseLong(given.toString().strip()));
    }

    /** How long a worker may be silent before the group considers it dead. */
    Duration sessionTimeout() {
        return ofMainConsumer(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG);
    }

    /** How long a stream thread may take from poll to poll before its group expels it. */
    Duration maxPollInterval() {
        return ofMainConsumer(ConsumerConfig.MAX_POLL_INTERVAL_MS_CONFIG);
    }

    private Duration ofMainConsumer(String key) {
        Properties streams = config.streams().toProperties();
        String given = Stream.of(StreamsConfig.MAIN_CONSUMER_PREFIX, StreamsConfig.CONSUMER_PREFIX, "")
                .map(prefix -> prefix + key)
                .filter(streams::containsKey)
                .findFirst()
                .orElse(key);
        Object millis = streams.getOrDefault(
                given, ConsumerConfig.configDef().defaultValues().get(key));
        return Duration.ofMillis((int) ConfigDef.parseType(GenAiConfig.KAFKA_PREFIX + given, millis, Type.INT));
    }

    /** @throws ConfigException if one of the settings cannot be used; the message names it */
    void check(int recordBytes) {
        KafkaRules.check(config.originalsWithPrefix(GenAiConfig.KAFKA_PREFIX), recordBytes);
        metadataMaxAge();
        sessionTimeout();
        maxPollInterval();
    }
}
