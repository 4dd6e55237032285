package io.github.genaistreams.registry;

import static org.apache.kafka.common.config.ConfigDef.Importance.LOW;
import static org.apache.kafka.common.config.ConfigDef.Importance.MEDIUM;
import static org.apache.kafka.common.config.ConfigDef.Range.between;

import io.github.genaistreams.provider.KeyFile;
import io.github.genaistreams.provider.http.HttpFlaws;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.ConfigException;
import org.jspecify.annotations.Nullable;

/**
 * How to reach a schema registry.
 *
 * @param urls                addresses of the same registry, at least one; the first that answers is used
 * @param authorization       gives the present value of that header, if there is one; its files are read again when
 *     they change
 * @param trustedCertificates PEM file with the certificates to trust, if not those of the JDK
 * @param timeout             for one answer, from the connection to its last byte
 * @param autoRegister        whether missing schemas are registered
 */
public record RegistrySettings(
        List<URI> urls,
        @Nullable Supplier<String> authorization,
        @Nullable Path trustedCertificates,
        Duration timeout,
        boolean autoRegister) {

    /** Prefix of all settings here. */
    public static final String PREFIX = "schema.registry.";

    public static final String URL = PREFIX + "url";
    public static final String AUTO_REGISTER = PREFIX + "auto.register";
    public static final String USER = PREFIX + "user";
    public static final String PASSWORD_FILE = PREFIX + "password.file";
    public static final String TOKEN_FILE = PREFIX + "token.file";
    public static final String TRUSTED_CERTIFICATES = PREFIX + "trusted.certificates";
    public static final String TIMEOUT_MS = PREFIX + "timeout.ms";

    private static final int DEFAULT_TIMEOUT_MS = 10_000;

    public RegistrySettings {
        urls = List.copyOf(urls);
    }

    /** Adds these settings. */
    public static ConfigDef defineIn(ConfigDef settings) {
        return settings.define(
                        URL,
                        Type.LIST,
                        List.of(),
                        MEDIUM,
                        "Addresses of a schema registry with Confluent's REST API, separated by commas and tried in"
                                + " this order. With a registry, workers and clients read records in Confluent's wire"
                                + " format, and result.format=avro writes this format.")
                .define(
                        AUTO_REGISTER,
                        Type.BOOLEAN,
                        true,
                        MEDIUM,
                        "Whether a worker that writes this format registers its schemas when it starts. false: the"
                                + " worker does not start if a schema is missing.")
                .define(
                        USER,
                        Type.STRING,
                        null,
                        LOW,
                        "User name for the registry (basic authentication). It needs a password.file.")
                .define(
                        PASSWORD_FILE,
                        Type.STRING,
                        null,
                        LOW,
                        "File with the password of this user. It is read again when it changes.")
                .define(
                        TOKEN_FILE,
                        Type.STRING,
                        null,
                        LOW,
                        "File with a token for the registry (bearer authentication). It is read again when it"
                                + " changes.")
                .define(
                        TRUSTED_CERTIFICATES,
                        Type.STRING,
                        null,
                        LOW,
                        "PEM file with the certificates to trust instead of those of the JDK, for the registry.")
                .define(
                        TIMEOUT_MS,
                        Type.INT,
                        DEFAULT_TIMEOUT_MS,
                        between(100, 600_000),
                        LOW,
                        "Timeout for an answer of the registry, in milliseconds.");
    }

    /** Those of these settings that are for the registry, under their full names. */
    public static Map<String, Object> in(Map<String, ?> settings) {
        Map<String, Object> ours = new HashMap<>();
        settings.forEach((key, value) -> {
            if (key.startsWith(PREFIX)) {
                ours.put(key, value);
            }
        });
        return ours;
    }

    /**
     * Reads them from settings that may include others. Empty without a URL.
     *
     * @throws ConfigException if a setting cannot be used; the message names it, and quotes no password
     */
    public static Optional<RegistrySettings> of(Map<String, ?> settings) {
        ConfigDef definition = defineIn(new ConfigDef());
        in(settings).keySet().stream()
                .filter(key -> !definition.names().contains(key))
                .findAny()
                .ifPresent(key -> {
                    throw new ConfigException("Unknown setting " + key + "; there are " + definition.names());
                });
        var config = new AbstractConfig(definition, in(settings), false);
        List<String> urls = config.getList(URL);
        String user = text(config, USER);
        String passwordFile = text(config, PASSWORD_FILE);
        String tokenFile = text(config, TOKEN_FILE);
        String certificates = text(config, TRUSTED_CERTIFICATES);
        if (urls.isEmpty()) {
            if (user != null || passwordFile != null || tokenFile != null || certificates != null) {
                throw new ConfigException("Set " + URL + ": it is missing, but other settings begin with " + PREFIX);
            }
            return Optional.empty();
        }
        return Optional.of(new RegistrySettings(
                urls.stream().map(RegistrySettings::url).toList(),
                authorization(user, passwordFile, tokenFile),
                certificates == null ? null : certificates(certificates),
                Duration.ofMillis(config.getInt(TIMEOUT_MS)),
                config.getBoolean(AUTO_REGISTER)));
    }

    private static @Nullable String text(AbstractConfig config, String key) {
        String text = config.getString(key);
        return text == null || text.isBlank() ? null : text.strip();
    }

    /** Neither the value nor the parser's message is quoted: they may contain a password. */
    private static URI url(String url) {
        try {
            URI parsed = URI.create(url.strip());
            Optional<String> flaw = HttpFlaws.url(parsed);
            if (flaw.isPresent()) {
                throw new ConfigException(URL + " " + flaw.get() + ". Set a URL, for example http://localhost:8081");
            }
            if (parsed.getHost() == null) {
                throw new ConfigException(
                        URL + " has a host name with an underscore, which the HTTP client of the JDK does not accept:"
                                + " use another name for the registry");
            }
            return parsed;
        } catch (IllegalArgumentException e) {
            throw new ConfigException(URL + " is not a URL: set one, for example http://localhost:8081");
        }
    }

    private static @Nullable Supplier<String> authorization(
            @Nullable String user, @Nullable String passwordFile, @Nullable String tokenFile) {
        if (tokenFile != null && (user != null || passwordFile != null)) {
            throw new ConfigException(
                    "Set either " + TOKEN_FILE + " or " + USER + " and " + PASSWORD_FILE + ", not both");
        }
        if ((user == null) != (passwordFile == null)) {
            throw new ConfigException("Set both " + USER + " and " + PASSWORD_FILE + ", or neither");
        }
        if (tokenFile != null) {
            KeyFile token = secret(TOKEN_FILE, tokenFile);
            return () -> "Bearer " + token.current().reveal();
        }
        if (user == null || passwordFile == null) {
            return null;
        }
        if (user.contains(":")) {
            throw new ConfigException(USER + " has a colon, which is not allowed in a user name of basic"
                    + " authentication (RFC 7617): use another user");
        }
        KeyFile password = secret(PASSWORD_FILE, passwordFile);
        return () -> "Basic "
                + Base64.getEncoder()
                        .encodeToString((user + ":" + password.current().reveal()).getBytes(StandardCharsets.UTF_8));
    }

    private static KeyFile secret(String key, String file) {
        KeyFile secret;
        try {
            secret = new KeyFile(Path.of(file));
        } catch (IllegalArgumentException e) {
            throw new ConfigException(key, file, e.getMessage());
        }
        Optional<String> flaw = secret.current().flaw();
        if (flaw.isPresent()) {
            throw new ConfigException(key + " " + flaw.get());
        }
        return secret;
    }

    private static Path certificates(String file) {
        try {
            Path pem = Path.of(file);
            Optional<String> flaw = HttpFlaws.certificates(pem);
            if (flaw.isPresent()) {
                throw new ConfigException(TRUSTED_CERTIFICATES + " " + flaw.get()
                        + ". Name a PEM file that this user can read, or remove the setting");
            }
            return pem;
        } catch (InvalidPathException e) {
            throw new ConfigException(TRUSTED_CERTIFICATES, file, "is not a path");
        }
    }

    /** Without the content of the files. */
    @Override
    public String toString() {
        return "RegistrySettings[" + urls + ", autoRegister=" + autoRegister + "]";
    }
}
