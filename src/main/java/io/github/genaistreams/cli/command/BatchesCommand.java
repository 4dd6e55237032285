package io.github.genaistreams.cli.command;

import io.github.genaistreams.cli.console.Cli;
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
import java.util.Comparator;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Lists batches. */
@Command(
        name = "batches",
        description = "Lists batches that have results, latest first.",
        footer = {
            "  genai batches",
            "  genai batches --running",
            "  genai batches --json --limit 1000 | jq -r .batch_id"
        })
final class BatchesCommand extends BaseCommand {

    private static final int WIDEST_ID = 40;

    @Option(
            names = {"-n", "--limit"},
            paramLabel = "N",
            defaultValue = "20",
            description = "Maximum number of batches. Default: ${DEFAULT-VALUE}.")
    private int limit;

    @Option(names = "--running", description = "Only batches that are not complete.")
    private boolean running;

    @Option(names = "--json", description = "Print one JSON object per batch.")
    private boolean json;

    @Mixin
    private PlaceOptions place;

    BatchesCommand(Cli cli) {
        super(cli);
    }

    @Override
    public Integer call() {
        List<BatchStatus> batches;
        boolean hasWorkers;
        UncountedResults uncounted;
        try (Place at = place.open(cli, global);
                var client =
                        new BatchClient(at.config().batchClient(), at.config().topics(), WireFormat.JSON)) {
            batches = client.batches().values().stream()
                    .filter(status -> !running || !status.isOver())
                    .sorted(Comparator.comparing(BatchStatus::submittedAt).reversed())
                    .limit(Math.max(0, limit))
                    .toList();
            hasWorkers = at.hasWorkers();
            uncounted = UncountedResults.of(at, batches);
        }
        if (json) {
            for (BatchStatus status : batches) {
                cli.out().println(BatchTexts.json(status, 0, uncounted.of(status), hasWorkers));
            }
        } else if (batches.isEmpty()) {
            say(
                    running
                            ? "All batches are complete."
                            : "No batch has a result yet: `genai run` or `genai submit` creates one.");
        } else {
            print(batches, uncounted);
            if (batches.stream().anyMatch(status -> BatchTexts.waitsForRun(status, 0, hasWorkers))) {
                if (!uncounted.byBatch().isEmpty()) {
                    say("ITEMS includes the last results of a run, FAILED and COST do not: the next run counts them.");
                }
                say("No run is in progress. A batch that is RUNNING goes on when its `genai run`, or `genai serve`,"
                        + " starts again.");
            }
        }
        return ExitStatus.OK;
    }

    private void print(List<BatchStatus> batches, UncountedResults uncounted) {
        Paint paint = global.outPaint(cli);
        int maxLength = batches.stream()
                .mapToInt(status -> Text.printable(status.batchId()).length())
                .max()
                .orElse(0);
        String id = "%-" + Math.max("BATCH".length(), Math.min(maxLength, WIDEST_ID)) + "s  ";
        String rest = "  %17s  %7s  %12s  %7s";
        cli.out()
                .println(paint.bold((id + "%-9s  %-15s" + rest)
                        .formatted("BATCH", "API", "STATE", "ITEMS", "FAILED", "COST", "TIME")));
        Instant now = Instant.now();
        for (BatchStatus status : batches) {
            cli.out()
                    .println(id.formatted(Text.shorten(status.batchId(), WIDEST_ID))
                            + "%-9s  ".formatted(status.api())
                            + BatchTexts.coloured("%-15s".formatted(BatchTexts.state(status)), status, paint)
                            + rest.formatted(
                                    BatchTexts.items(status, uncounted.of(status)),
                                    "%,d".formatted(status.failed()),
                                    BatchTexts.shortCost(status),
                                    BatchTexts.took(status, now)));
        }
    }
}
