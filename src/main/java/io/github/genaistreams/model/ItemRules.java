package io.github.genaistreams.model;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Rules for an item's place in its batch, for all APIs. */
public final class ItemRules {

    /** Batch IDs appear in keys, log lines and metrics; longer ones are a mistake. */
    public static final int MAX_BATCH_ID_LENGTH = 256;

    private ItemRules() {}

    /** Why these do not identify an item, naming the field; empty if they do. */
    public static Optional<String> unnamed(@Nullable String batchId, int index) {
        return batchId == null
                ? Optional.of("`batch_id` is missing")
                : batchId(batchId).or(() -> index(index));
    }

    /** Why a batch cannot have this size, or an item this index; empty if it can. */
    public static Optional<CallError> misplaced(int index, @Nullable Integer batchSize) {
        if (batchSize != null && batchSize < 1) {
            return problem("batch_size", "must be at least 1; omit it as long as it is unknown");
        }
        return batchSize != null && index >= batchSize
                ? problem("index", "must be less than batch_size; items are counted from 0")
                : Optional.empty();
    }

    /** Both checks. An item that gets its batch later has no batch ID yet. */
    static Optional<String> firstProblem(ApiRequest request) {
        return Optional.ofNullable(request.batchId())
                .flatMap(ItemRules::batchId)
                .or(() -> index(request.index()))
                .or(() -> misplaced(request.index(), request.batchSize()).map(CallError::message));
    }

    private static Optional<String> batchId(String batchId) {
        if (batchId.isBlank()) {
            return Optional.of("`batch_id` is blank");
        }
        if (batchId.length() > MAX_BATCH_ID_LENGTH) {
            return Optional.of("`batch_id` is longer than " + MAX_BATCH_ID_LENGTH + " characters");
        }
        return Problem.unreadable("batch_id", batchId).map(any -> "`batch_id` contains an unpaired surrogate");
    }

    private static Optional<String> index(int index) {
        return index < 0 ? Optional.of("`index` is negative; items are counted from 0") : Optional.empty();
    }

    private static Optional<CallError> problem(String field, String what) {
        return Optional.of(CallError.invalidRequest(field, "`" + field + "` " + what));
    }
}
