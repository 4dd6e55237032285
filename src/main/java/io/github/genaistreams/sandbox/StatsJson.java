package io.github.genaistreams.sandbox;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** {@link SandboxStats} as {@code GET /sandbox/stats} shows them. */
final class StatsJson {

    private StatsJson() {}

    static ObjectNode of(SandboxStats stats) {
        var json = JsonNodeFactory.instance.objectNode();
        json.put("requests", stats.requests());
        var statuses = json.putObject("by_status");
        stats.byStatus().forEach((status, count) -> statuses.put(status.toString(), count));
        var faults = json.putObject("faults");
        stats.faults().forEach((fault, count) -> faults.put(fault.cliName(), count));
        json.put("limited", stats.limited())
                .put("in_flight", stats.inFlight())
                .put("max_in_flight", stats.maxInFlight())
                .put("input_tokens", stats.inputTokens())
                .put("output_tokens", stats.outputTokens())
                .put("polls", stats.polls())
                .put("cancels", stats.cancels());
        var batches = json.putObject("batches");
        stats.batches().forEach((id, items) -> {
            var batch = batches.putObject(id);
            batch.put("calls", stats.callsOf(id))
                    .put("succeeded", stats.succeeded(id))
                    .put("repeated_after_success", stats.repeatedAfterSuccess(id))
                    .put("submitted", stats.submitted(id));
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
