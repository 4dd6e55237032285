package io.github.genaistreams.wire;

import java.util.OptionalInt;

/**
 * The schemas that records in Confluent's wire format were written with, by the IDs that a schema registry has given them.
 * Implementations are thread-safe.
 */
public interface WriterSchemas {

    /** There is no registry: what is framed for one cannot be read. */
    WriterSchemas NONE = id -> {
        throw new WireException("the value is framed for a schema registry (schema ID " + id
                + "): set schema.registry.url where the worker runs");
    };

    /**
     * The schema with this ID. Of one that is not at hand, an implementation may wait for it, and throw an exception of its own when it
     * gives up.
     *
     * @throws WireException if there is none that can be read with; says why
     */
    WriterSchema of(int id);

    /**
     * Whether {@link #of} would answer now, with a schema or with the reason why there is none. If not, it is asked for, and this is
     * true some time later. Never blocks.
     */
    default boolean isAtHand(int id) {
        return true;
    }

    /** The ID of the schema that a record's value has to be read with; empty if it needs none, or names none. May be null. */
    static OptionalInt idIn(byte[] value) {
        return value == null || !Framing.isMarked(value) ? OptionalInt.empty() : Framing.idIn(value);
    }
}
