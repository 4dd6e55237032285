package io.github.genaistreams.cli;

import io.github.genaistreams.client.BatchClient;
import io.github.genaistreams.client.BatchResults;
import io.github.genaistreams.client.IndexRange;
import io.github.genaistreams.embedded.LocalStack;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.wire.WireFormat;
import io.github.genaistreams.worker.GenAiConfig;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
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
        },
        footer = {
            "  genai run responses --model gpt-4o-mini prompts.txt > answers.txt",
            "  genai run responses --model gpt-4o-mini --batch-id tuesday --json requests.jsonl > results.jsonl",
            "  printf 'Say hello\\nSay goodbye\\n' | genai run responses --sandbox -"
        })
final class RunResponsesCommand extends BaseCommand {

    @Mixin
    private RequestOptions request;

    @Mixin
    private LocalOptions local;

    @Option(
            names = "--format",
            paramLabel = "FORM",
            defaultValue = "text",
            description = "Results as text, jsonl: one JSON object per result, or openai-batch: as OpenAI's Batch API"
                    + " writes them.")
    private ResultPrinter.Format format;

    @Option(
            names = "--json",
            description = "The same as --format jsonl; with --output, the summary as JSON on stdout, too.")
    private boolean json;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            description = "Write the results here instead of stdout.")
    private Path output;

    @Option(
            names = "--wire-format",
            paramLabel = "FORM",
            defaultValue = "json",
            description = "How requests are written to the topic: json or avro.")
    private WireFormat wireFormat;

    @Option(
            names = {"-q", "--quiet"},
            description = "Nothing on stderr but errors.")
    private boolean quiet;

    /** Requests that were waiting in the local Kafka before this run. */
    private long unfinishedBefore;

    RunResponsesCommand(Cli cli) {
        super(cli);
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (global.bootstrapServers(cli).isPresent()) {
            local.refuse();
            GenAiConfig config = global.config(cli);
            List<ResponsesRequest> requests = request.read(cli, null);
            return run(config, requests, request.batchIdOrNew(), () -> {});
        }
        LocalStack.Setup setup = local.setup(cli, global.settings(cli, Map.of()));
        List<ResponsesRequest> requests = request.read(cli, local.anyModel());
        String batchId = request.batchIdOrNew();
        note("starting on this machine, data in " + local.directory(cli));
        try (LocalStack stack = LocalStack.start(setup)) {
            var watch = new StackWatch(stack);
            watch.awaitWorker(cli.stop());
            unfinishedBefore = watch.unfinished();
            int status = run(stack.config(), requests, batchId, watch::check);
            if (status == ExitStatus.INTERRUPTED) {
                int inFlight = stack.worker().lanes().inFlight();
                if (inFlight > 0) {
                    note("waiting up to %d s for %s in flight; Ctrl-C again ends at once"
                            .formatted(LocalStack.DRAIN_SECONDS, Text.count(inFlight, "call")));
                }
            }
            return status;
        }
    }

    private int run(GenAiConfig config, List<ResponsesRequest> requests, String batchId, Runnable check)
            throws IOException {
        long start = System.nanoTime();
        try (var client = new BatchClient(config.kafkaClient(), config.topics(), wireFormat)) {
            var submitted = client.submitMissing(batchId, requests, request::headers);
            announce(batchId, requests.size(), submitted.alreadySubmitted());
            try (BatchResults results = submitted.handle().results()) {
                boolean ended = print(results, check);
                if (!ended) {
                    note("stopped after %,d of %,d; nothing is lost. To carry on: %s"
                            .formatted(results.progress().received(), requests.size(), howToCarryOn(batchId)));
                    return ExitStatus.INTERRUPTED;
                }
                int missing =
                        results.missing().stream().mapToInt(IndexRange::size).sum();
                double seconds = (System.nanoTime() - start) / 1e9;
                var summary = BatchSummary.of(batchId, results.progress(), missing, seconds);
                if (!quiet) {
                    say(summary.line(global.errPaint(cli)));
                }
                if (json && output != null) {
                    cli.printJson(summary);
                }
                return summary.exitStatus();
            }
        }
    }

    private boolean print(BatchResults results, Runnable check) throws IOException {
        if (output == null) {
            return print(results, check, cli.out(), global.outPaint(cli));
        }
        try (var file = new PrintStream(output.toFile(), StandardCharsets.UTF_8)) {
            return print(results, check, file, Paint.OFF);
        }
    }

    private boolean print(BatchResults results, Runnable check, PrintStream out, Paint paint) {
        var printer = new ResultPrinter(
                out,
                json ? ResultPrinter.Format.JSONL : format,
                paint,
                out == cli.out() ? cli.terminal().outWidth() : 0);
        try (Progress progress = Progress.on(cli, quiet)) {
            return new Follower(cli.stop(), progress, check).follow(results, result -> printer.print(result, results));
        }
    }

    private void announce(String batchId, int requests, int alreadySubmitted) {
        if (alreadySubmitted > 0) {
            note("batch %s, carrying on: %,d of %s submitted before"
                    .formatted(batchId, alreadySubmitted, Text.count(requests, "request")));
        } else {
            note("batch %s, %s".formatted(batchId, Text.count(requests, "request")));
            if (unfinishedBefore > 0) {
                note(
                        "about %s of earlier batches in this data directory come first; another --data-dir keeps batches apart"
                                .formatted(Text.count(unfinishedBefore, "unfinished request")));
            }
            if (!request.hasBatchId()) {
                note("to carry on after an interruption: " + howToCarryOn(batchId));
            }
        }
    }

    /** Without the ID in the command, a second run is another batch. */
    private String howToCarryOn(String batchId) {
        return request.hasBatchId() ? "the same command again" : "the same command with --batch-id " + batchId;
    }

    private void note(String text) {
        if (!quiet) {
            Paint paint = global.errPaint(cli);
            cli.err().println(paint.faint("genai: " + text));
        }
    }
}
