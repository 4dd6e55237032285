package io.github.genaistreams.wire;

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

    /** Whether nothing that a record's value needs has to be waited for; {@code value} may be null. */
    default boolean canRead(byte[] value) {
        return value == null || !Framing.isMarked(value) || !Framing.hasId(value) || isAtHand(Framing.id(value));
    }
}
