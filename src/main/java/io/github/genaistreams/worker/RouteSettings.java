package io.github.genaistreams.worker;

import static org.apache.kafka.common.config.ConfigDef.Importance.LOW;
import static org.apache.kafka.common.config.ConfigDef.Importance.MEDIUM;
import static org.apache.kafka.common.config.ConfigDef.Type.PASSWORD;
import static org.apache.kafka.common.config.ConfigDef.Type.STRING;

import io.github.genaistreams.provider.ApiKey;
import io.github.genaistreams.provider.KeyFile;
import io.github.genaistreams.provider.http.ClientCertificate;
import io.github.genaistreams.provider.http.HttpFlaws;
import io.github.genaistreams.provider.http.HttpProxy;
import io.github.genaistreams.provider.http.HttpSettings.Route;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.BiFunction;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.types.Password;
import org.jspecify.annotations.Nullable;

/**
 * The settings for the connection to the server of one credential: trusted certificates, client certificate, proxy.
 * Only a process that makes calls reads their files, not every command that has the settings.
 */
final class RouteSettings {

    private static final String TRUSTED = "trusted.certificates";
    private static final String CERTIFICATE = "client.certificate";
    private static final String CERTIFICATE_KEY = "client.key";
    private static final String PROXY = "http.proxy";
    private static final String CREDENTIALS_FILE = ".credentials.file";
    private static final String PROXY_CREDENTIALS = PROXY + CREDENTIALS_FILE;

    /** The value that means: no proxy. */
    private static final String NONE = "none";

    static final Set<String> NAMES = Set.of(TRUSTED, CERTIFICATE, CERTIFICATE_KEY, PROXY, PROXY_CREDENTIALS);

    private final String prefix;
    private final Map<String, String> settings;
    private final AbstractConfig config;

    /**
     * @param prefix   prefix of the settings' names
     * @param settings the settings of one credential, by name without the prefix
     * @param config   the settings that apply to all credentials
     */
    RouteSettings(String prefix, Map<String, String> settings, AbstractConfig config) {
        this.prefix = prefix;
        this.settings = Map.copyOf(settings);
        this.config = config;
    }

    /** Adds the settings of an API's default credential. */
    static void defineIn(SettingsTable table, String api) {
        String server = api.equals("openai") ? "the Responses API" : "the document API";
        String prefix = api + ".";
        table.setting(prefix + TRUSTED, STRING, null, LOW)
                .means("PEM file with the certificates to trust instead of those of the JDK, for " + server
                        + ". A gateway with a private CA needs this.");
        table.setting(prefix + CERTIFICATE, STRING, null, LOW)
                .means("PEM file with the client certificate for " + server + " (mutual TLS).");
        table.setting(prefix + CERTIFICATE_KEY, STRING, null, LOW)
                .means("PEM file with the key of the client certificate, RSA or EC, not encrypted.");
        table.setting(prefix + PROXY, PASSWORD, null, MEDIUM)
                .means("HTTP proxy for calls of " + server + ", for example http://proxy.internal:3128. It replaces "
                        + GenAiConfig.HTTPS_PROXY + ". none: no proxy.");
        table.setting(prefix + PROXY_CREDENTIALS, STRING, null, LOW)
                .means("File with the user:password of this proxy. It is read again when it changes.");
    }

    /**
     * The settings that an alias takes over from the default credential. It does not take over the client certificate,
     * which identifies the caller, or the password of a proxy if the alias has its own proxy.
     *
     * @param given names of the settings that the alias has itself
     */
    static Set<String> inherited(Set<String> given) {
        return given.contains(PROXY) ? Set.of(TRUSTED) : Set.of(TRUSTED, PROXY, PROXY_CREDENTIALS);
    }

    /** @throws ConfigException if the settings cannot be used; the message names the setting */
    Route read() {
        return new Route(trusted(), certificate(), proxy());
    }

    /** The value of this setting; null if it is not set. */
    private @Nullable String given(String name) {
        String value = settings.get(name);
        return value == null || value.isBlank() ? null : value;
    }

    private @Nullable Path trusted() {
        String file = given(TRUSTED);
        if (file == null) {
            return null;
        }
        Path certificates = Path.of(file);
        HttpFlaws.certificates(certificates).ifPresent(flaw -> {
            throw new ConfigException(
                    prefix + TRUSTED + " " + flaw + ". Name a PEM file that this user can read, or remove the setting");
        });
        return certificates;
    }

    private @Nullable ClientCertificate certificate() {
        String file = given(CERTIFICATE);
        String key = given(CERTIFICATE_KEY);
        if (file == null && key == null) {
            return null;
        }
        if (file == null || key == null) {
            throw new ConfigException("Set both " + prefix + CERTIFICATE + " and " + prefix + CERTIFICATE_KEY
                    + " (the certificate and its key), or neither");
        }
        var certificate = new ClientCertificate(Path.of(file), Path.of(key));
        certificate.flaw().ifPresent(flaw -> {
            throw new ConfigException(prefix + CERTIFICATE + " and " + CERTIFICATE_KEY + " cannot be used: " + flaw);
        });
        return certificate;
    }

    /** The credential's own proxy, or the general one; null for none. */
    private @Nullable HttpProxy proxy() {
        List<String> without = List.of(Objects.requireNonNullElse(config.getString(GenAiConfig.NO_PROXY), "")
                .split(","));
        String own = given(PROXY);
        if (own != null) {
            return proxy(
                    prefix + PROXY,
                    own,
                    settings.get(PROXY_CREDENTIALS),
                    (address, login) -> HttpProxy.of(address, login, without));
        }
        Password forAll = config.getPassword(GenAiConfig.HTTPS_PROXY);
        return forAll == null
                ? null
                : proxy(
                        GenAiConfig.HTTPS_PROXY,
                        forAll.value(),
                        config.getString(GenAiConfig.HTTPS_PROXY_CREDENTIALS_FILE),
                        (address, login) -> HttpProxy.ofEnvironment(address, login, without));
    }

    private static @Nullable HttpProxy proxy(
            String setting,
            String address,
            @Nullable String credentials,
            BiFunction<String, @Nullable ApiKey, HttpProxy> make) {
        if (address.isBlank() || address.strip().equals(NONE)) {
            return null;
        }
        ApiKey login;
        try {
            login = credentials == null || credentials.isBlank() ? null : new KeyFile(Path.of(credentials));
        } catch (IllegalArgumentException e) {
            throw new ConfigException(setting + CREDENTIALS_FILE, credentials, e.getMessage());
        }
        if (login != null) {
            login.current().flaw().ifPresent(flaw -> {
                throw new ConfigException(
                        setting + CREDENTIALS_FILE + " " + flaw + ": the file must contain user:password");
            });
        }
        try {
            return make.apply(address, login);
        } catch (IllegalArgumentException e) {
            String from = setting.equals(GenAiConfig.HTTPS_PROXY) ? " (or the environment variable HTTPS_PROXY)" : "";
            throw new ConfigException(setting + from + " " + e.getMessage());
        }
    }
}
