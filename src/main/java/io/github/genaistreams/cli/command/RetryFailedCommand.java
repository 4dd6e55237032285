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
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Submits the failed items of a batch again. */
@Command(
        name = "retry-failed",
        description = {
            "Submits the failed items of a batch again, under the same indexes.",
            "",
            "Their new results take the place of the old ones, in counts and in order. The requests must still be on the request"
                    + " topic (7 days unless the topic was made otherwise). Exit status: 0 all succeeded now, 1 some failed again or"
                    + " could not be submitted.",
            "",
            "With the data of a run that has ended, only --no-follow is possible: the next run of the batch makes the calls. The"
                    + " command of the batch does both with --retry-failed."
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

    @Parameters(paramLabel = "BATCH", description = "The batch ID.")
    private String batchId;

    @Option(
            names = "--only",
            paramLabel = "CODE",
            description = "Only failures with this error code or type. Repeatable. Default: all.")
    private List<String> only = List.of();

    @Option(
            names = "--max-cost-usd",
            paramLabel = "USD",
            description = "What the batch may cost from now on, in all. Needed if it has reached its bound.")
    private BigDecimal maxCostUsd;

    @Option(
            names = "--max-total-tokens",
            paramLabel = "N",
            description = "Tokens that the batch may use from now on, in all; likewise.")
    private Long maxTotalTokens;

    @Option(names = "--no-follow", description = "Submit and end; do not wait for the results.")
    private boolean noFollow;

    @Option(names = "--json", description = "Each new result, or with --no-follow the report, as JSON.")
    private boolean json;

    @Option(
            names = {"-q", "--quiet"},
            description = "Nothing on stderr but errors.")
    private boolean quiet;

    private record Report(String batchId, int submitted, long missing) {}

    @Mixin
    private PlaceOptions place;

    RetryFailedCommand(Cli cli) {
        super(cli);
    }

    @Override
    public Integer call() {
        // Large answers are in the store. Without it, a paid success would look like a failure here.
        try (Place at = place.open(cli, global);
                DocumentStore store = at.config().documentStore();
                var client =
                        new BatchClient(at.config().batchClient(), at.config().topics(), WireFormat.JSON, store)) {
            if (!noFollow && !at.hasWorkers()) {
                throw new CliException(
                        "No run is in progress there, so nobody calls the failed items now. The command that"
                                + " started the batch calls them again with --retry-failed. With --no-follow, this command only"
                                + " submits them, and the next run of the batch calls them.");
            }
            var retried = client.retryFailed(batchId, this::isWanted, maxCostUsd, maxTotalTokens);
            long missing =
                    retried.missing().stream().mapToLong(IndexRange::size).sum();
            if (noFollow && json) {
                cli.printJson(new Report(batchId, retried.submitted(), missing));
            }
            note("%s submitted again".formatted(Text.count(retried.submitted(), "item")));
            if (retried.submitted() > 0 && !at.hasWorkers()) {
                note(
                        "No run is in progress there: the next run of the batch calls them, or one with --finish-earlier yes.");
            }
            if (missing > 0) {
                note("not on the request topic any more: "
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

    /** Number of items that have failed again; -1 if somebody stopped this. */
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
