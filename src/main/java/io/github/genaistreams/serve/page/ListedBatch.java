package io.github.genaistreams.serve.page;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.genaistreams.model.BatchStatus;
import io.github.genaistreams.model.BatchStatus.State;
import io.github.genaistreams.model.Usage;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A batch as the page lists it.
 *
 * @param status the status that workers publish; one without calls until they do
 * @param stage  the server's own status, such as {@code validating}, until workers publish one; null afterwards
 * @param faults what is wrong with its file
 */
public record ListedBatch(BatchStatus status, @Nullable String stage, List<ListedFault> faults) {

    private static final String FAILED = "failed";

    /** @param line line number from 1; null for a fault of the whole file */
    public record ListedFault(
            String code, String message, @Nullable Long line) {}

    static ListedBatch of(BatchStatus status) {
        return new ListedBatch(status, null, List.of());
    }

    /**
     * A batch for which workers have not published a status.
     *
     * @param total     number of requests; null if it is not known
     * @param succeeded number of successes, as far as is known
     * @param failed    number of failures, as far as is known
     * @param endedAt   null while the batch is not over
     */
    public static ListedBatch early(
            String batchId,
            String api,
            String stage,
            @Nullable Integer total,
            int succeeded,
            int failed,
            Instant createdAt,
            @Nullable Instant endedAt,
            List<ListedFault> faults) {
        Instant latest = endedAt == null ? createdAt : endedAt;
        State state = endedAt == null ? State.RUNNING : stage.equals("cancelled") ? State.CANCELLED : State.COMPLETED;
        var status = new BatchStatus(
                batchId,
                api,
                state,
                total,
                succeeded,
                failed,
                Map.of(),
                0,
                0,
                0,
                0,
                Usage.NONE,
                BigDecimal.ZERO,
                0,
                0,
                0L,
                0L,
                0L,
                null,
                false,
                null,
                null,
                createdAt,
                latest,
                latest,
                endedAt);
        return new ListedBatch(status, stage, faults);
    }

    String id() {
        return status.batchId();
    }

    boolean isOver() {
        return status.isOver();
    }

    boolean hasFailures() {
        return status.failed() > 0 || FAILED.equals(stage);
    }

    /** The status as it is on the topic, with {@code stage} and {@code faults} unless they are empty. */
    ObjectNode json() {
        ObjectNode json = PageJson.of(status);
        if (stage != null) {
            json.put("stage", stage);
        }
        if (!faults.isEmpty()) {
            ArrayNode list = json.putArray("faults");
            faults.forEach(fault -> list.addObject()
                    .put("code", fault.code())
                    .put("message", fault.message())
                    .put("line", fault.line()));
        }
        return json;
    }
}
