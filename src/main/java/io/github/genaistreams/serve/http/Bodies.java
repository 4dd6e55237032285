package io.github.genaistreams.serve.http;

import java.util.HashMap;
import java.util.Map;

/** Limits the memory that the bodies of requests may take, in all and for each key. Thread-safe. */
final class Bodies {

    static final long MAX_BYTES = 64 << 20;

    /** Less than all, so that one key cannot take all of it. */
    static final long MAX_BYTES_OF_KEY = 24 << 20;

    private static final int RETRY_SECONDS = 2;

    private final Map<String, Long> held = new HashMap<>();
    private long all;

    /** @throws ApiException 429 or 503 if there is no room; nothing is taken then */
    synchronized void take(String key, int bytes) {
        long ofKey = held.getOrDefault(key, 0L) + bytes;
        if (ofKey > MAX_BYTES_OF_KEY) {
            throw ApiException.tooManyAtOnce(
                    "The key has too many large requests at once. Send this one again in a moment.", RETRY_SECONDS);
        }
        if (all + bytes > MAX_BYTES) {
            throw ApiException.busy("The server is busy. Send the request again in a moment.", RETRY_SECONDS);
        }
        all += bytes;
        held.put(key, ofKey);
    }

    synchronized void release(String key, int bytes) {
        all -= bytes;
        held.computeIfPresent(key, (any, before) -> before == bytes ? null : before - bytes);
    }
}
