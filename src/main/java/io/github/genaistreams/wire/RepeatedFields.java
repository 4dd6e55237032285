package io.github.genaistreams.wire;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Set;

/** Finds names that occur more than once in a JSON object: nobody knows which value was meant. */
final class RepeatedFields {

    private RepeatedFields() {}

    /**
     * The top-level fields that occur twice or contain an object with a repeated name, in order.
     *
     * @param parser at the start of a JSON object; must accept repeated names
     */
    static Set<String> in(JsonParser parser) throws IOException {
        var found = new LinkedHashSet<String>();
        var open = new ArrayDeque<Set<String>>();
        String field = null;
        for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
            switch (token) {
                case START_OBJECT -> open.push(new HashSet<>());
                case END_OBJECT -> open.pop();
                case FIELD_NAME -> {
                    String name = parser.currentName();
                    field = open.size() == 1 ? name : field;
                    if (!open.element().add(name)) {
                        found.add(field);
                    }
                }
                default -> {
                    // Values have no names.
                }
            }
        }
        return found;
    }
}
