package io.github.genaistreams.wire;

import org.jspecify.annotations.Nullable;

/**
 * The writer's schema of a record does not resolve to ours. Also has the record's owner, as far as the record states
 * it.
 */
final class UnresolvedSchemaException extends WireException {

    private static final long serialVersionUID = 1;

    private final @Nullable String field;
    private final @Nullable String batchId;
    private final @Nullable Integer index;
    private final @Nullable Integer batchSize;

    /**
     * @param field     the field that does not resolve, if it is known
     * @param batchId   null if the record does not state it; the same for the others
     */
    UnresolvedSchemaException(
            String message,
            @Nullable String field,
            @Nullable String batchId,
            @Nullable Integer index,
            @Nullable Integer batchSize) {
        super(message);
        this.field = field;
        this.batchId = batchId;
        this.index = index;
        this.batchSize = batchSize;
    }

    @Nullable
    String field() {
        return field;
    }

    @Nullable
    String batchId() {
        return batchId;
    }

    @Nullable
    Integer index() {
        return index;
    }

    @Nullable
    Integer batchSize() {
        return batchSize;
    }
}
