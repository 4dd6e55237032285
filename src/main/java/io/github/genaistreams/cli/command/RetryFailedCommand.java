package io.github.genaistreams.cli.command;

import io.github.genaistreams.cli.console.Cli;
import io.github.genaistreams.cli.console.CliException;
import io.github.genaistreams.cli.console.ExitStatus;
import io.github.genaistreams.cli.console.Text;
import io.github.genaistreams.cli.option.PlaceOptions;
import io.github.genaistreams.cli.option.PlaceOptions.Place;
import io.github.genaistreams.cli.output.ItemLabels;
import io.github.genaistreams.cli.output.ResultPrinter;
import io.github.genaistreams.client.BatchClient;
import io.github.genaistreams.client.read.BatchResults;
import io.github.genaistreams.client.read.IndexRange;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.store.DocumentStore;
import io.github.genaistreams.wire.WireFormat;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Submits the failed items of a batch again. */
@Command(
        name = "retry-failed",
        description = {
            "Submits the failed items of a batch again, with the same indexes.",
            "",
            "The new results replace the old ones, in the counts and in the order. The requests must still be on the"
                    + " request topic (it keeps them for 7 days by default). Exit status: 0 all succeeded, 1 some"
                    + " failed again or could not be submitted.",
            "",
            "For the data of a run that has ended, only --no-follow is possible: the next run of the batch makes"
                    + " the calls. To do both in one step, add --retry-failed to the command that ran the batch."
        },
        footer = {
            "  genai retry-failed 20260131-120000-k3v9x0ab",
            "  genai retry-failed $batch --only rate_limit_exceeded --only timeout",
            "  genai retry-failed $batch --max-cost-usd 10          # it had stopped at 5",
            "  genai retry-failed $batch --no-follow",
            "  genai retry-failed tuesday --only timeout --data-dir data --no-follow"
        })
final class RetryFailedCommand extends BaseCommand {

    private static final Duration STEP = Duration.ofMillis(100);
    private static final int RANGES_NAMED = 10;

    @Parameters(paramLabel = "BATCH", description = "ID of the batch.")
    private String batchId;

    @Option(
            names = "--only",
            paramLabel = "CODE",
            description = "Retry only failures with this error code or type. Repeatable. Default: all.")
    private List<String> only = List.of();

    @Option(
            names = "--max-cost-usd",
            paramLabel = "USD",
            description = "New limit for the total cost of the batch. It is required if the batch has reached its"
                    + " limit.")
    private @Nullable BigDecimal maxCostUsd;

    @Option(
            names = "--max-total-tokens",
            paramLabel = "N",
            description = "New limit for the total tokens of the batch. It is required if the batch has reached its"
                    + " limit.")
    private @Nullable Long maxTotalTokens;

    @Option(names = "--no-follow", description = "Submit the items and do not wait for the results.")
    private boolean noFollow;

    @Option(names = "--json", description = "Print each new result, or the report with --no-follow, as JSON.")
    private boolean json;

    @Option(
            names = {"-q", "--quiet"},
            description = "Print only errors on stderr.")
    private boolean quiet;

    private record Report(String batchId, int submitted, long missing) {}

    @Mixin
    private PlaceOptions place;

    RetryFailedCommand(Cli cli) {
        super(cli);
    }

    @Override
    public Integer call() {
        // Large answers are in the store. Without the store, a paid success would look like a failure.
        try (Place at = place.open(cli, global);
                DocumentStore store = at.config().documentStore();
                var client =
                        new BatchClient(at.config().batchClient(), at.config().topics(), WireFormat.JSON, store)) {
            if (!noFollow && !at.hasWorkers()) {
                throw new CliException(
                        "No run is in progress there, so the failed items would not be called now. To call them"
                                + " again, add --retry-failed to the command that started the batch. With"
                                + " --no-follow, this command only submits them, and the next run of the batch"
                                + " calls them.");
            }
            var retried = client.retryFailed(batchId, this::isWanted, maxCostUsd, maxTotalTokens);
            long missing =
                    retried.missing().stream().mapToLong(IndexRange::size).sum();
            if (noFollow && json) {
                cli.printJson(new Report(batchId, retried.submitted(), missing));
            }
            note("%s submitted again".formatted(Text.count(retried.submitted(), "item")));
            if (retried.submitted() > 0 && !at.hasWorkers()) {
                note("No run is in progress there. The next run of the batch calls them, or a run with"
                        + " --finish-earlier yes.");
            }
            if (missing > 0) {
                note("no longer on the request topic: "
                        + retried.missing().stream()
                                .limit(RANGES_NAMED)
                                .map(IndexRange::toString)
                                .collect(Collectors.joining(", ")));
            }
            try (BatchResults results = retried.results()) {
                int failed = noFollow ? 0 : follow(results, retried.submitted());
                return failed < 0
                        ? ExitStatus.INTERRUPTED
                        : failed + missing > 0 ? ExitStatus.SOME_FAILED : ExitStatus.OK;
            }
        }
    }

    private boolean isWanted(CallError error) {
        return only.isEmpty() || error != null && (only.contains(error.code()) || only.contains(error.type()));
    }

    /** Number of items that have failed again; -1 if a stop was requested. */
    private int follow(BatchResults results, int submitted) {
        var printer = new ResultPrinter(
                cli.out(),
                ResultPrinter.Form.of(json ? ResultPrinter.Format.JSONL : ResultPrinter.Format.TEXT),
                global.outPaint(cli),
                cli.terminal().outWidth());
        int failed = 0;
        while (submitted > 0 && !results.finished()) {
            if (cli.stop().isRequested()) {
                return -1;
            }
            Optional<CallResult> result = results.poll(STEP);
            if (result.isPresent()) {
                failed += result.get().success() ? 0 : 1;
                printer.print(result.get(), ItemLabels.of(result.get(), results));
            }
        }
        if (submitted > 0) {
            note("%,d succeeded, %,d failed again".formatted(submitted - failed, failed));
        }
        return failed;
    }

    private void note(String text) {
        if (!quiet) {
            say(text);
        }
    }
}
