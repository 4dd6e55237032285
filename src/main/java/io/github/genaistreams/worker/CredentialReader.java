package io.github.genaistreams.worker;

import static io.github.genaistreams.worker.CredentialSettings.CONCURRENT;
import static io.github.genaistreams.worker.CredentialSettings.HEADERS;
import static io.github.genaistreams.worker.CredentialSettings.KEY;
import static io.github.genaistreams.worker.CredentialSettings.KEY_FILE;
import static io.github.genaistreams.worker.CredentialSettings.ORGANIZATION;
import static io.github.genaistreams.worker.CredentialSettings.PAGES;
import static io.github.genaistreams.worker.CredentialSettings.PER_MINUTE;
import static io.github.genaistreams.worker.CredentialSettings.PROJECT;
import static io.github.genaistreams.worker.CredentialSettings.TOKENS_PER_MINUTE;

import io.github.genaistreams.flow.LimitSettings;
import io.github.genaistreams.flow.LimitSettings.Adaptive;
import io.github.genaistreams.provider.ApiKey;
import io.github.genaistreams.provider.KeyFile;
import io.github.genaistreams.provider.Secret;
import io.github.genaistreams.provider.http.HttpFlaws;
import java.net.URI;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigException;
import org.jspecify.annotations.Nullable;

/** Reads the settings of one credential. Its messages name the setting, and contain nothing that may be a secret. */
final class CredentialReader {

    private static final Pattern HEADER = Pattern.compile("([!#$%&'*+.^_`|~0-9A-Za-z-]+):\\s*(\\S.*)");

    private final String prefix;
    private final Map<String, String> settings;
    private final String urlKey;
    private final String urlDefault;

    /**
     * @param prefix   prefix of the settings' names
     * @param settings the settings of this credential, by name without the prefix
     * @param urlKey   name of the setting with the URL of the API
     */
    CredentialReader(String prefix, Map<String, String> settings, String urlKey, String urlDefault) {
        this.prefix = prefix;
        this.settings = settings;
        this.urlKey = urlKey;
        this.urlDefault = urlDefault;
    }

    /**
     * The credential; empty if it has no key.
     *
     * @throws ConfigException if a setting cannot be used
     */
    Optional<Credential> read(String alias, AbstractConfig config) {
        return key().map(key -> new Credential(
                alias,
                key,
                url(),
                headers(),
                new LimitSettings(
                        number(CONCURRENT),
                        number(PAGES),
                        number(PER_MINUTE),
                        number(TOKENS_PER_MINUTE),
                        Adaptive.valueOf(config.getString(GenAiConfig.ADAPTIVE).toUpperCase(Locale.ROOT))),
                new RouteSettings(prefix, settings, config)));
    }

    /** The value of this setting; null if it is not set. */
    private @Nullable String given(String name) {
        String value = settings.get(name);
        return value == null || value.isBlank() ? null : value.strip();
    }

    private Optional<ApiKey> key() {
        String key = given(KEY);
        String file = given(KEY_FILE);
        if (key != null && file != null) {
            throw new ConfigException("Set either " + prefix + KEY + " or " + prefix + KEY_FILE + ", not both");
        }
        if (key != null) {
            return Optional.of(checked(KEY, ApiKey.of(new Secret(key))));
        }
        try {
            return file == null ? Optional.empty() : Optional.of(checked(KEY_FILE, new KeyFile(Path.of(file))));
        } catch (IllegalArgumentException e) {
            throw new ConfigException(prefix + KEY_FILE, file, e.getMessage());
        }
    }

    private ApiKey checked(String setting, ApiKey key) {
        key.current().flaw().ifPresent(flaw -> {
            throw new ConfigException(
                    prefix + setting + " " + flaw + ": set it to the key exactly as the API shows it");
        });
        return key;
    }

    /** Neither the value nor the parser's message is quoted: they may contain a password. */
    URI url() {
        try {
            URI parsed = URI.create(settings.getOrDefault(urlKey, urlDefault).strip());
            Optional<String> flaw = HttpFlaws.url(parsed);
            if (flaw.isEmpty()) {
                return parsed;
            }
            throw new ConfigException(prefix + urlKey + " " + flaw.get() + ". Set a URL, for example " + urlDefault);
        } catch (IllegalArgumentException e) {
            throw new ConfigException(prefix + urlKey + " is not a URL: set one, for example " + urlDefault);
        }
    }

    private Map<String, String> headers() {
        Map<String, String> headers = new LinkedHashMap<>();
        String organization = given(ORGANIZATION);
        if (organization != null) {
            headers.put("OpenAI-Organization", organization);
        }
        String project = given(PROJECT);
        if (project != null) {
            headers.put("OpenAI-Project", project);
        }
        String more = given(HEADERS);
        if (more != null) {
            for (String line : more.split("\\|")) {
                var header = HEADER.matcher(line.strip());
                if (!header.matches()) {
                    // Not quoted: a header may contain a secret.
                    throw new ConfigException(
                            prefix + HEADERS + " must be `Name: value`; separate several headers by |");
                }
                headers.put(header.group(1), header.group(2).strip());
            }
        }
        headers.forEach((name, value) -> HttpFlaws.header(value).ifPresent(flaw -> {
            throw new ConfigException("The header " + name + " (" + prefix + HEADERS + ", " + ORGANIZATION + " or "
                    + PROJECT + ") " + flaw + ": remove it");
        }));
        return headers;
    }

    /** The value of this setting; 0 if it is not set. */
    private int number(String name) {
        return wholeNumber(prefix + name, settings.getOrDefault(name, "0"));
    }

    /** The value of the setting with this full name. */
    static int wholeNumber(String key, String value) {
        try {
            int number = Integer.parseInt(value.strip());
            if (number >= 0) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Falls through to the message.
        }
        throw new ConfigException(key, value, "must be a whole number, at least 0");
    }
}
