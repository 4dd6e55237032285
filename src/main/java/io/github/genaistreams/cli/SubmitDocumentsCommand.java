package io.github.genaistreams.cli;

import io.github.genaistreams.client.BatchClient;
import io.github.genaistreams.store.DocumentStore;
import io.github.genaistreams.wire.WireFormat;
import io.github.genaistreams.worker.GenAiConfig;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Submits documents and ends. */
@Command(
        name = "documents",
        description = "Submits documents to be converted with the Datalab API and prints their batch ID.",
        footer = {
            "  genai submit documents -b localhost:9092 --output-format markdown scans/",
            "  batch=$(genai submit documents scans/) && genai results $batch --follow --json"
        })
final class SubmitDocumentsCommand extends BaseCommand {

    @Mixin
    private DocumentOptions documents;

    @Option(names = "--json", description = "Report as JSON.")
    private boolean json;

    private record Submitted(String batchId, int documents) {}

    SubmitDocumentsCommand(Cli cli) {
        super(cli);
    }

    @Override
    public Integer call() {
        GenAiConfig config = global.config(cli);
        List<DocumentOptions.Source> sources = documents.sources();
        try (DocumentStore store = config.documentStore();
                var client = new BatchClient(config.kafkaClient(), config.topics(), WireFormat.AVRO)) {
            String batchId = documents.batchIdOrNew();
            documents.batch().apply(client, batchId);
            client.submitDocuments(batchId, documents.requests(sources, store), index -> documents
                    .batch()
                    .headers());
            if (json) {
                cli.printJson(new Submitted(batchId, sources.size()));
            } else {
                cli.out().println(batchId);
            }
        }
        return ExitStatus.OK;
    }
}
