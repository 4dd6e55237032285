package io.github.genaistreams.sandbox;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;

/**
 * What an {@link ApiSandbox} has seen so far. A call without an item's ID is counted in the batch {@code unknown}; its
 * index is a hash of its body.
 *
 * @param requests      calls in total: only {@code POST /v1/responses} is a call
 * @param byStatus      answers by HTTP status; a call without an answer is in {@code faults} only
 * @param faults        calls that met a fault
 * @param limited       calls refused by the rate limits
 * @param inFlight      calls without an answer so far
 * @param maxInFlight   the maximum of {@code inFlight}
 * @param inputTokens   tokens of good answers
 * @param outputTokens  tokens of good answers
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
     * @param succeeded            calls with a whole answer and status 200. A response that is polled counts when
     *     a poll delivers it
     * @param repeatedAfterSuccess calls that came after such an answer, and so are paid twice
     * @param submitted            responses that were not final when their call was answered
     * @param polls                polls of such responses
     * @param cancels              requests to cancel such responses
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

    /** Items of the batch with a whole answer and status 200. */
    public long succeeded(String batch) {
        return batches.getOrDefault(batch, Map.of()).values().stream()
                .filter(item -> item.succeeded() > 0)
                .count();
    }

    /** Calls of the batch for an item that already had such an answer. */
    public long repeatedAfterSuccess(String batch) {
        return batches.getOrDefault(batch, Map.of()).values().stream()
                .mapToLong(ItemCalls::repeatedAfterSuccess)
                .sum();
    }

    /** Responses of the batch that were not final when their call was answered. */
    public long submitted(String batch) {
        return batches.getOrDefault(batch, Map.of()).values().stream()
                .mapToLong(ItemCalls::submitted)
                .sum();
    }

    /** The body of {@code GET /sandbox/stats}. */
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
