package io.github.genaistreams.cli;

import io.github.genaistreams.client.BatchClient;
import io.github.genaistreams.store.DocumentStore;
import io.github.genaistreams.wire.WireFormat;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Converts documents, from files to texts. */
@Command(
        name = "documents",
        description = {
            "Converts documents with the Datalab API: PDF, images, Office files and web pages to JSON, HTML or Markdown.",
            "",
            "As with run responses, a run without a Kafka does everything itself, and one that was interrupted carries on when"
                    + " it is started again with the same --batch-id and FILEs. A document that was submitted is never"
                    + " submitted again as long as the API knows it.",
        },
        footer = {
            "  genai run documents --output-format markdown --out texts/ scans/",
            "  genai run documents --page-schema invoice.json --json invoices/*.pdf > invoices.jsonl",
            "  genai run documents --sandbox report.pdf"
        })
final class RunDocumentsCommand extends BaseCommand {

    @Mixin
    private DocumentOptions documents;

    @Mixin
    private LocalOptions local;

    @Option(names = "--out", paramLabel = "DIR", description = "Write a file per document here instead of stdout.")
    private Path directory;

    @Option(names = "--json", description = "One JSON object per result on stdout.")
    private boolean json;

    @Option(
            names = {"-q", "--quiet"},
            description = "Nothing on stderr but errors.")
    private boolean quiet;

    RunDocumentsCommand(Cli cli) {
        super(cli);
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        return new BatchRun(cli, global, quiet)
                .run(local, LocalOptions.Key.DATALAB, here -> new Batch(documents.sources(), documents.batchIdOrNew()));
    }

    private final class Batch implements BatchRun.Plan {

        private final List<DocumentOptions.Source> sources;
        private final String batchId;

        private Batch(List<DocumentOptions.Source> sources, String batchId) {
            this.sources = sources;
            this.batchId = batchId;
        }

        @Override
        public String batchId() {
            return batchId;
        }

        @Override
        public boolean isNamed() {
            return documents.hasBatchId();
        }

        @Override
        public String unit() {
            return "document";
        }

        @Override
        public int size() {
            return sources.size();
        }

        @Override
        public WireFormat wireFormat() {
            // Bytes are a third larger in JSON.
            return WireFormat.AVRO;
        }

        @Override
        public BatchClient.Resumed submit(BatchClient client, DocumentStore store) {
            documents.batch().apply(client, batchId);
            return client.submitMissingDocuments(batchId, documents.requests(sources, store), index -> documents
                    .batch()
                    .headers());
        }

        @Override
        public BatchRun.Output output() {
            return new DocumentPrinter(cli.out(), global.outPaint(cli), json, directory, sources);
        }

        @Override
        public void summary(BatchSummary summary) {}
    }
}
