package io.github.genaistreams.provider.http;

import io.github.genaistreams.provider.ApiKey;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Prepares text from outside for an error record: without keys, and not too long. OpenAI's 401 repeats the key with
 * stars in its middle; a gateway may repeat all of it. Placeholders and keys of fewer than {@value #MIN_SECRET_LENGTH}
 * characters are ordinary words, and stay.
 */
public final class Redactor {

    static final int MAX_LENGTH = 2_000;

    /**
     * Text beyond this length is cut before the search: the server decides how long its text is, and the search must be
     * fast. This is much more than is shown, so that a key that is cut here is not shown.
     */
    private static final int MAX_SEARCHED = 8 * MAX_LENGTH;

    private static final String REDACTED = "[redacted]";

    // Each pattern takes linear time: no two parts of a pattern share characters.
    private static final Pattern KEY_LIKE = Pattern.compile("(?<![A-Za-z0-9])sk-[A-Za-z0-9_.*-]*[A-Za-z0-9_*-]");
    private static final Pattern STARRED =
            Pattern.compile("(?<![A-Za-z0-9_.-])[A-Za-z0-9_.-]*+\\*{3}[A-Za-z0-9_.*-]*+");
    private static final Pattern BEARER = Pattern.compile("(?i)(bearer)\\s++[A-Za-z0-9_.~+/=-]{8,}+");

    /** What users write as the key of a server that needs none. Shorter values count as placeholders anyway. */
    private static final Set<String> PLACEHOLDERS = Set.of(
            "anonymous",
            "no-api-key",
            "no-key-needed",
            "no-key-required",
            "not-needed",
            "not-required",
            "placeholder",
            "undefined",
            "your-api-key",
            "your_api_key");

    /** Shorter values may be ordinary words. Many sentences would miss them. */
    private static final int MIN_SECRET_LENGTH = 9;

    /** What may precede a key in a header's value. */
    private static final Pattern SCHEME = Pattern.compile("(?i)(bearer|basic|token|apikey|key)\\s+");

    /** Their values may change, so each search reads them. */
    private final List<ApiKey> keys;

    private final List<String> secrets;

    /** For one credential: its key, its proxy's password, and its headers, which may contain a gateway's key. */
    public Redactor(HttpSettings settings) {
        this(
                Stream.concat(
                                Stream.of(settings.apiKey()),
                                Stream.ofNullable(settings.route().proxy()).flatMap(proxy -> proxy.secrets().stream()))
                        .toList(),
                settings.headers().values());
    }

    /** @param headers values that are sent with the key */
    public Redactor(ApiKey key, Collection<String> headers) {
        this(List.of(key), headers);
    }

    private Redactor(List<ApiKey> keys, Collection<String> headers) {
        this.keys = keys;
        this.secrets = headers.stream()
                .flatMap(value -> Stream.of(value, SCHEME.matcher(value).replaceFirst("")))
                .map(String::strip)
                .filter(Redactor::isSecret)
                .distinct()
                // Longest first: otherwise a short secret inside a long one would leave the rest of it.
                .sorted(Comparator.comparingInt(String::length).reversed())
                .toList();
    }

    /** {@link #clean}, for a text that may be missing. */
    public @Nullable String cleanOrNull(@Nullable String text) {
        return text == null ? null : clean(text);
    }

    /** The text without anything like a key, and with at most {@value #MAX_LENGTH} characters. */
    public String clean(String text) {
        boolean isCut = text.length() > MAX_SEARCHED;
        String clean = isCut ? text.substring(0, MAX_SEARCHED) : text;
        for (ApiKey key : keys) {
            String current = key.current().reveal();
            if (isSecret(current)) {
                clean = clean.replace(current, REDACTED);
            }
        }
        for (String secret : secrets) {
            clean = clean.replace(secret, REDACTED);
        }
        // Most texts are request IDs. A search for the fixed part of a pattern is much faster than for the pattern.
        if (clean.contains("sk-")) {
            clean = KEY_LIKE.matcher(clean).replaceAll(REDACTED);
        }
        if (clean.contains("***")) {
            clean = STARRED.matcher(clean).replaceAll(REDACTED);
        }
        if (hasBlank(clean)) {
            clean = BEARER.matcher(clean).replaceAll("$1 " + REDACTED);
        }
        if (isCut && clean.length() < MAX_LENGTH) {
            // So much is redacted that the cut end would be shown. It may be the beginning of a key.
            clean = clean.substring(0, lastWord(clean)) + "…";
        }
        return truncate(clean);
    }

    private static boolean isSecret(String value) {
        return value.length() >= MIN_SECRET_LENGTH && !PLACEHOLDERS.contains(value.toLowerCase(Locale.ROOT));
    }

    private static boolean hasBlank(String text) {
        return text.chars().anyMatch(c -> c <= ' ');
    }

    /** Where the last word begins. */
    private static int lastWord(String text) {
        int start = text.length();
        while (start > 0 && text.charAt(start - 1) > ' ') {
            start--;
        }
        return start;
    }

    private static String truncate(String text) {
        if (text.length() <= MAX_LENGTH) {
            return text;
        }
        int end = MAX_LENGTH - 1;
        // A surrogate pair is not cut: half of one cannot be written as UTF-8.
        return text.substring(0, Character.isHighSurrogate(text.charAt(end - 1)) ? end - 1 : end) + "…";
    }
}
