package io.github.genaistreams.cli.command;

import io.github.genaistreams.cli.console.Cli;
import io.github.genaistreams.cli.console.ExitStatus;
import io.github.genaistreams.cli.option.PlaceOptions;
import io.github.genaistreams.cli.option.PlaceOptions.Place;
import io.github.genaistreams.client.BatchClient;
import io.github.genaistreams.client.BatchHandle;
import io.github.genaistreams.wire.WireFormat;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Ends batches early. */
@Command(
        name = "cancel",
        description = {
            "Cancels batches: no more of their items are called.",
            "",
            "Items that were not called yet get a failed result with error type cancelled. Calls in flight are"
                    + " aborted, and jobs that an API is working on are cancelled if the API supports it. After that,"
                    + " the batch is complete."
        },
        footer = {"  genai cancel 20260131-120000-k3v9x0ab", "  genai cancel $batch && genai watch $batch"})
final class CancelCommand extends BaseCommand {

    @Parameters(paramLabel = "BATCH", arity = "1..*", description = "IDs of the batches.")
    private List<String> batchIds;

    @Option(names = "--json", description = "Print one JSON object per batch.")
    private boolean json;

    /** @param known whether the batch has a status: false if no worker has read its requests yet, or if the ID is wrong */
    private record Cancelled(String batchId, boolean known) {}

    @Mixin
    private PlaceOptions place;

    CancelCommand(Cli cli) {
        super(cli);
    }

    @Override
    public Integer call() {
        try (Place at = place.open(cli, global);
                var client =
                        new BatchClient(at.config().batchClient(), at.config().topics(), WireFormat.JSON)) {
            for (String batchId : batchIds) {
                BatchHandle batch = client.reattach(batchId);
                boolean isKnown = batch.status().isPresent();
                batch.cancel();
                if (json) {
                    cli.printJson(new Cancelled(batchId, isKnown));
                } else if (isKnown) {
                    say(
                            at.hasWorkers()
                                    ? "batch %s: cancelled; items that already have a result keep it"
                                    : "batch %s: cancelled; items that already have a result keep it. The next run there"
                                            + " writes the results of the others, and calls nothing for them",
                            batchId);
                } else {
                    say(
                            "batch %s: has no result yet, or does not exist. It is cancelled as soon as its first"
                                    + " request arrives",
                            batchId);
                }
            }
        }
        return ExitStatus.OK;
    }
}
