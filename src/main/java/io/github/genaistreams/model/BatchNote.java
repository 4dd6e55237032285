package io.github.genaistreams.model;

import org.jspecify.annotations.Nullable;

/**
 * A fact about a batch beside its results, from a worker to the worker that counts the batch. The key is the batch ID.
 *
 * @param batchId   the batch; never blank
 * @param api       the API whose topic the record was on
 * @param kind      the kind of fact
 * @param batchSize size of the batch in the record, if it states one
 * @param reason    why a record is a dead letter; null otherwise
 * @param waiting   why the batch makes no progress; null otherwise
 */
public record BatchNote(
        String batchId,
        String api,
        Kind kind,
        @Nullable Integer batchSize,
        @Nullable String reason,
        @Nullable Waiting waiting) {

    /** Constants in the order of the schema's symbols. */
    public enum Kind {
        /** A record of the batch became a dead letter, since its item is unknown. */
        DEAD_LETTER,
        /** A dead letter of the batch was replayed. If it still cannot be read, it is reported again. */
        REPLAYED,
        /** A repeat of a request was dropped. */
        REPEAT,
        /** The batch makes no progress, for the reason in {@code waiting}; if that is null, it goes on. */
        WAITING
    }

    public static BatchNote deadLetter(String batchId, String api, @Nullable Integer batchSize, String reason) {
        return new BatchNote(batchId, api, Kind.DEAD_LETTER, batchSize, reason, null);
    }

    /** A kind that this version does not know. */
    public static BatchNote of(String batchId, String api, Kind kind) {
        return new BatchNote(batchId, api, kind, null, null, null);
    }

    /** Why the batch makes no progress. */
    public static BatchNote waiting(String batchId, String api, @Nullable Integer batchSize, Waiting waiting) {
        return new BatchNote(batchId, api, Kind.WAITING, batchSize, null, waiting);
    }

    /** The batch goes on. */
    public static BatchNote goesOn(String batchId, String api) {
        return new BatchNote(batchId, api, Kind.WAITING, null, null, null);
    }
}
