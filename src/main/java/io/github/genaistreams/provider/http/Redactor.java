package io.github.genaistreams.provider.http;

import io.github.genaistreams.provider.ApiKey;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Makes text from outside fit for an error record: without keys and not too long. A 401 of OpenAI echoes the key with
 * stars in its middle; a gateway may echo it whole.
 */
public final class Redactor {

    static final int LONGEST = 2_000;

    private static final String GONE = "[redacted]";
    private static final Pattern KEY_LIKE =
            Pattern.compile("(?<![A-Za-z0-9])sk-[A-Za-z0-9_*-]+(?:\\.+[A-Za-z0-9_*-]+)*");
    private static final Pattern STARRED = Pattern.compile("[A-Za-z0-9_.-]*\\*{3,}[A-Za-z0-9_.*-]*");
    private static final Pattern BEARER = Pattern.compile("(?i)(bearer)\\s+[A-Za-z0-9_.~+/=-]{8,}");

    /** Shorter values are words, and would be missed in every sentence. */
    private static final int SHORTEST_SECRET = 9;

    /** What comes before a key in a header's value. */
    private static final Pattern SCHEME = Pattern.compile("(?i)(bearer|basic|token|apikey|key)\\s+");

    private final ApiKey key;
    private final List<String> secrets;

    /** For one credential: its key and its headers, any of which may be a gateway's key. */
    public Redactor(HttpSettings settings) {
        this(settings.apiKey(), settings.headers().values());
    }

    /** @param headers values that go along with the key */
    public Redactor(ApiKey key, Collection<String> headers) {
        this.key = key;
        this.secrets = headers.stream()
                .flatMap(value -> Stream.of(value, SCHEME.matcher(value).replaceFirst("")))
                .map(String::strip)
                .filter(value -> value.length() >= SHORTEST_SECRET)
                .distinct()
                // Or a part of another one would leave the rest of it.
                .sorted(Comparator.comparingInt(String::length).reversed())
                .toList();
    }

    /** The text without anything like a key, at most {@value #LONGEST} characters; null stays null. */
    public String clean(String text) {
        if (text == null) {
            return null;
        }
        String clean = text.replace(key.current().reveal(), GONE);
        for (String secret : secrets) {
            clean = clean.replace(secret, GONE);
        }
        clean = KEY_LIKE.matcher(clean).replaceAll(GONE);
        clean = STARRED.matcher(clean).replaceAll(GONE);
        clean = BEARER.matcher(clean).replaceAll("$1 " + GONE);
        return truncate(clean);
    }

    private static String truncate(String text) {
        if (text.length() <= LONGEST) {
            return text;
        }
        int end = LONGEST - 1;
        // A surrogate pair is not cut in two: half of one cannot be written as UTF-8.
        return text.substring(0, Character.isHighSurrogate(text.charAt(end - 1)) ? end - 1 : end) + "…";
    }
}
