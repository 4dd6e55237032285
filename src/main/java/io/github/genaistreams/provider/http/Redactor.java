package io.github.genaistreams.provider.http;

import io.github.genaistreams.provider.ApiKey;
import java.util.regex.Pattern;

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

    private final ApiKey key;

    public Redactor(ApiKey key) {
        this.key = key;
    }

    /** The text without anything like a key, at most {@value #LONGEST} characters; null stays null. */
    public String clean(String text) {
        if (text == null) {
            return null;
        }
        String clean = text.replace(key.current().reveal(), GONE);
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
