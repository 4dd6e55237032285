package io.github.genaistreams.cli.command;

import io.github.genaistreams.cli.console.Cli;
import io.github.genaistreams.cli.console.Paint;
import io.github.genaistreams.cli.console.Text;
import io.github.genaistreams.cli.output.BatchSummary;
import io.github.genaistreams.client.read.BatchProgress;
import io.github.genaistreams.sandbox.SandboxStats;
import java.math.BigDecimal;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What the demo prints at its end, as text or as JSON.
 *
 * @param documents null without documents
 */
record DemoReport(
        String batchId,
        int requests,
        int succeeded,
        int failed,
        long apiCalls,
        long retries,
        Map<String, Long> faults,
        long repeatedAfterSuccess,
        double seconds,
        long inputTokens,
        long outputTokens,
        BigDecimal costUsd,
        @Nullable Documents documents) {

    /** The figures about documents. */
    record Documents(int documents, int succeeded, int failed, long pages, long submissions, BigDecimal costUsd) {

        static Documents of(BatchProgress progress, SandboxStats api, String batchId) {
            long submissions = api.batches().getOrDefault(batchId, Map.of()).values().stream()
                    .mapToLong(item -> item.submitted())
                    .sum();
            return new Documents(
                    progress.received(),
                    progress.succeeded(),
                    progress.failed(),
                    progress.pages(),
                    submissions,
                    progress.cost().usd());
        }
    }

    /** @param documents null without documents */
    static DemoReport of(BatchSummary batch, SandboxStats api, @Nullable Documents documents) {
        int requests = batch.succeeded() + batch.failed();
        var faults = new TreeMap<String, Long>();
        api.faults().forEach((fault, count) -> faults.put(fault.cliName(), count));
        return new DemoReport(
                batch.batchId(),
                requests,
                batch.succeeded(),
                batch.failed(),
                api.callsOf(batch.batchId()),
                api.callsOf(batch.batchId()) - requests,
                faults,
                api.repeatedAfterSuccess(batch.batchId()),
                Objects.requireNonNull(batch.seconds()),
                batch.inputTokens(),
                batch.outputTokens(),
                batch.costUsd(),
                documents);
    }

    /** Requests and documents that failed. */
    int allFailed() {
        return failed + (documents == null ? 0 : documents.failed());
    }

    void print(Cli cli, Paint paint) {
        cli.out().println();
        row(cli, paint, "requests", "%,d".formatted(requests), "");
        row(cli, paint, "succeeded", "%,d".formatted(succeeded), "");
        row(cli, paint, "failed", "%,d".formatted(failed), "");
        row(cli, paint, "API calls", "%,d".formatted(apiCalls), "counted by the sandbox");
        row(cli, paint, "retries", "%,d".formatted(retries), faults(faults));
        row(
                cli,
                paint,
                "paid twice",
                "%,d".formatted(repeatedAfterSuccess),
                "calls for an item that already had its answer");
        row(cli, paint, "seconds", "%.1f".formatted(seconds), "%.0f results per second".formatted(requests / seconds));
        row(cli, paint, "tokens in", "%,d".formatted(inputTokens), "");
        row(cli, paint, "tokens out", "%,d".formatted(outputTokens), "");
        row(cli, paint, "cost", Text.cost(costUsd, 0), "price of these tokens at the real API");
        if (documents != null) {
            row(cli, paint, "documents", "%,d".formatted(documents.documents()), Text.count(documents.pages(), "page"));
            row(
                    cli,
                    paint,
                    "submissions",
                    "%,d".formatted(documents.submissions()),
                    "billed per page, so a job is polled and not repeated");
            row(cli, paint, "cost", Text.cents(documents.costUsd(), 0), "at the prices of the sandbox");
        }
        cli.out().println();
        cli.out()
                .println(
                        allFailed() == 0
                                ? paint.green("Every request has exactly one result.")
                                : paint.red(Text.count(allFailed(), "request") + " failed."));
        cli.out().println("Next: genai run responses --sandbox FILE      a batch of your own prompts");
        cli.out().println("      genai run documents --sandbox FILES     the text of your own PDFs");
    }

    private static void row(Cli cli, Paint paint, String name, String value, String remark) {
        cli.out().println("  %-12s%10s".formatted(name, value) + (remark.isEmpty() ? "" : paint.faint("   " + remark)));
    }

    private static String faults(Map<String, Long> faults) {
        return faults.entrySet().stream()
                .map(entry -> entry.getValue() + " " + entry.getKey())
                .reduce((left, right) -> left + ", " + right)
                .orElse("");
    }
}
