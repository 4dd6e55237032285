package io.github.genaistreams.cli.command;

import io.github.genaistreams.cli.console.Cli;
import io.github.genaistreams.cli.console.CliException;
import io.github.genaistreams.cli.console.ExitStatus;
import io.github.genaistreams.cli.console.Logs;
import io.github.genaistreams.cli.console.Paint;
import io.github.genaistreams.cli.console.Text;
import io.github.genaistreams.cli.output.BatchSummary;
import io.github.genaistreams.cli.output.Follower;
import io.github.genaistreams.cli.output.Progress;
import io.github.genaistreams.client.BatchClient;
import io.github.genaistreams.client.BatchHandle;
import io.github.genaistreams.client.content.DocumentContents;
import io.github.genaistreams.client.read.BatchProgress;
import io.github.genaistreams.client.read.BatchResults;
import io.github.genaistreams.embedded.EmbeddedStack;
import io.github.genaistreams.embedded.LocalKafka;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.sandbox.ApiSandbox;
import io.github.genaistreams.store.DocumentStore;
import io.github.genaistreams.wire.WireFormat;
import io.github.genaistreams.worker.Worker;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Shows a batch from end to end, with all parts in one process. Needs no set-up, and deletes its data. */
@Command(
        name = "demo",
        description = {
            "Shows a complete example in one process, without a key.",
            "",
            "It starts a Kafka broker, a sandbox of the APIs, a worker and a client. Prompts go to the Responses API"
                    + " and PDFs to the document API. One call in seven fails on purpose (429, 500, 502 with HTML,"
                    + " connection reset), and yet the results are complete and in order. All data is deleted at the"
                    + " end."
        },
        footer = {"  genai demo", "  genai demo --requests 2000 --seed 7", "  genai demo --json"})
final class DemoCommand extends BaseCommand {

    private static final int PARTITIONS = 4;
    private static final int SLOTS = 48;
    private static final String DOCUMENTS_ID = "demo-documents";
    private static final int SHOWN_AT_EACH_END = 4;

    @Option(
            names = {"-n", "--requests"},
            paramLabel = "N",
            defaultValue = "200",
            description = "Number of requests. Default: ${DEFAULT-VALUE}.")
    private int requests;

    @Option(
            names = "--documents",
            paramLabel = "N",
            defaultValue = "12",
            description = "Number of documents after the requests. Default: ${DEFAULT-VALUE}.")
    private int documents;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "1",
            description = "Seed for all latencies and faults. Default: ${DEFAULT-VALUE}.")
    private long seed;

    @Option(names = "--json", description = "Print only the summary, as one JSON object.")
    private boolean json;

    DemoCommand(Cli cli) {
        super(cli);
    }

    @Override
    public Logs.Chatter chatter() {
        return Logs.Chatter.SHOW;
    }

    @Override
    public Integer call() throws InterruptedException {
        if (requests < 1 || requests > 1_000_000) {
            throw new CliException("--requests must be from 1 to 1000000, not " + requests + ".");
        }
        if (documents < 0 || documents > 10_000) {
            throw new CliException("--documents must be from 0 to 10000, not " + documents + ".");
        }
        return inFull();
    }

    private int inFull() throws InterruptedException {
        narrate("Starting a Kafka broker, a sandbox of the API and a worker in this process ...");
        var setup = new EmbeddedStack.Setup(
                LocalKafka.Options.temporary(),
                Optional.empty(),
                PARTITIONS,
                SLOTS,
                Optional.of(DemoBatches.sandbox(seed)),
                Map.of());
        try (EmbeddedStack stack = EmbeddedStack.start(setup);
                Worker worker = stack.startWorker(Set.of());
                DocumentStore store = stack.config().documentStore();
                var client = new BatchClient(
                        stack.config().batchClient(), stack.config().topics(), WireFormat.JSON, store)) {
            stack.onFailure(why -> say("genai: %s", why));
            ApiSandbox sandbox = stack.sandbox().orElseThrow();
            // Latencies and faults depend on seed, batch, index and attempt: the same batch gives the same run.
            String batchId = "demo";
            var watch = new StackWatch(stack, worker);
            watch.awaitWorker(cli.stop());
            narrate(
                    "%s, up to %d at once; one call in seven fails on purpose.",
                    Text.count(requests, "request"), SLOTS);
            long start = System.nanoTime();
            List<CallResult> shown = new ArrayList<>();
            Optional<BatchProgress> prompted = follow(
                    client.submit(batchId, DemoBatches.prompts(requests)),
                    "call",
                    watch,
                    result -> isShown(result, requests),
                    shown);
            if (prompted.isEmpty()) {
                return ExitStatus.INTERRUPTED;
            }
            double seconds = (System.nanoTime() - start) / 1e9;
            if (!json) {
                show("Results, in the order of the requests:", shown);
            }
            List<CallResult> converted = new ArrayList<>();
            Optional<BatchProgress> read = Optional.empty();
            if (documents > 0) {
                narrate("");
                narrate("%s for the document API, created just now.", Text.count(documents, "PDF"));
                read = follow(
                        client.submitDocuments(DOCUMENTS_ID, DemoBatches.pdfs(documents), index -> Map.of()),
                        "document",
                        watch,
                        result -> isShown(result, documents),
                        converted);
                if (read.isEmpty()) {
                    return ExitStatus.INTERRUPTED;
                }
                if (!json) {
                    show("The contents of the documents, in their order:", converted);
                }
            }
            DemoReport report = DemoReport.of(
                    BatchSummary.of(batchId, prompted.get(), 0, seconds),
                    sandbox.stats(batchId),
                    read.map(progress -> DemoReport.Documents.of(progress, sandbox.stats(DOCUMENTS_ID), DOCUMENTS_ID))
                            .orElse(null));
            if (json) {
                cli.printJson(report);
            } else {
                report.print(cli, global.outPaint(cli));
            }
            return report.allFailed() > 0 ? ExitStatus.SOME_FAILED : ExitStatus.OK;
        }
    }

    /** Follows a batch to its end and keeps the results to print; empty if a stop was requested. */
    private Optional<BatchProgress> follow(
            BatchHandle batch, String unit, StackWatch watch, Predicate<CallResult> isShown, List<CallResult> shown) {
        try (BatchResults results = batch.results();
                Progress progress = Progress.on(cli, json, unit, unit + "s")) {
            progress.activity(watch::activity);
            boolean ended = new Follower(cli.stop(), progress, watch::check).follow(results, result -> {
                if (isShown.test(result)) {
                    shown.add(result);
                }
            });
            return ended ? Optional.of(results.progress()) : Optional.empty();
        }
    }

    private static boolean isShown(CallResult result, int of) {
        return result.index() < SHOWN_AT_EACH_END || result.index() >= of - SHOWN_AT_EACH_END;
    }

    private void show(String title, List<CallResult> results) {
        Paint paint = global.outPaint(cli);
        cli.out().println();
        cli.out().println(paint.bold(title));
        int expected = 0;
        for (CallResult result : results) {
            if (result.index() != expected) {
                cli.out().println(paint.faint("   ⋮  " + Text.count(result.index() - expected, "more result")));
            }
            expected = result.index() + 1;
            CallError error = result.error();
            String text = error == null
                    ? Text.shorten(text(result), cli.terminal().width() - 20)
                    : paint.red("FAILED " + error.message());
            String attempts = result.attempts() > 1 ? paint.yellow("  (attempt " + result.attempts() + ")") : "";
            cli.out().println(paint.faint("%4d".formatted(result.index())) + "  " + text + attempts);
        }
    }

    private static String text(CallResult result) {
        return result.jsonResponse() == null
                ? Objects.requireNonNullElse(result.outputText(), "")
                : DocumentContents.of(result).strip().replaceAll("\\s+", " ");
    }

    private void narrate(String format, Object... arguments) {
        if (!json) {
            say(format, arguments);
        }
    }
}
