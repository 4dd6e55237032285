package io.github.genaistreams.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How much of a prompt is cached: the common beginning of this prompt and the previous one, in whole blocks of {@value
 * #BLOCK} tokens. The previous one has the same {@code prompt_cache_key}, or without a key, the same first {@value
 * #MIN_TOKENS} tokens. Thread-safe.
 */
final class PromptCache {

    private static final int MIN_TOKENS = 1_024;
    private static final int BLOCK = 128;
    private static final int CHARS_PER_TOKEN = 4;
    private static final int CHARS_KEPT = 32_768;
    private static final int MAX_ENTRIES = 256;

    private final Map<String, String> last = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, String> eldest) {
            return size() > MAX_ENTRIES;
        }
    };

    /** @return tokens of this request that were cached; it is remembered for the next */
    long cachedTokens(JsonNode request) {
        String prompt = PromptText.whole(request);
        String key = request.path("prompt_cache_key").asText("");
        boolean keyed = !key.isEmpty();
        if (!keyed && prompt.length() < MIN_TOKENS * CHARS_PER_TOKEN) {
            return 0;
        }
        String place = request.path("model").asText() + "\n"
                + (keyed ? "key " + key : "start " + prompt.substring(0, MIN_TOKENS * CHARS_PER_TOKEN));
        String before;
        synchronized (last) {
            before = last.put(place, prompt.substring(0, Math.min(prompt.length(), CHARS_KEPT)));
        }
        long common = before == null ? 0 : commonChars(before, prompt) / CHARS_PER_TOKEN;
        return keyed ? common : common / BLOCK * BLOCK;
    }

    private static int commonChars(String a, String b) {
        int max = Math.min(a.length(), b.length());
        int same = 0;
        while (same < max && a.charAt(same) == b.charAt(same)) {
            same++;
        }
        return same;
    }
}
