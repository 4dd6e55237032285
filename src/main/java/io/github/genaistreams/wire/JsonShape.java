package io.github.genaistreams.wire;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectWriter;
import java.io.IOException;
import java.util.Optional;
import java.util.function.Function;

/**
 * How the JSON of a record differs from what its fields say, and what else must hold of one that is read.
 *
 * @param <T> the record type
 */
interface JsonShape<T> {

    /** The record as UTF-8; {@code writer} writes it field by field. */
    default byte[] write(ObjectWriter writer, T value) throws IOException {
        return JsonText.utf8(writer, value);
    }

    /** The usual form of a record that has another one, which may be changed for that; empty if it is none that is known. */
    default Optional<JsonNode> usual(JsonNode other) {
        return Optional.empty();
    }

    /**
     * The record that was read, in whichever form.
     *
     * @throws WireException if it is not one that its readers can do with
     */
    default T checked(T value) {
        return value;
    }

    /** JSON that is field by field what the record is. */
    static <T> JsonShape<T> plain() {
        return new JsonShape<>() {};
    }

    /** Likewise, but read only if there is no flaw in it: {@code flaw} says which, or null for none. */
    static <T> JsonShape<T> plain(Function<T, String> flaw) {
        return new JsonShape<>() {
            @Override
            public T checked(T value) {
                String found = flaw.apply(value);
                if (found != null) {
                    throw new WireException(found);
                }
                return value;
            }
        };
    }
}
