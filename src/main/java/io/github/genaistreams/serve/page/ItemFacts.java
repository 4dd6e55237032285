package io.github.genaistreams.serve.page;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.genaistreams.client.read.BatchResults;
import io.github.genaistreams.model.CallResult;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What the page shows of an item, apart from its prompt and its answer.
 *
 * @param name   custom ID or file name of the document; null if there is none
 * @param code   error code; null for a success
 * @param cost   in USD; {@link Double#NaN} if unknown
 * @param offset of the result on the result topic
 */
record ItemFacts(
        int index,
        @Nullable String name,
        boolean success,
        @Nullable String code,
        long tokens,
        double cost,
        int attempts,
        double seconds,
        Instant completedAt,
        long offset) {

    /** @param results the reader that has just returned the result */
    static ItemFacts of(CallResult result, BatchResults results) {
        return new ItemFacts(
                result.index(),
                results.customId(result.index())
                        .or(() -> results.fileName(result.index()))
                        .orElse(null),
                result.success(),
                result.error() == null ? null : ErrorExamples.code(result.error()),
                result.usage() == null ? 0 : result.usage().totalTokens(),
                result.cost() == null ? Double.NaN : result.cost().doubleValue(),
                result.attempts(),
                result.processingTimeSecs(),
                result.completedAt(),
                results.lastOffset());
    }

    ObjectNode json() {
        ObjectNode json = PageJson.object()
                .put("index", index)
                .put("name", name)
                .put("success", success)
                .put("code", code)
                .put("tokens", tokens)
                .put("attempts", attempts)
                .put("seconds", seconds)
                .put("completed_at", String.valueOf(completedAt));
        return json.put("cost", Double.isNaN(cost) ? null : (Double) cost);
    }
}
