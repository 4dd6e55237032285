package io.github.genaistreams.cli.option;

import io.github.genaistreams.cli.console.CliException;
import io.github.genaistreams.client.BatchClient;
import io.github.genaistreams.model.BatchControl;
import io.github.genaistreams.wire.WireHeaders;
import java.math.BigDecimal;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Options for a batch as a whole, for every API. */
public class BatchOptions {

    @Option(
            names = "--max-cost-usd",
            paramLabel = "USD",
            description = "Start no more calls when the batch has cost this much. Calls in flight are still paid.")
    private @Nullable BigDecimal maxCostUsd;

    @Option(
            names = "--ordered",
            description = "Also publish the results in index order, on topic genai.results.ordered.")
    private boolean ordered;

    /** The headers for every request of the batch. */
    public Map<String, String> headers() {
        return ordered ? Map.of(WireHeaders.ORDERED, "true") : Map.of();
    }

    /** Sets the bounds of a batch before its first request. */
    public void apply(BatchClient client, String batchId) {
        Long maxTotalTokens = maxTotalTokens();
        check("--max-cost-usd", maxCostUsd);
        check("--max-total-tokens", maxTotalTokens == null ? null : BigDecimal.valueOf(maxTotalTokens));
        if (maxCostUsd != null || maxTotalTokens != null) {
            client.control(BatchControl.of(batchId).withBudget(maxCostUsd, maxTotalTokens));
        }
    }

    /** Null for no bound. */
    @Nullable
    Long maxTotalTokens() {
        return null;
    }

    private static void check(String option, @Nullable BigDecimal bound) {
        if (bound != null && bound.signum() <= 0) {
            throw new CliException(option + " must be more than 0, not " + bound + ".");
        }
    }
}
