package io.github.genaistreams.wire;

import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * The writers' schemas of records in Confluent's wire format, by their IDs in a schema registry. Implementations are
 * thread-safe.
 */
public interface WriterSchemas {

    /** Without a registry: framed records cannot be read. */
    WriterSchemas NONE = id -> {
        throw new WireException("the value is framed for a schema registry (schema ID " + id
                + "): set schema.registry.url for the worker");
    };

    /**
     * The schema with this ID. If it is not cached, an implementation may wait for it, and throw its own exception when
     * it gives up.
     *
     * @throws WireException if there is no usable schema; the message says why
     */
    WriterSchema of(int id);

    /**
     * Whether {@link #of} would return now, with a schema or with the reason why there is none. If not, the schema is
     * requested, and this becomes true later. Never blocks.
     */
    default boolean isAtHand(int id) {
        return true;
    }

    /**
     * The ID of the schema that a record's value needs; empty if it needs none, or names none.
     */
    static OptionalInt idIn(byte @Nullable [] value) {
        return value == null || !Framing.isMarked(value) ? OptionalInt.empty() : Framing.idIn(value);
    }
}
