package io.github.genaistreams.worker;

import static org.apache.kafka.common.config.ConfigDef.Importance.LOW;
import static org.apache.kafka.common.config.ConfigDef.Importance.MEDIUM;

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
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.types.Password;

/**
 * The settings that say how the server of one credential is reached: whom to trust, by what to be known, by way of which proxy. Their
 * files are looked at by those who call, and not by every command that has the settings.
 */
final class RouteSettings {

    private static final String TRUSTED = "trusted.certificates";
    private static final String CERTIFICATE = "client.certificate";
    private static final String CERTIFICATE_KEY = "client.key";
    private static final String PROXY = "http.proxy";
    private static final String CREDENTIALS_FILE = ".credentials.file";
    private static final String PROXY_CREDENTIALS = PROXY + CREDENTIALS_FILE;

    /** In place of a proxy. */
    private static final String NONE = "none";

    static final Set<String> NAMES = Set.of(TRUSTED, CERTIFICATE, CERTIFICATE_KEY, PROXY, PROXY_CREDENTIALS);

    private final String prefix;
    private final Map<String, String> settings;
    private final AbstractConfig config;

    /**
     * @param prefix   of their names
     * @param settings of one credential, by the rest of their names
     * @param config   where those of all credentials are
     */
    RouteSettings(String prefix, Map<String, String> settings, AbstractConfig config) {
        this.prefix = prefix;
        this.settings = Map.copyOf(settings);
        this.config = config;
    }

    /** Adds those of an API's default credential. */
    static void defineIn(ConfigDef definition, String api) {
        String server = api.equals("openai") ? "the Responses API" : "the document API";
        String prefix = api + ".";
        definition
                .define(
                        prefix + TRUSTED,
                        Type.STRING,
                        null,
                        LOW,
                        "PEM file with the certificates to trust instead of the JDK's for " + server
                                + ", as for a gateway with a private CA.")
                .define(
                        prefix + CERTIFICATE,
                        Type.STRING,
                        null,
                        LOW,
                        "PEM file with a certificate by which " + server + " knows the worker (mutual TLS).")
                .define(
                        prefix + CERTIFICATE_KEY,
                        Type.STRING,
                        null,
                        LOW,
                        "PEM file with its key, RSA or EC, not encrypted.")
                .define(
                        prefix + PROXY,
                        Type.PASSWORD,
                        null,
                        MEDIUM,
                        "HTTP proxy on the way to " + server + ", as http://proxy.internal:3128, in place of "
                                + GenAiConfig.HTTPS_PROXY + ". none: no proxy.")
                .define(
                        prefix + PROXY_CREDENTIALS,
                        Type.STRING,
                        null,
                        LOW,
                        "File with that proxy's user:password. Read again when it changes.");
    }

    /**
     * What an alias takes over from the default credential. Not its certificate, which says who calls, nor the password of a proxy that
     * is not its own.
     *
     * @param given names of what the alias says itself
     */
    static Set<String> inherited(Set<String> given) {
        return given.contains(PROXY) ? Set.of(TRUSTED) : Set.of(TRUSTED, PROXY, PROXY_CREDENTIALS);
    }

    /** @throws ConfigException if there is no such way; the message names the setting */
    Route read() {
        return new Route(trusted(), certificate(), proxy());
    }

    private boolean isGiven(String name) {
        return settings.get(name) != null && !settings.get(name).isBlank();
    }

    private Path trusted() {
        if (!isGiven(TRUSTED)) {
            return null;
        }
        Path certificates = Path.of(settings.get(TRUSTED));
        HttpFlaws.certificates(certificates).ifPresent(flaw -> {
            throw new ConfigException(
                    prefix + TRUSTED + " " + flaw + ". Name a PEM file that this user may read, or leave it out");
        });
        return certificates;
    }

    private ClientCertificate certificate() {
        if (isGiven(CERTIFICATE) != isGiven(CERTIFICATE_KEY)) {
            throw new ConfigException("Set both " + prefix + CERTIFICATE + " and " + prefix + CERTIFICATE_KEY
                    + ", the files of a certificate and of its key, or neither");
        }
        if (!isGiven(CERTIFICATE)) {
            return null;
        }
        var certificate =
                new ClientCertificate(Path.of(settings.get(CERTIFICATE)), Path.of(settings.get(CERTIFICATE_KEY)));
        certificate.flaw().ifPresent(flaw -> {
            throw new ConfigException(prefix + CERTIFICATE + " and " + CERTIFICATE_KEY + " cannot be used: " + flaw);
        });
        return certificate;
    }

    /** Its own, or the one for all; null for none. */
    private HttpProxy proxy() {
        List<String> without = List.of(Objects.requireNonNullElse(config.getString(GenAiConfig.NO_PROXY), "")
                .split(","));
        if (isGiven(PROXY)) {
            return proxy(
                    prefix + PROXY,
                    settings.get(PROXY),
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

    private static HttpProxy proxy(
            String setting, String address, String credentials, BiFunction<String, ApiKey, HttpProxy> make) {
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
                throw new ConfigException(setting + CREDENTIALS_FILE + " " + flaw + ": write user:password into it");
            });
        }
        try {
            return make.apply(address, login);
        } catch (IllegalArgumentException e) {
            String from = setting.equals(GenAiConfig.HTTPS_PROXY) ? " (or HTTPS_PROXY of the environment)" : "";
            throw new ConfigException(setting + from + " " + e.getMessage());
        }
    }
}
