package io.github.genaistreams.sandbox;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;

/**
 * What an {@link ApiSandbox} has seen, at one moment. Calls without an item's ID are counted under the batch
 * {@code unknown}, with a hash of their body for index.
 *
 * @param requests      calls of the API in total, that is of {@code POST /v1/responses}; nothing else counts as a call
 * @param byStatus      answers by HTTP status; a call without an answer is in {@code faults} only
 * @param faults        calls that met a fault
 * @param limited       calls refused by the rate limits
 * @param inFlight      calls not answered yet
 * @param maxInFlight   the highest number of those so far
 * @param inputTokens   of good answers
 * @param outputTokens  of good answers
 * @param polls         {@code GET /v1/responses/ID}
 * @param cancels       {@code POST /v1/responses/ID/cancel}
 * @param batches       calls by batch and index
 */
public record SandboxStats(
        long requests,
        Map<Integer, Long> byStatus,
        Map<Fault, Long> faults,
        long limited,
        int inFlight,
        int maxInFlight,
        long inputTokens,
        long outputTokens,
        long polls,
        long cancels,
        Map<String, Map<Integer, ItemCalls>> batches) {

    /**
     * @param calls                in total
     * @param succeeded            answered with 200 in full; a response that was polled, once its end was seen
     * @param repeatedAfterSuccess calls that came after the item had been answered with 200: paid twice
     * @param submitted            responses that went on after their call: in the background, or still running
     * @param polls                of such responses
     * @param cancels              of such responses
     */
    public record ItemCalls(int calls, int succeeded, int repeatedAfterSuccess, int submitted, int polls, int cancels) {

        static final ItemCalls NONE = new ItemCalls(0, 0, 0, 0, 0, 0);
    }

    /** Calls of one item; all zero if there were none. */
    public ItemCalls item(String batch, int index) {
        return batches.getOrDefault(batch, Map.of()).getOrDefault(index, ItemCalls.NONE);
    }

    public int callsOf(String batch, int index) {
        return item(batch, index).calls();
    }

    /** Calls of the whole batch. */
    public long callsOf(String batch) {
        return batches.getOrDefault(batch, Map.of()).values().stream()
                .mapToLong(ItemCalls::calls)
                .sum();
    }

    /** Items of the batch that have been answered with 200. */
    public long succeeded(String batch) {
        return batches.getOrDefault(batch, Map.of()).values().stream()
                .filter(item -> item.succeeded() > 0)
                .count();
    }

    /** Calls of the batch that came for an item already answered with 200. */
    public long repeatedAfterSuccess(String batch) {
        return batches.getOrDefault(batch, Map.of()).values().stream()
                .mapToLong(ItemCalls::repeatedAfterSuccess)
                .sum();
    }

    /** Responses of the batch that went on after their call. */
    public long submitted(String batch) {
        return batches.getOrDefault(batch, Map.of()).values().stream()
                .mapToLong(ItemCalls::submitted)
                .sum();
    }

    /** As {@code GET /sandbox/stats} shows them. */
    ObjectNode toJson() {
        var json = JsonNodeFactory.instance.objectNode();
        json.put("requests", requests);
        var statuses = json.putObject("by_status");
        byStatus.forEach((status, count) -> statuses.put(status.toString(), count));
        var met = json.putObject("faults");
        faults.forEach((fault, count) -> met.put(fault.cliName(), count));
        json.put("limited", limited)
                .put("in_flight", inFlight)
                .put("max_in_flight", maxInFlight)
                .put("input_tokens", inputTokens)
                .put("output_tokens", outputTokens)
                .put("polls", polls)
                .put("cancels", cancels);
        var listed = json.putObject("batches");
        batches.forEach((id, items) -> {
            var batch = listed.putObject(id);
            batch.put("calls", callsOf(id))
                    .put("succeeded", succeeded(id))
                    .put("repeated_after_success", repeatedAfterSuccess(id))
                    .put("submitted", submitted(id));
            var list = batch.putObject("items");
            items.forEach((index, item) -> list.putObject(index.toString())
                    .put("calls", item.calls())
                    .put("succeeded", item.succeeded())
                    .put("repeated_after_success", item.repeatedAfterSuccess())
                    .put("submitted", item.submitted())
                    .put("polls", item.polls())
                    .put("cancels", item.cancels()));
        });
        return json;
    }
}
