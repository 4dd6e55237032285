package io.github.genaistreams.worker;

import static org.apache.kafka.common.config.ConfigDef.Importance.HIGH;
import static org.apache.kafka.common.config.ConfigDef.Importance.LOW;
import static org.apache.kafka.common.config.ConfigDef.Importance.MEDIUM;
import static org.apache.kafka.common.config.ConfigDef.Range.atLeast;

import io.github.genaistreams.flow.CallLimits;
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
 * The settings that say how to reach one API, with which key, and how much: {@code openai.api.key} and its like for the
 * default credential, and {@code openai.credentials.ALIAS.api.key} and its like for each one that
 * {@code openai.credentials} lists. What an alias does not say is as for the default; key, organisation, project,
 * headers and client certificate belong together and are its own.
 */
final class CredentialSettings {

    private static final String KEY = "api.key";
    private static final String KEY_FILE = "api.key.file";
    private static final String ORGANIZATION = "organization";
    private static final String PROJECT = "project";
    private static final String HEADERS = "headers";
    private static final String CONCURRENT = "max.concurrent.requests";
    private static final String PER_MINUTE = "requests.per.minute";
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
            String alias, ApiKey key, URI url, Map<String, String> headers, CallLimits limits, RouteSettings route) {

        /** Where its calls go, and by way of what. */
        String place() {
            HttpProxy proxy = route.read().proxy();
            return proxy != null && proxy.isOnTheWayTo(url) ? url + " by way of " + proxy : url.toString();
        }

        /** Without the headers' values: a gateway's key may be one. */
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

    /** The API's own limits, where it says them: https://documentation.datalab.to, "Limits". */
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
                        "Key of the " + name + " API. Best given as the environment variable GENAI_" + keyVariable
                                + " or " + keyVariable + ".")
                .define(
                        key(KEY_FILE),
                        Type.STRING,
                        null,
                        MEDIUM,
                        "File with that key, instead of it. Read again when it changes, so that a mounted secret can be"
                                + " rotated.")
                .define(
                        key(urlKey),
                        Type.STRING,
                        urlDefault,
                        MEDIUM,
                        api.equals("openai")
                                ? "Where the Responses API is; any server that speaks it. Records cannot change it."
                                : "Where documents are submitted: …/marker as here, its successors with …/convert, or …/ocr or"
                                        + " …/track-changes. Records cannot change it.");
        if (api.equals("openai")) {
            settings.define(
                            key(ORGANIZATION),
                            Type.STRING,
                            null,
                            LOW,
                            "Organisation that calls count for (header OpenAI-Organization).")
                    .define(
                            key(PROJECT),
                            Type.STRING,
                            null,
                            LOW,
                            "Project that calls count for (header OpenAI-Project).");
        } else {
            settings.define(
                    key(PAGES),
                    Type.INT,
                    PAGES_DEFAULT,
                    atLeast(0),
                    MEDIUM,
                    "Pages at once with this key over all partitions of this worker, as far as requests tell them"
                            + " (expected_pages, page_range, max_pages); divide the account's limit by the number of workers."
                            + " 0: no bound.");
        }
        RouteSettings.defineIn(settings, api);
        return settings.define(
                        key(HEADERS),
                        Type.PASSWORD,
                        null,
                        LOW,
                        "Headers to send with every call, as a gateway may want them: `Name: value`, separated by a vertical bar.")
                .define(
                        key(CONCURRENT),
                        Type.INT,
                        concurrentDefault,
                        atLeast(0),
                        MEDIUM,
                        "Calls at once with this key over all partitions of this worker. 0: no bound but the lanes'.")
                .define(
                        key(PER_MINUTE),
                        Type.INT,
                        perMinuteDefault,
                        atLeast(0),
                        MEDIUM,
                        "Calls started with this key in any minute by this worker; divide the account's limit by the"
                                + " number of workers. 0: no bound.")
                .define(
                        key(ALIASES),
                        Type.LIST,
                        List.of(),
                        LOW,
                        "Aliases of further credentials, which a record may name in its field `credential`. Each has settings of"
                                + " its own, " + key(ALIASES) + ".ALIAS." + KEY + " and so on: " + api
                                + ".* above without `" + ALIASES + "`.");
    }

    private String key(String name) {
        return api + "." + name;
    }

    /** The part of every alias's settings that stands before its alias. */
    String aliasPrefix() {
        return key(ALIASES) + ".";
    }

    /** Whether this is a setting of an alias that is listed. */
    boolean isOfAlias(String key, AbstractConfig config) {
        return config.getList(key(ALIASES)).stream()
                .map(alias -> aliasPrefix() + alias + ".")
                .anyMatch(prefix -> key.startsWith(prefix) && names().contains(key.substring(prefix.length())));
    }

    /** What an alias may be told. */
    private Set<String> names() {
        Stream<String> own = api.equals("openai") ? Stream.of(ORGANIZATION, PROJECT) : Stream.of(PAGES);
        return Stream.concat(
                        Stream.concat(own, RouteSettings.NAMES.stream()),
                        Stream.of(KEY, KEY_FILE, urlKey, HEADERS, CONCURRENT, PER_MINUTE))
                .collect(Collectors.toUnmodifiableSet());
    }

    /**
     * The settings key that an environment variable means, or null: {@code OPENAI_CREDENTIALS_TEAM_A_API_KEY} for
     * {@code openai.credentials.team-a.api.key}, whatever aliases there are.
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
     * All credentials by alias, the default one first if there is one; empty if there is none at all.
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
        // Also without a key: a mistake is told before it matters.
        url(key(""), own.get(urlKey));
        if (isGiven(own, KEY) || isGiven(own, KEY_FILE)) {
            all.put(ApiRequest.DEFAULT_CREDENTIAL, credential(ApiRequest.DEFAULT_CREDENTIAL, key(""), own, config));
        }
        for (String alias : config.getList(key(ALIASES))) {
            if (!ALIAS.matcher(alias).matches() || alias.equals(ApiRequest.DEFAULT_CREDENTIAL)) {
                throw new ConfigException(
                        key(ALIASES),
                        alias,
                        "an alias is made of lower-case letters, digits and hyphens, and is not `"
                                + ApiRequest.DEFAULT_CREDENTIAL + "`");
            }
            String prefix = aliasPrefix() + alias + ".";
            Map<String, String> settings = new LinkedHashMap<>();
            Map<String, Object> given = config.originalsWithPrefix(prefix);
            Stream.concat(
                            Stream.of(urlKey, CONCURRENT, PER_MINUTE, PAGES),
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
                    + ": give it the key as the API has shown it");
        });
        return new Credential(
                alias,
                apiKey,
                url(prefix, settings.get(urlKey)),
                headers(prefix, settings),
                new CallLimits(
                        number(prefix, CONCURRENT, settings.get(CONCURRENT)),
                        number(prefix, PAGES, settings.getOrDefault(PAGES, "0")),
                        number(prefix, PER_MINUTE, settings.get(PER_MINUTE))),
                new RouteSettings(prefix, settings, config));
    }

    private URI url(String prefix, String url) {
        // Never quoted, nor the parser's message: a password may stand in it.
        try {
            URI parsed = URI.create(url.strip());
            Optional<String> flaw = HttpFlaws.url(parsed);
            if (flaw.isEmpty()) {
                return parsed;
            }
            throw new ConfigException(prefix + urlKey + " " + flaw.get() + ". Set a URL such as " + urlDefault);
        } catch (IllegalArgumentException e) {
            throw new ConfigException(prefix + urlKey + " is no URL: set one such as " + urlDefault);
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
                    // Not quoted: a header may hold a secret.
                    throw new ConfigException(prefix + HEADERS + " must be `Name: value`, several separated by |");
                }
                headers.put(header.group(1), header.group(2).strip());
            }
        }
        headers.forEach((name, value) -> HttpFlaws.header(value).ifPresent(flaw -> {
            throw new ConfigException("The header " + name + " (" + prefix + HEADERS + ", " + ORGANIZATION + " or "
                    + PROJECT + ") " + flaw + ": take it out");
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
        throw new ConfigException(prefix + name, value, "must be a whole number of at least 0");
    }

    /** What to do when there is no key at all. */
    String noKey() {
        return "set the environment variable " + keyVariable + ", or " + key(KEY) + " in the configuration file";
    }

    /** Names for a log line; never a key. */
    static String names(Map<String, Credential> credentials) {
        return credentials.keySet().stream().sorted().collect(Collectors.joining(","));
    }
}
