package io.github.genaistreams.cli.command;

import io.github.genaistreams.cli.console.Cli;
import io.github.genaistreams.cli.console.ExitStatus;
import io.github.genaistreams.cli.console.Text;
import io.github.genaistreams.cli.document.DocumentOptions;
import io.github.genaistreams.cli.document.Documents;
import io.github.genaistreams.cli.option.UrgentOption;
import io.github.genaistreams.cli.output.Progress;
import io.github.genaistreams.cli.output.Storing;
import io.github.genaistreams.client.BatchClient;
import io.github.genaistreams.store.DocumentStore;
import io.github.genaistreams.wire.WireFormat;
import io.github.genaistreams.worker.GenAiConfig;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Submits documents and exits. */
@Command(
        name = "documents",
        description = {
            "Submits documents for conversion by the Datalab API and prints the batch ID.",
            "",
            "`genai results` shows the file name with each result. Exit status: 0 submitted, 2 not submitted, 130"
                    + " stopped by Ctrl-C before anything was submitted.",
        },
        footer = {
            "  genai submit documents -b localhost:9092 --output-format markdown scans/",
            "  batch=$(genai submit documents scans/) && genai results $batch --follow --json"
        })
final class SubmitDocumentsCommand extends BaseCommand {

    @Mixin
    private DocumentOptions options;

    @Mixin
    private UrgentOption urgent;

    @Option(names = "--json", description = "Print a JSON object.")
    private boolean json;

    private record Submitted(String batchId, int documents) {}

    SubmitDocumentsCommand(Cli cli) {
        super(cli);
    }

    @Override
    public Integer call() {
        GenAiConfig config = global.config(cli);
        Documents documents = options.documents(null);
        options.common();
        documents.leftOut().forEach(file -> say("genai: skipped: %s", Text.printable(file)));
        try (DocumentStore store = config.documentStore();
                var client = new BatchClient(config.batchClient(), config.topics(), WireFormat.AVRO);
                Progress progress = Progress.on(cli, false, "document", "storing")) {
            var storing = new Storing(cli.stop(), progress, documents.sources().size());
            String batchId = options.batchIdOrNew();
            options.batch().apply(client, batchId);
            urgent.of(client)
                    .submitDocuments(
                            batchId,
                            options.requests(documents, store, storing),
                            index -> options.headers(documents, index));
            progress.close();
            if (json) {
                cli.printJson(new Submitted(batchId, documents.sources().size()));
            } else {
                cli.out().println(batchId);
            }
        } catch (Storing.Stopped e) {
            say("genai: " + e.getMessage() + "; nothing was submitted.");
            return ExitStatus.INTERRUPTED;
        }
        return ExitStatus.OK;
    }
}
