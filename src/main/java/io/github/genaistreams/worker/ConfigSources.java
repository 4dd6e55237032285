package io.github.genaistreams.worker;

import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.common.config.ConfigException;
import org.jspecify.annotations.Nullable;

/**
 * Where settings come from. Each source wins over the ones before it:
 *
 * <ol>
 * <li>{@code HTTPS_PROXY} and {@code NO_PROXY} of the environment, which apply to all programs;
 * <li>a properties file;
 * <li>system properties, {@code -Dgenai.topic.prefix=…} for {@code topic.prefix};
 * <li>environment variables, {@code GENAI_TOPIC_PREFIX} for {@code topic.prefix} and {@code GENAI_KAFKA_SASL_MECHANISM}
 * for {@code kafka.sasl.mechanism}; {@code OPENAI_API_KEY}, {@code OPENAI_BASE_URL} and {@code DATALAB_API_KEY} count
 * too, after {@code GENAI_…}; {@code GENAI_OPENAI_CREDENTIALS_TEAM_A_API_KEY} is
 * {@code openai.credentials.team-a.api.key};
 * <li>what the caller sets, such as command line options.
 * </ol>
 */
public final class ConfigSources {

    private static final String SYSTEM_PREFIX = "genai.";
    private static final String ENVIRONMENT_PREFIX = "GENAI_";

    private ConfigSources() {}

    /**
     * @param file        a properties file
     * @param system      system properties
     * @param environment environment variables
     * @param overrides   settings by key that win over all others; null values are ignored
     * @throws ConfigException if the file cannot be read
     */
    public static Map<String, String> merge(
            @Nullable Path file,
            Properties system,
            Map<String, String> environment,
            Map<String, @Nullable String> overrides) {
        Map<String, String> values = new HashMap<>();
        putIfPresent(values, GenAiConfig.HTTPS_PROXY, ofEither(environment, "HTTPS_PROXY", "https_proxy"));
        putIfPresent(values, GenAiConfig.NO_PROXY, ofEither(environment, "NO_PROXY", "no_proxy"));
        if (file != null) {
            values.putAll(read(file));
        }
        for (String name : system.stringPropertyNames()) {
            if (name.startsWith(SYSTEM_PREFIX)) {
                values.put(name.substring(SYSTEM_PREFIX.length()), system.getProperty(name));
            }
        }
        putIfPresent(values, GenAiConfig.OPENAI_API_KEY, environment.get("OPENAI_API_KEY"));
        putIfPresent(values, GenAiConfig.OPENAI_BASE_URL, environment.get("OPENAI_BASE_URL"));
        putIfPresent(values, GenAiConfig.DATALAB_API_KEY, environment.get("DATALAB_API_KEY"));
        environment.forEach((name, value) -> {
            if (name.startsWith(ENVIRONMENT_PREFIX)) {
                putIfKnown(values, name.substring(ENVIRONMENT_PREFIX.length()), value);
            }
        });
        overrides.forEach((key, value) -> putIfPresent(values, key, value));
        return values;
    }

    private static @Nullable String ofEither(Map<String, String> environment, String name, String other) {
        return environment.getOrDefault(name, environment.get(other));
    }

    private static void putIfKnown(Map<String, String> values, String variable, String value) {
        String key = variable.toLowerCase(Locale.ROOT).replace('_', '.');
        // Other variables with this prefix (such as GENAI_HOME) are not settings of the worker.
        if (GenAiConfig.DEFINITION.configKeys().containsKey(key) || key.startsWith(GenAiConfig.KAFKA_PREFIX)) {
            values.put(key, value);
            return;
        }
        putIfPresent(values, CredentialSettings.OPENAI.keyOf(variable), value);
        putIfPresent(values, CredentialSettings.DATALAB.keyOf(variable), value);
    }

    /** The same, from the system properties and the environment of this process. */
    public static Map<String, String> merge(@Nullable Path file, Map<String, String> overrides) {
        return merge(file, System.getProperties(), System.getenv(), overrides);
    }

    private static Map<String, String> read(Path file) {
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
            properties.load(reader);
        } catch (IOException | IllegalArgumentException e) {
            throw new ConfigException("The configuration file " + file + " cannot be read: " + e);
        }
        Map<String, String> values = new HashMap<>();
        properties.stringPropertyNames().forEach(name -> values.put(name, properties.getProperty(name)));
        return values;
    }

    private static void putIfPresent(Map<String, String> values, @Nullable String key, @Nullable String value) {
        if (key != null && value != null) {
            values.put(key, value);
        }
    }
}
