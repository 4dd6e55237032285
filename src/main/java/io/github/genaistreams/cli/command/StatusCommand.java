package io.github.genaistreams.cli.command;

import io.github.genaistreams.cli.console.Cli;
import io.github.genaistreams.cli.console.CliException;
import io.github.genaistreams.cli.console.ExitStatus;
import io.github.genaistreams.cli.console.Paint;
import io.github.genaistreams.cli.console.Text;
import io.github.genaistreams.cli.option.PlaceOptions;
import io.github.genaistreams.cli.option.PlaceOptions.Place;
import io.github.genaistreams.cli.output.BatchTexts;
import io.github.genaistreams.client.BatchClient;
import io.github.genaistreams.model.BatchStatus;
import io.github.genaistreams.wire.WireFormat;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Prints the status of a batch. */
@Command(
        name = "status",
        description = {
            "Shows the progress of a batch.",
            "",
            "Failed items that were submitted again (retry-failed) are in progress until they have a new result.",
            "",
            "Exit status: 0 running or all succeeded, 1 complete with failures, or incomplete because of dead"
                    + " letters, 2 no such batch."
        },
        footer = {"  genai status 20260131-120000-k3v9x0ab", "  genai status $batch --json | jq -r .state"})
final class StatusCommand extends BaseCommand {

    @Parameters(paramLabel = "BATCH", description = "ID of the batch.")
    private String batchId;

    @Option(names = "--json", description = "Print the status as JSON.")
    private boolean json;

    @Mixin
    private PlaceOptions place;

    StatusCommand(Cli cli) {
        super(cli);
    }

    @Override
    public Integer call() {
        try (Place at = place.open(cli, global);
                var client =
                        new BatchClient(at.config().batchClient(), at.config().topics(), WireFormat.JSON)) {
            var batch = client.reattach(batchId);
            BatchStatus status = batch.status()
                    .orElseThrow(() -> new CliException("Batch " + batchId
                            + " is unknown: it has no result yet, or its data has expired. `genai batches` lists the"
                            + " known batches."));
            int again = status.failed() == 0 ? 0 : batch.underWayAgain();
            int uncounted = UncountedResults.of(at, List.of(status)).of(status);
            if (json) {
                cli.out().println(BatchTexts.json(status, again, uncounted, at.hasWorkers()));
            } else {
                print(status, again, uncounted, at.hasWorkers());
            }
            boolean isOver = status.isComplete() && again == 0;
            return status.incomplete() || isOver && status.failed() > 0 ? ExitStatus.SOME_FAILED : ExitStatus.OK;
        }
    }

    private void print(BatchStatus status, int again, int uncounted, boolean hasWorkers) {
        Paint paint = global.outPaint(cli);
        row(
                "batch",
                Text.printable(status.batchId()) + "  " + BatchTexts.coloured(BatchTexts.state(status), status, paint));
        if (hasWorkers) {
            BatchTexts.waiting(status, ZoneId.systemDefault()).ifPresent(why -> row("waiting", paint.red(why)));
        } else if (BatchTexts.waitsForRun(status, again, false)) {
            row("waiting", "No run is in progress. It goes on when its `genai run`, or `genai serve`, starts again.");
        }
        row("items", BatchTexts.items(status, uncounted));
        if (uncounted > 0) {
            row(
                    "uncounted",
                    "%,d".formatted(uncounted)
                            + paint.faint("   of these results are left to the next run to count: the figures below are"
                                    + " without them"));
        }
        row("succeeded", "%,d".formatted(status.succeeded()));
        row("failed", "%,d".formatted(status.failed()) + paint.faint("   " + BatchTexts.failures(status)));
        if (again > 0) {
            row(
                    "again",
                    "%,d".formatted(again)
                            + paint.faint("   of the failed items were submitted again"
                                    + (hasWorkers ? " and are in progress" : "")));
        }
        if (status.replaced() > 0) {
            row("replaced", "%,d".formatted(status.replaced()) + paint.faint("   results of items submitted again"));
        }
        if (status.duplicates() > 0) {
            row("repeated", "%,d".formatted(status.duplicates()) + paint.faint("   results that were not counted"));
        }
        if (status.repeats() > 0) {
            row("repeats", "%,d".formatted(status.repeats()) + paint.faint("   repeated requests that were dropped"));
        }
        BatchTexts.deadLetters(status)
                .ifPresent(letters -> row("letters", status.isComplete() ? letters : paint.red(letters)));
        row("calls", "%,d".formatted(status.attempts()));
        if (BatchTexts.isOfDocuments(status)) {
            row("pages", "%,d".formatted(status.pages()));
        } else {
            row(
                    "tokens",
                    "%,d in, %,d out"
                            .formatted(
                                    status.usage().inputTokens(), status.usage().outputTokens()));
        }
        if (status.possibleDuplicates() > 0) {
            row(
                    "twice?",
                    "%,d".formatted(status.possibleDuplicates())
                            + paint.faint("   possible duplicates: the repeated attempt may have been billed before"));
        }
        row("cost", BatchTexts.cost(status));
        row("time", BatchTexts.took(status, Instant.now()) + paint.faint("   since " + status.submittedAt()));
    }

    private void row(String name, String value) {
        cli.out().println("%-11s%s".formatted(name, value.stripTrailing()));
    }
}
