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
import io.github.genaistreams.embedded.LocalKafka;
import io.github.genaistreams.embedded.LocalStack;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.DocumentRequest;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.sandbox.Fault;
import io.github.genaistreams.sandbox.Latency;
import io.github.genaistreams.sandbox.SampleDocuments;
import io.github.genaistreams.sandbox.SandboxSettings;
import io.github.genaistreams.sandbox.SandboxStats;
import io.github.genaistreams.store.DocumentStore;
import io.github.genaistreams.wire.WireFormat;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.IntStream;
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

    /** Subjects of the prompts. */
    private static final List<String> SUBJECTS = List.of(
            "a lighthouse", "an old map", "the north wind", "a night train", "the last page", "a glass of water");

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

    /** What the demo prints at its end. */
    private record Report(
            String batchId,
            int requests,
            int succeeded,
            int failed,
            long apiCalls,
            long retries,
            Map<String, Long> faults,
            long repeatedAfterSuccess,
            double seconds,
            long inputTokens,
            long outputTokens,
            BigDecimal costUsd,
            DocumentReport documents) {}

    /** The figures about documents. */
    private record DocumentReport(
            int documents, int succeeded, int failed, long pages, long submissions, BigDecimal costUsd) {}

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
        var setup = new LocalStack.Setup(
                LocalKafka.Options.temporary(), Optional.empty(), PARTITIONS, SLOTS, Optional.of(sandbox()), Map.of());
        try (LocalStack stack = LocalStack.start(setup);
                DocumentStore store = stack.config().documentStore();
                var client = new BatchClient(
                        stack.config().batchClient(), stack.config().topics(), WireFormat.JSON, store)) {
            // Latencies and faults depend on seed, batch, index and attempt: the same batch gives the same run.
            String batchId = "demo";
            var watch = new StackWatch(stack);
            watch.awaitWorker(cli.stop());
            narrate(
                    "%s, up to %d at once; one call in seven fails on purpose.",
                    Text.count(requests, "request"), SLOTS);
            long start = System.nanoTime();
            List<CallResult> shown = new ArrayList<>();
            Optional<BatchProgress> prompted = follow(
                    client.submit(batchId, prompts()), "call", watch, result -> isShown(result, requests), shown);
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
                        client.submitDocuments(DOCUMENTS_ID, pdfs(), index -> Map.of()),
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
            SandboxStats stats = stack.sandbox().stats(batchId);
            Report report = report(
                    BatchSummary.of(batchId, prompted.get(), 0, seconds),
                    stats,
                    read.map(progress ->
                                    documentReport(progress, stack.sandbox().stats(DOCUMENTS_ID)))
                            .orElse(null));
            if (json) {
                cli.printJson(report);
            } else {
                show(report);
            }
            return report.failed() > 0
                            || report.documents() != null && report.documents().failed() > 0
                    ? ExitStatus.SOME_FAILED
                    : ExitStatus.OK;
        }
    }

    /** Follows a batch to its end and keeps the results to print; empty if somebody stopped it. */
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

    private List<DocumentRequest> pdfs() {
        return IntStream.range(0, documents)
                .mapToObj(i -> DocumentRequest.builder()
                        .document(SampleDocuments.pdf(IntStream.range(0, 1 + i % 3)
                                .mapToObj(page -> List.of("Report %d, page %d: %s."
                                        .formatted(i, page, SUBJECTS.get(i % SUBJECTS.size()))))
                                .toList()))
                        .fileName("report-" + i + ".pdf")
                        .outputFormat("markdown")
                        .expectedPages(1 + i % 3)
                        .pollIntervalSecs(1)
                        .baseRetryDelaySecs(0)
                        .build())
                .toList();
    }

    private static DocumentReport documentReport(BatchProgress progress, SandboxStats api) {
        long submissions = api.batches().getOrDefault(DOCUMENTS_ID, Map.of()).values().stream()
                .mapToLong(item -> item.submitted())
                .sum();
        return new DocumentReport(
                progress.size(),
                progress.succeeded(),
                progress.failed(),
                progress.pages(),
                submissions,
                progress.cost().usd());
    }

    private SandboxSettings sandbox() {
        return SandboxSettings.DEFAULTS
                .withSeed(seed)
                .withLatency(Latency.logNormal(Duration.ofMillis(250), 0.4))
                .withFaults(Map.of(
                        Fault.RATE_LIMIT, 0.06,
                        Fault.SERVER_ERROR, 0.04,
                        Fault.BAD_GATEWAY, 0.02,
                        Fault.RESET, 0.02))
                .withRetryAfter(Duration.ofMillis(200));
    }

    private List<ResponsesRequest> prompts() {
        return IntStream.range(0, requests)
                .mapToObj(i -> ResponsesRequest.builder()
                        .model("gpt-5-mini")
                        .userPrompt("Line %d: write about %s.".formatted(i, SUBJECTS.get(i % SUBJECTS.size())))
                        .maxRetries(10)
                        .retryDelayMinMs(100)
                        .retryDelayMaxMs(1_000)
                        .build())
                .toList();
    }

    private static boolean isShown(CallResult result, int of) {
        return result.index() < SHOWN_AT_EACH_END || result.index() >= of - SHOWN_AT_EACH_END;
    }

    private static Report report(BatchSummary batch, SandboxStats api, DocumentReport documents) {
        var faults = new java.util.TreeMap<String, Long>();
        api.faults().forEach((fault, count) -> faults.put(fault.cliName(), count));
        return new Report(
                batch.batchId(),
                batch.requests(),
                batch.succeeded(),
                batch.failed(),
                api.callsOf(batch.batchId()),
                api.callsOf(batch.batchId()) - batch.requests(),
                faults,
                api.repeatedAfterSuccess(batch.batchId()),
                batch.seconds(),
                batch.inputTokens(),
                batch.outputTokens(),
                batch.costUsd(),
                documents);
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
            String text = result.success()
                    ? Text.shorten(text(result), cli.terminal().width() - 20)
                    : paint.red("FAILED " + result.error().message());
            String attempts = result.attempts() > 1 ? paint.yellow("  (attempt " + result.attempts() + ")") : "";
            cli.out().println(paint.faint("%4d".formatted(result.index())) + "  " + text + attempts);
        }
    }

    private static String text(CallResult result) {
        return result.jsonResponse() == null
                ? result.outputText()
                : DocumentContents.of(result).strip().replaceAll("\\s+", " ");
    }

    private void show(Report report) {
        Paint paint = global.outPaint(cli);
        cli.out().println();
        row("requests", "%,d".formatted(report.requests()), "");
        row("succeeded", "%,d".formatted(report.succeeded()), "");
        row("failed", "%,d".formatted(report.failed()), "");
        row("API calls", "%,d".formatted(report.apiCalls()), "counted by the sandbox");
        row("retries", "%,d".formatted(report.retries()), faults(report.faults()));
        row(
                "paid twice",
                "%,d".formatted(report.repeatedAfterSuccess()),
                "calls for an item that already had its" + " answer");
        row(
                "seconds",
                "%.1f".formatted(report.seconds()),
                "%.0f results per second".formatted(report.requests() / report.seconds()));
        row("tokens in", "%,d".formatted(report.inputTokens()), "");
        row("tokens out", "%,d".formatted(report.outputTokens()), "");
        row("cost", Text.cost(report.costUsd(), 0), "price of these tokens at the real API");
        int failed = report.failed();
        if (report.documents() != null) {
            failed += report.documents().failed();
            row(
                    "documents",
                    "%,d".formatted(report.documents().documents()),
                    Text.count(report.documents().pages(), "page"));
            row(
                    "submissions",
                    "%,d".formatted(report.documents().submissions()),
                    "billed per page, so a job is polled and not repeated");
            row("cost", Text.cents(report.documents().costUsd(), 0), "at the prices of the sandbox");
        }
        cli.out().println();
        cli.out()
                .println(
                        failed == 0
                                ? paint.green("Every request has exactly one result.")
                                : paint.red(Text.count(failed, "request") + " failed."));
        cli.out().println("Next: genai run responses --sandbox FILE      a batch of your own prompts");
        cli.out().println("      genai run documents --sandbox FILES     the text of your own PDFs");
    }

    private void row(String name, String value, String remark) {
        Paint paint = global.outPaint(cli);
        cli.out().println("  %-12s%10s".formatted(name, value) + (remark.isEmpty() ? "" : paint.faint("   " + remark)));
    }

    private static String faults(Map<String, Long> faults) {
        return faults.entrySet().stream()
                .map(entry -> entry.getValue() + " " + entry.getKey())
                .reduce((left, right) -> left + ", " + right)
                .orElse("");
    }

    private void narrate(String format, Object... arguments) {
        if (!json) {
            say(format, arguments);
        }
    }
}
