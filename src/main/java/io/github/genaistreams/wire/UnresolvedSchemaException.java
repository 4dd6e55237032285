package io.github.genaistreams.wire;

/** A record whose writer's schema does not resolve to ours, and whose it is as far as it says so. */
final class UnresolvedSchemaException extends WireException {

    private static final long serialVersionUID = 1;

    private final String field;
    private final String batchId;
    private final Integer index;
    private final Integer batchSize;

    /**
     * @param field     the field in the way, or null
     * @param batchId   null if the record does not say it; so are the others
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
