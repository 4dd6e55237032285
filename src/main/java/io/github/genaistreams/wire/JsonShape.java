package io.github.genaistreams.wire;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectWriter;
import java.io.IOException;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * How the JSON of a record differs from its fields, and further rules for a record that was read.
 *
 * @param <T> the record type
 */
interface JsonShape<T> {

    /** The record as UTF-8; {@code writer} writes it field by field. */
    default byte[] write(ObjectWriter writer, T value) throws IOException {
        return JsonText.utf8(writer, value);
    }

    /** The standard form of a record in another form, which may be modified for that; empty if the form is unknown. */
    default Optional<JsonNode> standard(JsonNode other) {
        return Optional.empty();
    }

    /**
     * Checks a record that was read, in either form.
     *
     * @throws WireException if readers cannot use it
     */
    default T checked(T value) {
        return value;
    }

    /** JSON with exactly the fields of the record. */
    static <T> JsonShape<T> plain() {
        return new JsonShape<>() {};
    }

    /** The same, with a check: {@code flaw} returns the problem, if there is one. */
    static <T> JsonShape<T> plain(Function<T, @Nullable String> flaw) {
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
