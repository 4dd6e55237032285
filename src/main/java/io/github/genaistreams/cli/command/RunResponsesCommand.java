package io.github.genaistreams.cli.command;

import io.github.genaistreams.cli.console.Cli;
import io.github.genaistreams.cli.console.Paint;
import io.github.genaistreams.cli.option.FormatOptions;
import io.github.genaistreams.cli.option.LocalOptions;
import io.github.genaistreams.cli.option.RequestOptions;
import io.github.genaistreams.cli.output.BatchSummary;
import io.github.genaistreams.cli.output.ItemLabels;
import io.github.genaistreams.cli.output.Progress;
import io.github.genaistreams.cli.output.ResultPrinter;
import io.github.genaistreams.client.BatchClient;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.store.DocumentStore;
import io.github.genaistreams.wire.WireFormat;
import io.github.genaistreams.worker.BatchEstimate;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Runs a batch of the Responses API from requests to results. */
@Command(
        name = "responses",
        description = {
            "Submits a batch of OpenAI Responses calls, shows its progress and prints the results in order.",
            "",
            "Without a Kafka it does everything itself: a broker and a worker run inside this command, and its data"
                    + " is kept. A run that was interrupted, or killed, carries on when it is started again with the same"
                    + " --batch-id and FILE; what was answered is not called again. A run also finishes what other"
                    + " batches left undone in the same data directory. With a Kafka, workers that run elsewhere make"
                    + " the calls.",
            "",
            "Exit status: 0 all succeeded, 1 some failed or are missing, 2 it could not run, 130 stopped by Ctrl-C.",
        },
        footer = {
            "  genai run responses --model gpt-4o-mini prompts.txt > answers.txt",
            "  genai run responses --model gpt-4o-mini --batch-id tuesday --json requests.jsonl > results.jsonl",
            "  genai run responses --model gpt-4o-mini prompts.txt --estimate",
            "  printf 'Say hello\\nSay goodbye\\n' | genai run responses --sandbox -"
        })
final class RunResponsesCommand extends BaseCommand {

    @Mixin
    private RequestOptions request;

    @Mixin
    private LocalOptions local;

    @Mixin
    private FormatOptions format;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            description =
                    "Write the results here instead of stdout; with --json, stdout then gets the summary as JSON.")
    private Path output;

    @Option(
            names = "--wire-format",
            paramLabel = "FORM",
            defaultValue = "json",
            description = "How requests are written to the topic: json or avro.")
    private WireFormat wireFormat;

    @Option(
            names = "--estimate",
            description = "Only say what this may cost and take, and call nothing. `genai estimate` has more options.")
    private boolean estimate;

    @Option(
            names = "--retry-failed",
            description = "Call items again that failed when this batch ran before. Without it, they stay as they are.")
    private boolean retryFailed;

    @Option(
            names = {"-q", "--quiet"},
            description = "Nothing on stderr but errors.")
    private boolean quiet;

    RunResponsesCommand(Cli cli) {
        super(cli);
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        format.check();
        if (estimate) {
            boolean here = global.bootstrapServers(cli).isEmpty();
            return new Estimator(cli, global)
                    .print(
                            request.read(cli, local.anyModel()),
                            BatchEstimate.Assumptions.usual(here ? local.slots() : null),
                            format.json());
        }
        return new BatchRun(cli, global, quiet)
                .run(
                        local,
                        LocalOptions.Key.OPENAI,
                        here -> new Batch(request.read(cli, here ? local.anyModel() : null), request.batchIdOrNew()));
    }

    private final class Batch implements BatchRun.Plan {

        private final List<ResponsesRequest> requests;
        private final String batchId;

        private Batch(List<ResponsesRequest> requests, String batchId) {
            this.requests = requests;
            this.batchId = batchId;
        }

        @Override
        public String batchId() {
            return batchId;
        }

        @Override
        public boolean isNamed() {
            return request.hasBatchId();
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
        public BatchRun.Output output() throws IOException {
            boolean isFile = output != null;
            PrintStream out = isFile ? new PrintStream(output.toFile(), StandardCharsets.UTF_8) : cli.out();
            var printer = new ResultPrinter(
                    out,
                    format.form(),
                    isFile ? Paint.OFF : global.outPaint(cli),
                    isFile ? 0 : cli.terminal().outWidth());
            return new BatchRun.Output() {
                @Override
                public void print(CallResult result, ItemLabels item) {
                    printer.print(result, item);
                }

                @Override
                public void close() {
                    printer.end(false);
                    if (isFile) {
                        out.close();
                    }
                }
            };
        }

        @Override
        public void summary(BatchSummary summary) {
            if (format.json() && output != null) {
                cli.printJson(summary);
            }
        }
    }
}
