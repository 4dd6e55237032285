package io.github.genaistreams.model;

/**
 * What a worker has to say of a batch beside its results: workers tell it to whoever keeps the batch's count. Its key is the batch
 * ID.
 *
 * @param batchId   the batch; never blank
 * @param api       the API whose topic the record was on
 * @param kind      what there is to say
 * @param batchSize size of the batch as the record said, or null
 * @param reason    of a dead letter, why it is one; null otherwise
 */
public record BatchNote(String batchId, String api, Kind kind, Integer batchSize, String reason) {

    /** Constants in the order of the schema's symbols. */
    public enum Kind {
        /** A record of the batch went to the dead letters, since nobody can tell which item it is. */
        DEAD_LETTER,
        /** A dead letter of the batch was replayed. If it still cannot be read, it is told as one once more. */
        REPLAYED,
        /** A request came again, and was dropped. */
        REPEAT
    }

    public static BatchNote deadLetter(String batchId, String api, Integer batchSize, String reason) {
        return new BatchNote(batchId, api, Kind.DEAD_LETTER, batchSize, reason);
    }

    /** Of another kind. */
    public static BatchNote of(String batchId, String api, Kind kind) {
        return new BatchNote(batchId, api, kind, null, null);
    }
}
