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
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Prints the status of a batch. */
@Command(
        name = "status",
        description = {
            "Tells how far a batch is.",
            "",
            "Failed items that were submitted again (retry-failed) and have no new result yet are under way.",
            "",
            "Exit status: 0 running or all succeeded, 1 complete and some failed, or incomplete since some are dead letters,"
                    + " 2 no such batch."
        },
        footer = {"  genai status 20260131-120000-k3v9x0ab", "  genai status $batch --json | jq -r .state"})
final class StatusCommand extends BaseCommand {

    @Parameters(paramLabel = "BATCH", description = "The batch ID.")
    private String batchId;

    @Option(names = "--json", description = "The status as JSON.")
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
                    .orElseThrow(() -> new CliException("Nothing is known of a batch " + batchId
                            + ": it has no result so far, or it is long over. `genai batches` lists what is known."));
            int again = status.failed() == 0 ? 0 : batch.underWayAgain();
            if (json) {
                cli.out().println(BatchTexts.json(status, again));
            } else {
                print(status, again);
            }
            boolean isOver = status.isComplete() && again == 0;
            return status.incomplete() || isOver && status.failed() > 0 ? ExitStatus.SOME_FAILED : ExitStatus.OK;
        }
    }

    private void print(BatchStatus status, int again) {
        Paint paint = global.outPaint(cli);
        row(
                "batch",
                Text.printable(status.batchId()) + "  " + BatchTexts.coloured(BatchTexts.state(status), status, paint));
        BatchTexts.waiting(status, ZoneId.systemDefault()).ifPresent(why -> row("waiting", paint.red(why)));
        row("items", BatchTexts.items(status));
        row("succeeded", "%,d".formatted(status.succeeded()));
        row("failed", "%,d".formatted(status.failed()) + paint.faint("   " + BatchTexts.failures(status)));
        if (again > 0) {
            row(
                    "again",
                    "%,d".formatted(again) + paint.faint("   of the failed were submitted again and are under way"));
        }
        if (status.replaced() > 0) {
            row("replaced", "%,d".formatted(status.replaced()) + paint.faint("   results of items submitted again"));
        }
        if (status.duplicates() > 0) {
            row("repeated", "%,d".formatted(status.duplicates()) + paint.faint("   results that were not counted"));
        }
        if (status.repeats() > 0) {
            row(
                    "repeats",
                    "%,d".formatted(status.repeats()) + paint.faint("   requests that came again and were dropped"));
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
                            + paint.faint("   possible duplicates: an attempt was repeated that may have been billed"));
        }
        row("cost", BatchTexts.cost(status));
        row("time", BatchTexts.took(status, Instant.now()) + paint.faint("   since " + status.submittedAt()));
    }

    private void row(String name, String value) {
        cli.out().println("%-11s%s".formatted(name, value.stripTrailing()));
    }
}
