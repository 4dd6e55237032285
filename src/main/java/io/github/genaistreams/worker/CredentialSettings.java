package io.github.genaistreams.worker;

import static org.apache.kafka.common.config.ConfigDef.Importance.HIGH;
import static org.apache.kafka.common.config.ConfigDef.Importance.LOW;
import static org.apache.kafka.common.config.ConfigDef.Importance.MEDIUM;
import static org.apache.kafka.common.config.ConfigDef.Range.atLeast;
import static org.apache.kafka.common.config.ConfigDef.Type.INT;
import static org.apache.kafka.common.config.ConfigDef.Type.LIST;
import static org.apache.kafka.common.config.ConfigDef.Type.PASSWORD;
import static org.apache.kafka.common.config.ConfigDef.Type.STRING;

import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.provider.openai.OpenAiClient;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.types.Password;
import org.jspecify.annotations.Nullable;

/**
 * The settings of one API's credentials: place, key and limits. The default credential has {@code openai.api.key} and
 * so on. Each alias in {@code openai.credentials} has {@code openai.credentials.ALIAS.api.key} and so on. An alias
 * takes what it does not set from the default. Exceptions are key, organisation, project, headers and client
 * certificate: they belong together, so an alias never takes them over.
 */
final class CredentialSettings {

    static final String KEY = "api.key";
    static final String KEY_FILE = "api.key.file";
    static final String ORGANIZATION = "organization";
    static final String PROJECT = "project";
    static final String HEADERS = "headers";
    static final String CONCURRENT = "max.concurrent.requests";
    static final String PER_MINUTE = "requests.per.minute";
    static final String TOKENS_PER_MINUTE = "tokens.per.minute";
    static final String PAGES = "max.pages.in.flight";

    /** The limit of an account: https://documentation.datalab.to, "Limits". */
    private static final String PAGES_DEFAULT = "5000";

    private static final String ALIASES = "credentials";

    private static final Pattern ALIAS = Pattern.compile("[a-z0-9][a-z0-9-]{0,62}");
    static final CredentialSettings OPENAI =
            new CredentialSettings("openai", "OPENAI_API_KEY", "base.url", OpenAiClient.OPENAI.toString(), 0, 0);

    /** The API's documented limits: https://documentation.datalab.to, "Limits". */
    static final CredentialSettings DATALAB = new CredentialSettings(
            "datalab", "DATALAB_API_KEY", "api.url", "https://www.datalab.to/api/v1/marker", 200, 400);

    private final String api;
    private final String keyVariable;
    private final String urlKey;
    private final String urlDefault;
    private final int perMinuteDefault;
    private final int concurrentDefault;

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

    /** Adds these settings. */
    void defineIn(SettingsTable table) {
        boolean openAi = api.equals("openai");
        table.setting(key(KEY), PASSWORD, null, HIGH)
                .means("Key of the " + (openAi ? "OpenAI" : "Datalab") + " API. Preferably set by environment variable:"
                        + " GENAI_" + keyVariable + " or " + keyVariable + ".");
        table.setting(key(KEY_FILE), STRING, null, MEDIUM)
                .means("File with this key, instead of the key itself. The worker reads it again when it changes, so a"
                        + " mounted secret can be rotated.");
        table.setting(key(urlKey), STRING, urlDefault, MEDIUM)
                .means(
                        openAi
                                ? "Base URL of the Responses API or of a compatible server. Records cannot change it."
                                : "URL for the submission of documents. It ends with …/marker, …/convert (the"
                                        + " successor of marker), …/ocr or …/track-changes. Records cannot change it.");
        if (openAi) {
            table.setting(key(ORGANIZATION), STRING, null, LOW)
                    .means("Organisation that pays for the calls (header OpenAI-Organization).");
            table.setting(key(PROJECT), STRING, null, LOW)
                    .means("Project that pays for the calls (header OpenAI-Project).");
            table.setting(key(TOKENS_PER_MINUTE), INT, 0, atLeast(0), MEDIUM)
                    .means("Tokens that this account may use in any minute, for requests and answers together. The"
                            + " workers of a group share them as described for " + key(PER_MINUTE)
                            + ". 0: the limit from the API's headers.");
        } else {
            table.setting(key(PAGES), INT, PAGES_DEFAULT, atLeast(0), MEDIUM)
                    .means("Maximum number of pages in flight with this key, over all partitions of this worker. The"
                            + " fields expected_pages, page_range and max_pages of a request say how many pages it"
                            + " counts. With several workers, divide the account's limit by their number. 0: no"
                            + " limit.");
        }
        RouteSettings.defineIn(table, api);
        table.setting(key(HEADERS), PASSWORD, null, LOW)
                .means("Headers sent with every call, for example for a gateway: `Name: value`, separated by a"
                        + " vertical bar.");
        table.setting(key(CONCURRENT), INT, concurrentDefault, atLeast(0), MEDIUM)
                .means("Maximum number of calls in flight with this key, over all partitions of this worker. 0: only"
                        + " the lanes limit them.");
        table.setting(key(PER_MINUTE), INT, perMinuteDefault, atLeast(0), MEDIUM)
                .means("Calls that this account may start in any minute. The workers of a group share this limit in"
                        + " proportion to their partitions (limits.share). 0: "
                        + (openAi ? "the limit from the API's headers." : "no limit."));
        table.setting(key(ALIASES), LIST, List.of(), LOW)
                .means("Aliases of additional credentials. A record can name one in its field `credential`. Each has"
                        + " its own settings, " + key(ALIASES) + ".ALIAS." + KEY + " and so on: all of " + api
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
     * The settings key of an environment variable; null if the variable is not a setting of an alias.
     * {@code OPENAI_CREDENTIALS_TEAM_A_API_KEY} is {@code openai.credentials.team-a.api.key}, even if there is no such alias.
     */
    @Nullable
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
        CredentialReader ofDefault = reader(key(""), own);
        // Checked even without a key, so that a mistake is reported early.
        ofDefault.url();
        ofDefault
                .read(ApiRequest.DEFAULT_CREDENTIAL, config)
                .ifPresent(credential -> all.put(ApiRequest.DEFAULT_CREDENTIAL, credential));
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
            all.put(
                    alias,
                    reader(prefix, settings)
                            .read(alias, config)
                            .orElseThrow(() -> new ConfigException("The credential " + alias + " has no key: set "
                                    + prefix + KEY + " or " + prefix + KEY_FILE)));
        }
        return all;
    }

    private CredentialReader reader(String prefix, Map<String, String> settings) {
        return new CredentialReader(prefix, settings, urlKey, urlDefault);
    }

    /**
     * The limits of a credential, with or without a key; 0 for a limit that is not set.
     *
     * @param concurrent maximum number of calls in flight
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

    /** The limits of all credentials, with or without a key, the default credential first. */
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
        return value == null ? 0 : CredentialReader.wholeNumber(aliasPrefix() + name, value.toString());
    }

    /** The instruction for the user if there is no key at all. */
    String noKey() {
        return "set the environment variable " + keyVariable + ", or " + key(KEY) + " in the configuration file";
    }
}
