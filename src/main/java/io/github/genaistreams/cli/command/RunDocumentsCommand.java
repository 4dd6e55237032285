package io.github.genaistreams.cli.command;

import io.github.genaistreams.cli.console.Cli;
import io.github.genaistreams.cli.console.Text;
import io.github.genaistreams.cli.document.DocumentFiles;
import io.github.genaistreams.cli.document.DocumentForms;
import io.github.genaistreams.cli.document.DocumentOptions;
import io.github.genaistreams.cli.document.Documents;
import io.github.genaistreams.cli.option.FinishEarlier;
import io.github.genaistreams.cli.option.LocalOptions;
import io.github.genaistreams.cli.option.ServeOption;
import io.github.genaistreams.cli.output.BatchSummary;
import io.github.genaistreams.cli.output.JsonOutput;
import io.github.genaistreams.cli.output.Progress;
import io.github.genaistreams.cli.output.Storing;
import io.github.genaistreams.client.BatchClient;
import io.github.genaistreams.store.DocumentStore;
import io.github.genaistreams.wire.WireFormat;
import java.io.IOException;
import java.nio.file.Path;
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
            "",
            "With --out, scans/2/report.pdf found in the directory scans becomes 2/report.md there: a file for each form"
                    + " of --output-format (.md, .html, .json for the tree of blocks or for chunks), .json for what"
                    + " --page-schema extracts. A second one of a name is report-2. What is below DIR is no document of a"
                    + " directory or a glob. Without --out the contents go to"
                    + " stdout; the content of a single document without anything else if that is no terminal.",
            "",
            "Exit status: 0 all succeeded, 1 some failed, are missing or could not be written, 2 it could not run, 130"
                    + " stopped by Ctrl-C.",
        },
        footer = {
            "  genai run documents --output-format markdown --out texts/ scans/",
            "  genai run documents --output-format markdown report.pdf > report.md",
            "  genai run documents --page-schema invoice.json --json invoices/*.pdf > invoices.jsonl",
            "  genai run documents --sandbox report.pdf",
            "  genai run documents --estimate scans/"
        })
final class RunDocumentsCommand extends BaseCommand {

    @Mixin
    private DocumentOptions options;

    @Mixin
    private LocalOptions local;

    @Mixin
    private ServeOption serve;

    @Mixin
    private FinishEarlier finishEarlier;

    @Option(names = "--out", paramLabel = "DIR", description = "Write the contents here, not to stdout.")
    private Path directory;

    /** What goes to stdout. */
    enum Format {
        TEXT,
        JSONL,
        REFERENCE
    }

    @Option(
            names = "--format",
            paramLabel = "FORM",
            defaultValue = "text",
            description = {
                "text: the contents. jsonl: a JSON object per result. reference: all results in one JSON list, with json_response as"
                        + " a text and error as its message, as batch libraries in Python return them. With --out, the"
                        + " files are written as well. Default: text."
            })
    private Format format;

    @Option(names = "--json", description = "The same as --format jsonl.")
    private boolean json;

    @Option(
            names = "--estimate",
            description =
                    "Only say how many pages there are, and how long that takes at the known limits; call nothing.")
    private boolean estimate;

    @Option(
            names = "--retry-failed",
            description = "Call items again that failed when this batch ran before. Without it, they stay as they are.")
    private boolean retryFailed;

    @Option(
            names = {"-q", "--quiet"},
            description = "Print only errors on stderr.")
    private boolean quiet;

    RunDocumentsCommand(Cli cli) {
        super(cli);
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (estimate) {
            return new Estimator(cli, global).printDocuments(options.expected(options.documents(directory)), json);
        }
        return new BatchRun(cli, global, quiet, serve, finishEarlier)
                .run(local, LocalOptions.Key.DATALAB, here -> new Batch());
    }

    /** Finds every detectable mistake before anything is stored or paid for. */
    private final class Batch implements BatchRun.Plan {

        private final Documents documents = options.documents(directory);
        private final DocumentForms forms = new DocumentForms(options.common());
        private final DocumentFiles files = directory == null ? null : new DocumentFiles(directory, documents, forms);
        private final String batchId = options.batchIdOrNew();

        private Batch() {
            if (!quiet) {
                documents.leftOut().forEach(file -> say("genai: left out: %s", Text.printable(file)));
            }
        }

        @Override
        public String batchId() {
            return batchId;
        }

        @Override
        public boolean isNamed() {
            return options.hasBatchId();
        }

        @Override
        public boolean retriesFailed() {
            return retryFailed;
        }

        @Override
        public String unit() {
            return "document";
        }

        @Override
        public int size() {
            return documents.sources().size();
        }

        @Override
        public WireFormat wireFormat() {
            // Base64 makes bytes a third larger in JSON.
            return WireFormat.AVRO;
        }

        @Override
        public BatchClient.Resumed submit(BatchClient client, DocumentStore store, Progress progress) {
            options.batch().apply(client, batchId);
            var storing = new Storing(cli.stop(), progress, size());
            return client.submitMissingDocuments(
                    batchId, options.requests(documents, store, storing), index -> options.headers(documents, index));
        }

        @Override
        public BatchRun.Output output() {
            JsonOutput asJson =
                    switch (json ? Format.JSONL : format) {
                        case TEXT -> null;
                        case JSONL -> JsonOutput.lines(cli.out());
                        case REFERENCE -> JsonOutput.reference(cli.out());
                    };
            return new DocumentPrinter(cli, global.outPaint(cli), asJson, files, documents.sources());
        }

        @Override
        public void summary(BatchSummary summary) {}
    }
}
