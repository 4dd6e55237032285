package io.github.genaistreams.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Responses by ID. Forgets the least recently used ones first. Thread-safe. */
final class ResponseStore {

    private final Map<String, SandboxResponse> entries;

    /** @param maxEntries responses that it keeps */
    ResponseStore(int maxEntries) {
        entries = new LinkedHashMap<>(16, 0.75f, true) {
            @Override
            protected boolean removeEldestEntry(Map.Entry<String, SandboxResponse> eldest) {
                return size() > maxEntries;
            }
        };
    }

    synchronized void put(String id, SandboxResponse response) {
        entries.put(id, response);
    }

    synchronized Optional<SandboxResponse> find(String id) {
        return Optional.ofNullable(entries.get(id));
    }

    /** The turn that a request continues. */
    Optional<Turn.Earlier> earlier(JsonNode request) {
        return request.hasNonNull("previous_response_id")
                ? find(request.get("previous_response_id").asText())
                        .flatMap(response -> response.earlier(System.nanoTime()))
                : Optional.empty();
    }

    /** Why a request cannot continue the turn that it names: unknown, unfinished or not stored. */
    Optional<ErrorReply> refusal(JsonNode request) {
        return request.hasNonNull("previous_response_id") && earlier(request).isEmpty()
                ? Optional.of(ErrorReply.invalid(
                        "previous_response_not_found",
                        "previous_response_id",
                        "Previous response with id '%s' not found."
                                .formatted(request.get("previous_response_id").asText())))
                : Optional.empty();
    }
}
