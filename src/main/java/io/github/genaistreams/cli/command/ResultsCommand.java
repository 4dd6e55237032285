package io.github.genaistreams.cli.command;

import io.github.genaistreams.cli.console.Cli;
import io.github.genaistreams.cli.console.CliException;
import io.github.genaistreams.cli.console.ExitStatus;
import io.github.genaistreams.cli.console.Paint;
import io.github.genaistreams.cli.option.FormatOptions;
import io.github.genaistreams.cli.option.PlaceOptions;
import io.github.genaistreams.cli.option.PlaceOptions.Place;
import io.github.genaistreams.cli.output.BatchSummary;
import io.github.genaistreams.cli.output.BatchTexts;
import io.github.genaistreams.cli.output.Follower;
import io.github.genaistreams.cli.output.ItemLabels;
import io.github.genaistreams.cli.output.Progress;
import io.github.genaistreams.cli.output.ResultPrinter;
import io.github.genaistreams.client.BatchClient;
import io.github.genaistreams.client.read.BatchProgress;
import io.github.genaistreams.client.read.BatchResults;
import io.github.genaistreams.client.read.IndexRange;
import io.github.genaistreams.store.DocumentStore;
import io.github.genaistreams.wire.Topics;
import io.github.genaistreams.wire.WireFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Prints the results of a batch in index order. */
@Command(
        name = "results",
        description = {
            "Prints the results of a batch in index order.",
            "",
            "Exit status: 0 all succeeded, 1 some failed, are dead letters, or are missing at the end of --follow, 2"
                    + " no such batch."
        },
        footer = {
            "  genai results 20260131-120000-k3v9x0ab",
            "  genai results 20260131-120000-k3v9x0ab --follow",
            "  genai results 20260131-120000-k3v9x0ab --json | jq -r .output_text"
        })
final class ResultsCommand extends BaseCommand {

    private static final int RANGES_NAMED = 10;

    @Parameters(paramLabel = "BATCH", description = "ID of the batch.")
    private String batchId;

    @Option(
            names = {"-f", "--follow"},
            description =
                    "Wait for missing results. It ends when the batch is complete, or when all missing items are dead"
                            + " letters. Without --follow: only the results that exist now.")
    private boolean follow;

    @Mixin
    private FormatOptions format;

    @Option(names = "--failed-only", description = "Print only failed results. This does not change the exit status.")
    private boolean failedOnly;

    @Option(
            names = {"-q", "--quiet"},
            description = "Print only errors on stderr.")
    private boolean quiet;

    private boolean ofDocuments;

    @Mixin
    private PlaceOptions place;

    ResultsCommand(Cli cli) {
        super(cli);
    }

    @Override
    public Integer call() {
        format.check();
        Paint paint = global.outPaint(cli);
        var printer = new ResultPrinter(
                cli.out(), format.form(), paint, cli.terminal().outWidth());
        try (Place at = place.open(cli, global);
                DocumentStore store = at.config().documentStore();
                var client =
                        new BatchClient(at.config().batchClient(), at.config().topics(), WireFormat.JSON, store)) {
            var batch = client.reattach(batchId);
            boolean ended;
            BatchProgress progress;
            List<IndexRange> missing;
            try (BatchResults results = follow ? batch.results() : batch.snapshot();
                    Progress shown = follow
                            ? Progress.on(cli, quiet, "result", "waiting for the first result")
                            : Progress.NONE) {
                ended = new Follower(cli.stop(), shown, () -> {}).follow(results, result -> {
                    ofDocuments |= Topics.DOCUMENTS.equals(result.api());
                    if (!failedOnly || !result.success()) {
                        printer.print(result, ItemLabels.of(result, results));
                    }
                });
                progress = results.progress();
                if (progress.received() > 0 || follow) {
                    printer.end(ofDocuments);
                }
                missing = results.missing();
            }
            int again = follow || progress.failed() == 0 ? 0 : batch.underWayAgain();
            // Read only if something is missing: a dead letter has no result.
            Optional<String> deadLetters =
                    ended && !progress.done() ? batch.status().flatMap(BatchTexts::deadLetters) : Optional.empty();
            return report(progress, missing, deadLetters, again, ended);
        }
    }

    private int report(
            BatchProgress progress, List<IndexRange> missing, Optional<String> deadLetters, int again, boolean ended) {
        if (progress.received() == 0 && !follow && deadLetters.isEmpty()) {
            throw new CliException("No batch " + batchId
                    + " has a result yet. If you have just submitted it, wait for it with --follow.");
        }
        long missingCount = missing.stream().mapToLong(IndexRange::size).sum();
        if (!quiet) {
            say(BatchSummary.of(batchId, progress, missingCount, null).line(global.errPaint(cli), ofDocuments));
            if (again > 0) {
                say("%,d of the failed items were submitted again and are in progress: --follow waits for them", again);
            }
            if (missingCount > 0) {
                say("no result yet: %s", ranges(missing));
            } else if (progress.size() == null) {
                say("The size of the batch is not known yet: it may have more items.");
            }
            deadLetters.ifPresent(letters -> say(letters));
        }
        if (!ended) {
            return ExitStatus.INTERRUPTED;
        }
        boolean incomplete = follow && !progress.done();
        return progress.failed() > 0 || incomplete || deadLetters.isPresent() ? ExitStatus.SOME_FAILED : ExitStatus.OK;
    }

    private static String ranges(List<IndexRange> ranges) {
        String named =
                ranges.stream().limit(RANGES_NAMED).map(IndexRange::toString).collect(Collectors.joining(", "));
        return ranges.size() > RANGES_NAMED ? named + ", …" : named;
    }
}
