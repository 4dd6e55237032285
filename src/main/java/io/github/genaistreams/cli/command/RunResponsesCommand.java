package io.github.genaistreams.cli.command;

import io.github.genaistreams.cli.console.Cli;
import io.github.genaistreams.cli.console.CliException;
import io.github.genaistreams.cli.console.Paint;
import io.github.genaistreams.cli.console.Text;
import io.github.genaistreams.cli.option.FinishEarlier;
import io.github.genaistreams.cli.option.FormatOptions;
import io.github.genaistreams.cli.option.InputFiles;
import io.github.genaistreams.cli.option.LocalOptions;
import io.github.genaistreams.cli.option.RequestOptions;
import io.github.genaistreams.cli.option.ServeOption;
import io.github.genaistreams.cli.output.BatchSummary;
import io.github.genaistreams.cli.output.ItemLabels;
import io.github.genaistreams.cli.output.OutputFile;
import io.github.genaistreams.cli.output.Progress;
import io.github.genaistreams.cli.output.ResultPrinter;
import io.github.genaistreams.cli.table.AnswerTable;
import io.github.genaistreams.cli.table.Table;
import io.github.genaistreams.client.BatchClient;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.store.DocumentStore;
import io.github.genaistreams.wire.WireFormat;
import io.github.genaistreams.worker.BatchEstimate;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Runs a batch of the Responses API from requests to results. */
@Command(
        name = "responses",
        description = {
            "Submits a batch of OpenAI Responses calls, shows its progress and prints the results in order.",
            "",
            "Without a Kafka cluster, a broker and a worker run inside this command, and the data is kept. To"
                    + " continue a run that was interrupted or killed, start it again with the same --batch-id and"
                    + " FILE; answered items are not called again. The run does not call other unfinished batches in"
                    + " the same data directory unless --finish-earlier says so. With a Kafka cluster, separate"
                    + " workers make the calls.",
            "",
            "Exit status: 0 all succeeded, 1 some failed or are missing, 2 the command could not run, 130 stopped by"
                    + " Ctrl-C.",
        },
        footer = {
            "  genai run responses --model gpt-4o-mini prompts.txt > answers.txt",
            "  genai run responses --model gpt-4o-mini --batch-id tuesday --json requests.jsonl > results.jsonl",
            "  genai run responses --model gpt-4o-mini prompts.txt --estimate",
            "  genai run responses -m gpt-4o-mini --input people.csv --prompt \"Summarise: {{text}}\" --id id --out answers.csv",
            "  printf 'Say hello\\nSay goodbye\\n' | genai run responses --sandbox -"
        })
final class RunResponsesCommand extends BaseCommand {

    @Mixin
    private RequestOptions request;

    @Mixin
    private LocalOptions local;

    @Mixin
    private ServeOption serve;

    @Mixin
    private FinishEarlier finishEarlier;

    @Mixin
    private FormatOptions format;

    @Option(
            names = {"-o", "--out", "--output"},
            paramLabel = "FILE",
            description =
                    "Write the results to this file instead of stdout. During the run, they are in FILE.part, which"
                            + " replaces FILE at the end. For a table, the name of FILE selects CSV or JSON lines; by"
                            + " default, the format is that of the input. With --json, the summary goes to stdout as"
                            + " JSON.")
    private @Nullable Path output;

    @Option(
            names = "--wire-format",
            paramLabel = "FORM",
            defaultValue = "json",
            description = "Format of the requests on the topic: json or avro.")
    private WireFormat wireFormat;

    @Option(
            names = "--estimate",
            description = "Only estimate the cost and duration, without calls. `genai estimate` has more options.")
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

    RunResponsesCommand(Cli cli) {
        super(cli);
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (!request.isOfTable()) {
            format.check();
        }
        if (estimate) {
            boolean here = global.bootstrapServers(cli).isEmpty();
            List<ResponsesRequest> requests = request.read(cli, local.anyModel());
            return new Estimator(cli, global)
                    .print(
                            request.batchIdOrNew(),
                            requests,
                            wireFormat,
                            BatchEstimate.Assumptions.defaults(here ? local.slots() : null),
                            format.json());
        }
        try (OutputFile file = open()) {
            return new BatchRun(cli, global, quiet, serve, finishEarlier)
                    .run(
                            local,
                            LocalOptions.Key.OPENAI,
                            here -> new Batch(request.read(cli, here ? local.anyModel() : null), file));
        }
    }

    /** Opens the file for the results before anything is sent; null for stdout. */
    private @Nullable OutputFile open() throws IOException {
        if (output == null) {
            return null;
        }
        if (request.isInput(output)) {
            throw new CliException(
                    "--out " + output + " is the input: the results would replace it. Use another file.");
        }
        try {
            return OutputFile.open(output);
        } catch (NoSuchFileException e) {
            throw new CliException(
                    output + " cannot be written: its directory does not exist, or no file can be made there.", e);
        } catch (IOException e) {
            throw new CliException(output + " cannot be written: " + InputFiles.reason(e) + ".", e);
        }
    }

    private final class Batch implements RunPlan {

        private final List<ResponsesRequest> requests;
        private final String batchId;
        private final @Nullable OutputFile file;
        private final Optional<AnswerTable.Form> form;
        private Optional<String> changed = Optional.empty();

        /** @param file for the results; null for stdout */
        private Batch(List<ResponsesRequest> requests, @Nullable OutputFile file) {
            this.requests = requests;
            this.batchId = isOfTable() ? request.batchIdOr(requests) : request.batchIdOrNew();
            this.file = file;
            this.form = request.table().map(table -> format.ofTable(output, table.isCsv(), request.answerProperties()));
        }

        private boolean isOfTable() {
            return request.table().isPresent();
        }

        @Override
        public String batchId() {
            return batchId;
        }

        @Override
        public boolean isNamed() {
            return request.hasBatchId() || isOfTable();
        }

        @Override
        public List<String> notices() {
            List<String> notices = new ArrayList<>();
            if (isOfTable() && !request.hasBatchId()) {
                notices.add("its ID is derived from the rows, the prompt and the parameters: to continue, run the same"
                        + " command again");
            }
            request.table()
                    .map(Table::skipped)
                    .filter(skipped -> skipped > 0)
                    .ifPresent(skipped -> notices.add(
                            "%s without a value for the prompt: not called".formatted(Text.count(skipped, "row"))));
            return notices;
        }

        @Override
        public boolean retriesFailed() {
            return retryFailed;
        }

        @Override
        public String unit() {
            return "request";
        }

        @Override
        public int size() {
            return requests.size();
        }

        @Override
        public WireFormat wireFormat() {
            return wireFormat;
        }

        @Override
        public BatchClient.Resumed submit(BatchClient client, DocumentStore store, Progress progress) {
            request.batch().apply(client, batchId);
            return client.submitMissing(batchId, requests, request::headers);
        }

        @Override
        public RunOutput output() {
            return isOfTable() ? joined(request.table().get()) : printed();
        }

        private RunOutput joined(Table table) {
            var out =
                    new BufferedWriter(new OutputStreamWriter(file == null ? cli.out() : file, StandardCharsets.UTF_8));
            var answers = new AnswerTable(table, form.get(), out);
            return new RunOutput() {
                @Override
                public void print(CallResult result, ItemLabels item) {
                    answers.print(result);
                }

                @Override
                public void end() {
                    answers.end();
                    changed = answers.notice();
                    complete();
                }

                @Override
                public void close() throws IOException {
                    answers.close();
                    closeFile();
                }
            };
        }

        private RunOutput printed() {
            var out = file == null ? cli.out() : new PrintStream(file, false, StandardCharsets.UTF_8);
            var printer = new ResultPrinter(
                    out,
                    format.form(),
                    file == null ? global.outPaint(cli) : Paint.OFF,
                    file == null ? cli.terminal().outWidth() : 0);
            return new RunOutput() {
                @Override
                public void print(CallResult result, ItemLabels item) {
                    printer.print(result, item);
                }

                @Override
                public void end() {
                    complete();
                }

                @Override
                public void close() throws IOException {
                    printer.end(false);
                    if (file != null && out.checkError()) {
                        throw new CliException(
                                output + " cannot be written. Nothing is lost: free space, and continue with"
                                        + " --batch-id " + batchId + ".");
                    }
                    closeFile();
                }
            };
        }

        private void complete() {
            if (file != null) {
                file.complete();
            }
        }

        private void closeFile() throws IOException {
            if (file != null) {
                file.close();
            }
        }

        @Override
        public void summary(BatchSummary summary) {
            if (!quiet) {
                changed.ifPresent(text -> cli.err().println(global.errPaint(cli).faint("genai: " + text)));
            }
            if (format.json() && output != null) {
                cli.printJson(summary);
            }
        }
    }
}
