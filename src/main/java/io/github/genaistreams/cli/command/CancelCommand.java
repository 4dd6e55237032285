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
            "Ends batches early: nothing more of them is called.",
            "",
            "What was not called yet gets a failed result with error type cancelled; calls in flight are broken off, and jobs that"
                    + " an API works on are cancelled there, as far as it can do that. The batch is complete then."
        },
        footer = {"  genai cancel 20260131-120000-k3v9x0ab", "  genai cancel $batch && genai watch $batch"})
final class CancelCommand extends BaseCommand {

    @Parameters(paramLabel = "BATCH", arity = "1..*", description = "The batch IDs.")
    private List<String> batchIds;

    @Option(names = "--json", description = "Report as JSON, one object per batch.")
    private boolean json;

    /** @param known whether the batch has a status: false if nothing of it was read so far, or if the ID is wrong */
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
                    say("batch %s: cancelled, as far as it is not complete", batchId);
                } else {
                    say(
                            "batch %s: has no result so far, or does not exist. It is cancelled as soon as a request of it comes",
                            batchId);
                }
            }
        }
        return ExitStatus.OK;
    }
}
