package io.github.genaistreams.worker;

import static org.apache.kafka.common.config.ConfigDef.Importance.HIGH;
import static org.apache.kafka.common.config.ConfigDef.Importance.LOW;
import static org.apache.kafka.common.config.ConfigDef.Importance.MEDIUM;
import static org.apache.kafka.common.config.ConfigDef.Range.atLeast;

import io.github.genaistreams.flow.LimitSettings;
import io.github.genaistreams.flow.LimitSettings.Adaptive;
import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.provider.ApiKey;
import io.github.genaistreams.provider.KeyFile;
import io.github.genaistreams.provider.Secret;
import io.github.genaistreams.provider.http.HttpFlaws;
import io.github.genaistreams.provider.http.HttpProxy;
import java.net.URI;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.types.Password;

/**
 * The settings of one API's credentials: place, key and limits. The default credential has {@code openai.api.key} and
 * so on. Each alias in {@code openai.credentials} has {@code openai.credentials.ALIAS.api.key} and so on. An alias
 * takes what it does not set from the default. Exceptions are key, organisation, project, headers and client
 * certificate: they belong together, so an alias never takes them over.
 */
final class CredentialSettings {

    private static final String KEY = "api.key";
    private static final String KEY_FILE = "api.key.file";
    private static final String ORGANIZATION = "organization";
    private static final String PROJECT = "project";
    private static final String HEADERS = "headers";
    private static final String CONCURRENT = "max.concurrent.requests";
    private static final String PER_MINUTE = "requests.per.minute";
    private static final String TOKENS_PER_MINUTE = "tokens.per.minute";
    private static final String PAGES = "max.pages.in.flight";

    /** Of an account: https://documentation.datalab.to, "Limits". */
    private static final String PAGES_DEFAULT = "5000";

    private static final String ALIASES = "credentials";

    private static final Pattern ALIAS = Pattern.compile("[a-z0-9][a-z0-9-]{0,62}");
    private static final Pattern HEADER = Pattern.compile("([!#$%&'*+.^_`|~0-9A-Za-z-]+):\\s*(\\S.*)");

    private final String api;
    private final String keyVariable;
    private final String urlKey;
    private final String urlDefault;
    private final int perMinuteDefault;
    private final int concurrentDefault;

    /**
     * One credential of an API.
     *
     * @param url     where the API is
     * @param headers sent with every call
     * @param route   how its server is reached
     */
    record Credential(
            String alias, ApiKey key, URI url, Map<String, String> headers, LimitSettings limits, RouteSettings route) {

        /** Where its calls go, and through which proxy. */
        String place() {
            HttpProxy proxy = route.read().proxy();
            return proxy != null && proxy.isOnTheWayTo(url) ? url + " by way of " + proxy : url.toString();
        }

        /** Without the headers' values: one of them may be a gateway's key. */
        @Override
        public String toString() {
            return "Credential[" + alias + ", " + url + ", headers=" + headers.keySet() + "]";
        }
    }

    private CredentialSettings(
            String api,
            String keyVariable,
            String urlKey,
            String urlDefault,
            int perMinuteDefault,
            int concurrentDefault) {
        this.api = api;
        this.keyVariable = keyVariable;
        this.urlKey = urlKey;
        this.urlDefault = urlDefault;
        this.perMinuteDefault = perMinuteDefault;
        this.concurrentDefault = concurrentDefault;
    }

    static CredentialSettings openAi(String urlDefault) {
        return new CredentialSettings("openai", "OPENAI_API_KEY", "base.url", urlDefault, 0, 0);
    }

    /** The API's documented limits: https://documentation.datalab.to, "Limits". */
    static CredentialSettings datalab(String urlDefault) {
        return new CredentialSettings("datalab", "DATALAB_API_KEY", "api.url", urlDefault, 200, 400);
    }

    /** Adds these settings. */
    ConfigDef defineIn(ConfigDef settings) {
        String name = api.equals("openai") ? "OpenAI" : "Datalab";
        settings.define(
                        key(KEY),
                        Type.PASSWORD,
                        null,
                        HIGH,
                        "Key of the " + name + " API. Preferably set by environment variable: GENAI_" + keyVariable
                                + " or " + keyVariable + ".")
                .define(
                        key(KEY_FILE),
                        Type.STRING,
                        null,
                        MEDIUM,
                        "File with this key, instead of the key itself. The worker reads it again when it changes, so"
                                + " a mounted secret can be rotated.")
                .define(
                        key(urlKey),
                        Type.STRING,
                        urlDefault,
                        MEDIUM,
                        api.equals("openai")
                                ? "Base URL of the Responses API or of a compatible server. Records cannot change it."
                                : "URL for the submission of documents. It ends with …/marker, …/convert (the"
                                        + " successor of marker), …/ocr or …/track-changes. Records cannot change it.");
        if (api.equals("openai")) {
            settings.define(
                            key(ORGANIZATION),
                            Type.STRING,
                            null,
                            LOW,
                            "Organisation that pays for the calls (header OpenAI-Organization).")
                    .define(
                            key(PROJECT),
                            Type.STRING,
                            null,
                            LOW,
                            "Project that pays for the calls (header OpenAI-Project).")
                    .define(
                            key(TOKENS_PER_MINUTE),
                            Type.INT,
                            0,
                            atLeast(0),
                            MEDIUM,
                            "Tokens that this account may use in any minute, for requests and answers together. The"
                                    + " workers of a group share them as described for " + key(PER_MINUTE)
                                    + ". 0: the limit from the API's headers.");
        } else {
            settings.define(
                    key(PAGES),
                    Type.INT,
                    PAGES_DEFAULT,
                    atLeast(0),
                    MEDIUM,
                    "Maximum number of pages in flight with this key, over all partitions of this worker. The fields"
                            + " expected_pages, page_range and max_pages of a request say how many pages it counts."
                            + " With several workers, divide the account's limit by their number. 0: no limit.");
        }
        RouteSettings.defineIn(settings, api);
        return settings.define(
                        key(HEADERS),
                        Type.PASSWORD,
                        null,
                        LOW,
                        "Headers sent with every call, for example for a gateway: `Name: value`, separated by a"
                                + " vertical bar.")
                .define(
                        key(CONCURRENT),
                        Type.INT,
                        concurrentDefault,
                        atLeast(0),
                        MEDIUM,
                        "Maximum number of calls in flight with this key, over all partitions of this worker. 0: only"
                                + " the lanes limit them.")
                .define(
                        key(PER_MINUTE),
                        Type.INT,
                        perMinuteDefault,
                        atLeast(0),
                        MEDIUM,
                        "Calls that this account may start in any minute. The workers of a group share this limit in"
                                + " proportion to their partitions (limits.share). 0: "
                                + (api.equals("openai") ? "the limit from the API's headers." : "no limit."))
                .define(
                        key(ALIASES),
                        Type.LIST,
                        List.of(),
                        LOW,
                        "Aliases of additional credentials. A record can name one in its field `credential`. Each has"
                                + " its own settings, " + key(ALIASES) + ".ALIAS." + KEY + " and so on: all of "
                                + api
                                + ".* above except `" + ALIASES + "`.");
    }

    private String key(String name) {
        return api + "." + name;
    }

    /** The prefix of the settings of all aliases. */
    String aliasPrefix() {
        return key(ALIASES) + ".";
    }

    /** Whether the key is a setting of a listed alias. */
    boolean isOfAlias(String key, AbstractConfig config) {
        return config.getList(key(ALIASES)).stream()
                .map(alias -> aliasPrefix() + alias + ".")
                .anyMatch(prefix -> key.startsWith(prefix) && names().contains(key.substring(prefix.length())));
    }

    /** The settings that an alias can have. */
    private Set<String> names() {
        Stream<String> own =
                api.equals("openai") ? Stream.of(ORGANIZATION, PROJECT, TOKENS_PER_MINUTE) : Stream.of(PAGES);
        return Stream.concat(
                        Stream.concat(own, RouteSettings.NAMES.stream()),
                        Stream.of(KEY, KEY_FILE, urlKey, HEADERS, CONCURRENT, PER_MINUTE))
                .collect(Collectors.toUnmodifiableSet());
    }

    /**
     * The settings key of an environment variable, or null. {@code OPENAI_CREDENTIALS_TEAM_A_API_KEY} is
     * {@code openai.credentials.team-a.api.key}, whatever aliases exist.
     */
    String keyOf(String variable) {
        String prefix = aliasPrefix().toUpperCase(Locale.ROOT).replace('.', '_');
        if (!variable.startsWith(prefix)) {
            return null;
        }
        String rest = variable.substring(prefix.length());
        for (String name :
                names().stream().sorted((a, b) -> b.length() - a.length()).toList()) {
            String end = "_" + name.toUpperCase(Locale.ROOT).replace('.', '_');
            if (rest.endsWith(end) && rest.length() > end.length()) {
                String alias = rest.substring(0, rest.length() - end.length());
                return aliasPrefix() + alias.toLowerCase(Locale.ROOT).replace('_', '-') + "." + name;
            }
        }
        return null;
    }

    /**
     * All credentials by alias, the default one first; empty if there is none.
     *
     * @throws ConfigException if one of them cannot be used; the message names the setting
     */
    Map<String, Credential> read(AbstractConfig config) {
        Map<String, Credential> all = new LinkedHashMap<>();
        Map<String, String> own = new LinkedHashMap<>();
        for (String name : names()) {
            Object value = config.values().get(key(name));
            if (value != null) {
                own.put(name, value instanceof Password password ? password.value() : value.toString());
            }
        }
        // Checked even without a key, so that a mistake is reported early.
        url(key(""), own.get(urlKey));
        if (isGiven(own, KEY) || isGiven(own, KEY_FILE)) {
            all.put(ApiRequest.DEFAULT_CREDENTIAL, credential(ApiRequest.DEFAULT_CREDENTIAL, key(""), own, config));
        }
        for (String alias : config.getList(key(ALIASES))) {
            if (!ALIAS.matcher(alias).matches() || alias.equals(ApiRequest.DEFAULT_CREDENTIAL)) {
                throw new ConfigException(
                        key(ALIASES),
                        alias,
                        "an alias may have only lower-case letters, digits and hyphens, and must not be `"
                                + ApiRequest.DEFAULT_CREDENTIAL + "`");
            }
            String prefix = aliasPrefix() + alias + ".";
            Map<String, String> settings = new LinkedHashMap<>();
            Map<String, Object> given = config.originalsWithPrefix(prefix);
            Stream.concat(
                            Stream.of(urlKey, CONCURRENT, PER_MINUTE, TOKENS_PER_MINUTE, PAGES),
                            RouteSettings.inherited(given.keySet()).stream())
                    .filter(own::containsKey)
                    .forEach(name -> settings.put(name, own.get(name)));
            given.forEach((name, value) -> settings.put(name, String.valueOf(value)));
            if (!isGiven(settings, KEY) && !isGiven(settings, KEY_FILE)) {
                throw new ConfigException(
                        "The credential " + alias + " has no key: set " + prefix + KEY + " or " + prefix + KEY_FILE);
            }
            all.put(alias, credential(alias, prefix, settings, config));
        }
        return all;
    }

    private static boolean isGiven(Map<String, String> settings, String name) {
        return settings.get(name) != null && !settings.get(name).isBlank();
    }

    private Credential credential(String alias, String prefix, Map<String, String> settings, AbstractConfig config) {
        if (isGiven(settings, KEY) && isGiven(settings, KEY_FILE)) {
            throw new ConfigException("Set either " + prefix + KEY + " or " + prefix + KEY_FILE + ", not both");
        }
        ApiKey apiKey;
        try {
            apiKey = isGiven(settings, KEY)
                    ? ApiKey.of(new Secret(settings.get(KEY).strip()))
                    : new KeyFile(Path.of(settings.get(KEY_FILE)));
        } catch (IllegalArgumentException e) {
            throw new ConfigException(prefix + KEY_FILE, settings.get(KEY_FILE), e.getMessage());
        }
        apiKey.current().flaw().ifPresent(flaw -> {
            throw new ConfigException(prefix + (isGiven(settings, KEY) ? KEY : KEY_FILE) + " " + flaw
                    + ": set it to the key exactly as the API shows it");
        });
        return new Credential(
                alias,
                apiKey,
                url(prefix, settings.get(urlKey)),
                headers(prefix, settings),
                new LimitSettings(
                        number(prefix, CONCURRENT, settings.get(CONCURRENT)),
                        number(prefix, PAGES, settings.getOrDefault(PAGES, "0")),
                        number(prefix, PER_MINUTE, settings.get(PER_MINUTE)),
                        number(prefix, TOKENS_PER_MINUTE, settings.getOrDefault(TOKENS_PER_MINUTE, "0")),
                        Adaptive.valueOf(config.getString(GenAiConfig.ADAPTIVE).toUpperCase(Locale.ROOT))),
                new RouteSettings(prefix, settings, config));
    }

    private URI url(String prefix, String url) {
        // Neither the value nor the parser's message is quoted: they may contain a password.
        try {
            URI parsed = URI.create(url.strip());
            Optional<String> flaw = HttpFlaws.url(parsed);
            if (flaw.isEmpty()) {
                return parsed;
            }
            throw new ConfigException(prefix + urlKey + " " + flaw.get() + ". Set a URL, for example " + urlDefault);
        } catch (IllegalArgumentException e) {
            throw new ConfigException(prefix + urlKey + " is not a URL: set one, for example " + urlDefault);
        }
    }

    private static Map<String, String> headers(String prefix, Map<String, String> settings) {
        Map<String, String> headers = new LinkedHashMap<>();
        if (isGiven(settings, ORGANIZATION)) {
            headers.put("OpenAI-Organization", settings.get(ORGANIZATION).strip());
        }
        if (isGiven(settings, PROJECT)) {
            headers.put("OpenAI-Project", settings.get(PROJECT).strip());
        }
        if (isGiven(settings, HEADERS)) {
            for (String line : settings.get(HEADERS).split("\\|")) {
                var header = HEADER.matcher(line.strip());
                if (!header.matches()) {
                    // Not quoted: a header may contain a secret.
                    throw new ConfigException(
                            prefix + HEADERS + " must be `Name: value`; separate several headers by" + " |");
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

    private static int number(String prefix, String name, String value) {
        try {
            int number = Integer.parseInt(value.strip());
            if (number >= 0) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Falls through to the message.
        }
        throw new ConfigException(prefix + name, value, "must be a whole number, at least 0");
    }

    /**
     * The limits of a credential, which needs no key for that; 0 for none.
     *
     * @param concurrent calls at once
     */
    record Figures(int concurrent, int requestsPerMinute, int tokensPerMinute) {}

    /** The limits of an alias, or those of the default credential if the settings do not have it. */
    Figures figures(String alias, AbstractConfig config) {
        Map<String, Object> own = config.originalsWithPrefix(aliasPrefix() + alias + ".");
        return new Figures(
                figure(CONCURRENT, own, config),
                figure(PER_MINUTE, own, config),
                figure(TOKENS_PER_MINUTE, own, config));
    }

    /** The limits of all credentials, which need no key for that: the default one first. */
    Stream<CredentialLimits> limits(AbstractConfig config) {
        return Stream.concat(Stream.of(ApiRequest.DEFAULT_CREDENTIAL), config.getList(key(ALIASES)).stream())
                .map(alias -> {
                    Figures figures = figures(alias, config);
                    return new CredentialLimits(
                            api, alias, figures.concurrent(), figures.requestsPerMinute(), figures.tokensPerMinute());
                });
    }

    private int figure(String name, Map<String, Object> own, AbstractConfig config) {
        Object value = own.getOrDefault(name, config.values().get(key(name)));
        return value == null ? 0 : number(aliasPrefix(), name, value.toString());
    }

    /** The instruction for the user if there is no key at all. */
    String noKey() {
        return "set the environment variable " + keyVariable + ", or " + key(KEY) + " in the configuration file";
    }

    /** Aliases for a log line; never a key. */
    static String names(Map<String, Credential> credentials) {
        return credentials.keySet().stream().sorted().collect(Collectors.joining(","));
    }
}
