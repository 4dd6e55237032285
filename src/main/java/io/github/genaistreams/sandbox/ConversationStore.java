package io.github.genaistreams.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** Conversations that were created, with their items; the least recently used are forgotten first. Thread-safe. */
final class ConversationStore {

    /** Nothing in it changes: a change is another one. */
    record Entry(ObjectNode conversation, List<JsonNode> items) {

        Entry {
            items = List.copyOf(items);
        }

        Entry with(ObjectNode changed) {
            return new Entry(changed, items);
        }

        Entry adding(List<JsonNode> more) {
            List<JsonNode> all = new ArrayList<>(items);
            all.addAll(more);
            return new Entry(conversation, all);
        }

        Entry without(String itemId) {
            return new Entry(
                    conversation,
                    items.stream().filter(item -> !isCalled(itemId, item)).toList());
        }

        Optional<JsonNode> item(String itemId) {
            return items.stream().filter(item -> isCalled(itemId, item)).findFirst();
        }

        private static boolean isCalled(String id, JsonNode item) {
            return item.path("id").asText().equals(id);
        }
    }

    private final Map<String, Entry> entries;

    /** @param most how many it keeps */
    ConversationStore(int most) {
        entries = new LinkedHashMap<>(16, 0.75f, true) {
            @Override
            protected boolean removeEldestEntry(Map.Entry<String, Entry> eldest) {
                return size() > most;
            }
        };
    }

    synchronized void put(String id, Entry entry) {
        entries.put(id, entry);
    }

    synchronized Optional<Entry> find(String id) {
        return Optional.ofNullable(entries.get(id));
    }

    synchronized void remove(String id) {
        entries.remove(id);
    }

    /** Adds a turn to a conversation that was created here; one that is only named has no items. */
    void add(String id, List<JsonNode> items) {
        change(id, entry -> entry.adding(items));
    }

    synchronized void change(String id, UnaryOperator<Entry> change) {
        entries.computeIfPresent(id, (same, entry) -> change.apply(entry));
    }
}
