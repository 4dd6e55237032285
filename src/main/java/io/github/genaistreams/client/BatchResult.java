package io.github.genaistreams.client;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.genaistreams.client.kafka.BatchClientException;
import io.github.genaistreams.client.read.BatchProgress;
import io.github.genaistreams.client.read.BatchResults;
import io.github.genaistreams.model.CostTotal;
import io.github.genaistreams.model.Usage;
import java.util.ArrayList;
import java.util.List;

/**
 * The outcome of a batch.
 *
 * @param batchId      its ID, to find it again in the result topic
 * @param totalSuccess items that succeeded
 * @param totalErrors  items that failed
 * @param results      one per item, in the order of the prompts or documents
 * @param usage        tokens used by all items, failed ones included
 * @param cost         cost of all items
 */
public record BatchResult(
        String batchId, int totalSuccess, int totalErrors, List<ItemResult> results, Usage usage, CostTotal cost) {

    public BatchResult {
        results = List.copyOf(results);
    }

    /** Reads a batch to its end. */
    static BatchResult read(BatchHandle batch, BatchResults results) {
        List<ItemResult> items = new ArrayList<>();
        while (results.hasNext()) {
            items.add(ItemResult.of(results.next(), results));
        }
        BatchProgress progress = results.progress();
        if (!progress.done()) {
            throw new BatchClientException(("The reading of batch %s ended with %d of %s results: it was closed, or the"
                            + " requests of the others are dead letters")
                    .formatted(batch.batchId(), progress.received(), progress.size() == null ? "?" : progress.size()));
        }
        return new BatchResult(
                batch.batchId(), progress.succeeded(), progress.failed(), items, progress.usage(), progress.cost());
    }

    /** The text of each item, in the order of the prompts or documents; {@code ""} for a failed item. */
    public List<String> texts() {
        return results.stream().map(ItemResult::text).toList();
    }

    /** The batch without the answers. */
    @Override
    public String toString() {
        return "BatchResult[" + batchId + ", " + totalSuccess + " ok, " + totalErrors + " failed]";
    }

    /** The outcome as JSON, in the form of Python batch libraries. */
    public JsonNode toJson() {
        ObjectNode json = JsonNodeFactory.instance
                .objectNode()
                .put("total_success", totalSuccess)
                .put("total_errors", totalErrors);
        var items = json.putArray("results");
        results.forEach(item -> items.add(item.toJson()));
        return json;
    }
}
