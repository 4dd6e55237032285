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
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Converts documents, from files to texts. */
@Command(
        name = "documents",
        description = {
            "Converts documents with the Datalab API: PDF, images, Office files and web pages to JSON, HTML or Markdown.",
            "",
            "As with run responses, a run needs no Kafka cluster. To continue an interrupted run, start it again with"
                    + " the same --batch-id and FILEs. A submitted document is never submitted again as long as the"
                    + " API knows it.",
            "",
            "With --out, the output of scans/2/report.pdf, found in the directory scans, is DIR/2/report.md. There is"
                    + " one file for each format of --output-format (.md, .html, and .json for the tree of blocks or"
                    + " for chunks), and .json for the data that --page-schema extracts. A second document with the"
                    + " same name becomes report-2. Files below DIR do not count as documents of a directory or a"
                    + " glob. Without --out, the contents go to stdout. If stdout is not a terminal, the content of a"
                    + " single document is written alone.",
            "",
            "Exit status: 0 all succeeded, 1 some failed, are missing or could not be written, 2 the command could"
                    + " not run, 130 stopped by Ctrl-C.",
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

    @Option(names = "--out", paramLabel = "DIR", description = "Directory for the contents, instead of stdout.")
    private @Nullable Path directory;

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
                "text: the contents. jsonl: one JSON object per result. reference: one JSON list with all results,"
                        + " with json_response as a string and the message as error, as in Python batch libraries."
                        + " With --out, the files are written as well. Default: text."
            })
    private Format format;

    @Option(names = "--json", description = "Same as --format jsonl.")
    private boolean json;

    @Option(
            names = "--estimate",
            description =
                    "Only print the number of pages and the estimated duration at the known limits, without calls.")
    private boolean estimate;

    @Option(
            names = "--retry-failed",
            description = "Call items again that failed in an earlier run of this batch. Without this option, they"
                    + " stay failed.")
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
    private final class Batch implements RunPlan {

        private final Documents documents = options.documents(directory);
        private final DocumentForms forms = new DocumentForms(options.common());
        private final @Nullable DocumentFiles files =
                directory == null ? null : new DocumentFiles(directory, documents, forms);
        private final String batchId = options.batchIdOrNew();

        private Batch() {
            if (!quiet) {
                documents.leftOut().forEach(file -> say("genai: skipped: %s", Text.printable(file)));
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
        public RunOutput output() {
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
