package io.github.genaistreams.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Responses by ID and conversations' latest, the least recently used forgotten first. Thread-safe. */
final class ResponseStore {

    private static final String CONVERSATION = "conversation ";

    private final Map<String, StoredResponse> entries;

    /** @param most how many it keeps */
    ResponseStore(int most) {
        entries = new LinkedHashMap<>(16, 0.75f, true) {
            @Override
            protected boolean removeEldestEntry(Map.Entry<String, StoredResponse> eldest) {
                return size() > most;
            }
        };
    }

    synchronized void put(String id, JsonNode request, StoredResponse response) {
        entries.put(id, response);
        if (request.hasNonNull("conversation")) {
            entries.put(CONVERSATION + ResponseObject.conversation(request), response);
        }
    }

    synchronized Optional<StoredResponse> find(String id) {
        return Optional.ofNullable(entries.get(id));
    }

    synchronized Optional<StoredResponse> remove(String id) {
        return Optional.ofNullable(entries.remove(id));
    }

    synchronized Optional<StoredResponse> latestOf(String conversation) {
        return Optional.ofNullable(entries.get(CONVERSATION + conversation));
    }
}
