package io.github.genaistreams.wire;

/**
 * The writer's schema of a record does not resolve to ours. Also has the record's owner, as far as the record states
 * it.
 */
final class UnresolvedSchemaException extends WireException {

    private static final long serialVersionUID = 1;

    private final String field;
    private final String batchId;
    private final Integer index;
    private final Integer batchSize;

    /**
     * @param field     the field that does not resolve, or null
     * @param batchId   null if the record does not state it; the same for the others
     */
    UnresolvedSchemaException(String message, String field, String batchId, Integer index, Integer batchSize) {
        super(message);
        this.field = field;
        this.batchId = batchId;
        this.index = index;
        this.batchSize = batchSize;
    }

    String field() {
        return field;
    }

    String batchId() {
        return batchId;
    }

    Integer index() {
        return index;
    }

    Integer batchSize() {
        return batchSize;
    }
}
