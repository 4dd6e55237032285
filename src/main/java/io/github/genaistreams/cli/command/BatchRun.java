package io.github.genaistreams.cli.command;

import io.github.genaistreams.cli.console.Cli;
import io.github.genaistreams.cli.console.CliException;
import io.github.genaistreams.cli.console.ExitStatus;
import io.github.genaistreams.cli.console.Logs;
import io.github.genaistreams.cli.console.Question;
import io.github.genaistreams.cli.console.Text;
import io.github.genaistreams.cli.option.FinishEarlier;
import io.github.genaistreams.cli.option.GlobalOptions;
import io.github.genaistreams.cli.option.LocalOptions;
import io.github.genaistreams.cli.option.ServeOption;
import io.github.genaistreams.cli.output.BatchSummary;
import io.github.genaistreams.cli.output.BatchTexts;
import io.github.genaistreams.cli.output.Follower;
import io.github.genaistreams.cli.output.ItemLabels;
import io.github.genaistreams.cli.output.Progress;
import io.github.genaistreams.cli.output.Storing;
import io.github.genaistreams.client.BatchClient;
import io.github.genaistreams.client.read.BatchResults;
import io.github.genaistreams.client.read.IndexRange;
import io.github.genaistreams.embedded.EmbeddedStack;
import io.github.genaistreams.embedded.LocalKafka;
import io.github.genaistreams.flow.HoldReason;
import io.github.genaistreams.model.BatchStatus;
import io.github.genaistreams.serve.GenAiServer;
import io.github.genaistreams.store.DocumentStore;
import io.github.genaistreams.wire.Topics;
import io.github.genaistreams.worker.GenAiConfig;
import io.github.genaistreams.worker.Worker;
import io.github.genaistreams.worker.WorkerLog;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicBoolean;

/** Runs a batch of either API from its requests to its results, on a Kafka cluster or on this machine alone. */
final class BatchRun {

    private static final long LOOK_MILLIS = 200;
    private static final int IDLE_LOOKS = 5;

    private final Cli cli;
    private final GlobalOptions global;
    private final boolean quiet;
    private final ServeOption serve;
    private final FinishEarlier finishEarlier;
    private int unwritten;

    private volatile Progress progress = Progress.NONE;

    BatchRun(Cli cli, GlobalOptions global, boolean quiet, ServeOption serve, FinishEarlier finishEarlier) {
        this.cli = cli;
        this.global = global;
        this.quiet = quiet;
        this.serve = serve;
        this.finishEarlier = finishEarlier;
    }

    /** Reads the input, after the settings have been checked. */
    interface Planner {
        /** @param local whether the batch runs on this machine alone */
        RunPlan plan(boolean local);
    }

    int run(LocalOptions local, LocalOptions.Key key, Planner planner) throws IOException, InterruptedException {
        if (global.bootstrapServers(cli).isPresent()) {
            local.refuse();
            serve.refuse();
            finishEarlier.refuse();
            GenAiConfig config = global.config(cli);
            RunPlan plan = planner.plan(false);
            progress = Progress.on(cli, quiet, plan.unit(), "submitting");
            try {
                return run(config, plan, Optional.empty());
            } finally {
                progress.close();
            }
        }
        EmbeddedStack.Setup setup = local.setup(cli, global.localSettings(cli), key);
        RunPlan plan = planner.plan(true);
        if (isLogPlain()) {
            // Each failure is a result of this run, which reports it.
            WorkerLog.FAILURES.forEach(Logs::onlyErrors);
            Logs.onlyErrors(WorkerLog.HOLDS);
        }
        note("starting on this machine, data in " + local.directory(cli));
        progress = Progress.on(cli, quiet, plan.unit(), "starting");
        try {
            return runHere(setup, local, plan);
        } finally {
            progress.close();
        }
    }

    /** Whether the user has not asked for more of the log. */
    private boolean isLogPlain() {
        return global.verbosity() == 0 && cli.env("GENAI_LOG_LEVEL") == null;
    }

    private int runHere(EmbeddedStack.Setup setup, LocalOptions local, RunPlan plan)
            throws IOException, InterruptedException {
        var started = new AtomicBoolean();
        cli.stop().onRequest(() -> {
            if (!started.get()) {
                note("stopping; Ctrl-C again ends at once");
            }
        });
        boolean isNew = !LocalKafka.isDataDir(setup.broker().dataDir().orElseThrow());
        try (EmbeddedStack stack = EmbeddedStack.start(setup, cli.stop()::isRequested)) {
            Thread runner = Thread.currentThread();
            stack.onFailure(why -> {
                progress.above(() -> cli.err().println(global.errPaint(cli).red("genai: ") + Text.printable(why)));
                if (isLogPlain()) {
                    Logs.withoutKafka();
                }
                // It may wait for an answer of this Kafka, for minutes.
                runner.interrupt();
            });
            try {
                return runOn(stack, local, plan, isNew, started);
            } catch (RuntimeException | IOException | InterruptedException e) {
                if (stack.failure().isEmpty()) {
                    throw e;
                }
                Thread.interrupted();
                throw new CliException(
                        "Stopped, because the local Kafka has failed. What was answered until then is kept. To continue"
                                + " when that is mended: " + plan.howToCarryOn(),
                        e);
            }
        } catch (CancellationException e) {
            note("stopped before anything was submitted");
            return ExitStatus.INTERRUPTED;
        }
    }

    private int runOn(EmbeddedStack stack, LocalOptions local, RunPlan plan, boolean isNew, AtomicBoolean started)
            throws IOException, InterruptedException {
        var earlier = new EarlierBatches(finishEarlier, local, this::note, question -> ask(question, plan));
        var settled = isNew
                ? EarlierBatches.Settled.NOTHING
                : earlier.settle(stack.config(), id -> id.equals(plan.batchId()) || serve.goesOnWith(id));
        try (Worker worker = stack.startWorker(settled.paused())) {
            var watch = new StackWatch(stack, worker, settled.items());
            worker.follow(plan.batchId());
            watch.awaitWorker(cli.stop());
            if (cli.stop().isRequested()) {
                throw new CancellationException();
            }
            started.set(true);
            progress.activity(watch::activity);
            int status = runServed(stack.config(), plan, watch);
            int inFlight = worker.lanes().inFlight();
            if (cli.stop().isRequested() && inFlight > 0) {
                note("waiting up to %d s for %s in flight; Ctrl-C again ends at once"
                        .formatted(EmbeddedStack.DRAIN_SECONDS, Text.count(inFlight, "call")));
            }
            return status;
        }
    }

    private int runServed(GenAiConfig config, RunPlan plan, StackWatch watch) throws IOException, InterruptedException {
        Optional<GenAiServer> server = serve.open(config);
        try {
            server.ifPresent(open -> note("its page is " + open.address()));
            int status = run(config, plan, Optional.of(watch));
            if (watch.activity().earlier() > 0) {
                finishEarlier(watch, plan);
            }
            return status;
        } finally {
            server.ifPresent(GenAiServer::close);
        }
    }

    /** After the end of the batch, waits until no earlier batch has open items, or a stop is requested. */
    private void finishEarlier(StackWatch watch, RunPlan plan) throws InterruptedException {
        progress.close();
        progress = Progress.on(cli, quiet, plan.unit(), "finishing earlier batches");
        // For a moment between two records, the worker may have no open item.
        for (int idle = 0; idle < IDLE_LOOKS && !cli.stop().await(LOOK_MILLIS); ) {
            check(watch, plan);
            var activity = watch.activity();
            progress.phase("finishing earlier batches: about %s left, %,d in flight"
                    .formatted(Text.count(activity.earlier(), "item"), activity.inFlight()));
            idle = watch.isBusy() ? 0 : idle + 1;
        }
    }

    /** @param here the stack, if the worker runs in this process */
    private int run(GenAiConfig config, RunPlan plan, Optional<StackWatch> here) throws IOException {
        long start = System.nanoTime();
        try (DocumentStore store = config.documentStore();
                var client = new BatchClient(config.batchClient(), config.topics(), plan.wireFormat(), store)) {
            announce(plan);
            progress.phase("submitting");
            var submitted = plan.submit(client, store, progress);
            if (submitted.alreadySubmitted() > 0) {
                note("continuing: %,d of %s submitted before"
                        .formatted(submitted.alreadySubmitted(), Text.count(plan.size(), plan.unit())));
            }
            if (plan.retriesFailed() && submitted.alreadySubmitted() > 0 && !retryFailed(client, plan, here)) {
                note("stopped; nothing is lost. To continue: " + plan.howToCarryOn());
                return ExitStatus.INTERRUPTED;
            }
            try (BatchResults results = submitted.handle().results()) {
                var waits = new WaitNotice(
                        () -> submitted.handle().status().map(BatchStatus::waiting), this::note, System::nanoTime);
                boolean ended = print(plan, results, () -> {
                    here.ifPresent(watch -> check(watch, plan));
                    waits.check(results.progress().received());
                });
                if (!ended) {
                    note("stopped after %,d of %,d; nothing is lost. To continue: %s"
                            .formatted(results.progress().received(), plan.size(), plan.howToCarryOn()));
                    return ExitStatus.INTERRUPTED;
                }
                long missing =
                        results.missing().stream().mapToLong(IndexRange::size).sum();
                double seconds = (System.nanoTime() - start) / 1e9;
                var summary = BatchSummary.of(plan.batchId(), results.progress(), missing, seconds);
                progress.close();
                if (!quiet) {
                    cli.err()
                            .println(summary.line(
                                    global.errPaint(cli), plan.unit().equals("document")));
                }
                plan.summary(summary);
                if (unwritten > 0) {
                    note(("%s could not be written. The results are kept and are not paid again. Fix the cause,"
                                    + " then run %s")
                            .formatted(Text.count(unwritten, plan.unit()), plan.howToCarryOn()));
                    return ExitStatus.SOME_FAILED;
                }
                if (summary.failed() > 0) {
                    note("to call the failed ones again: the same command with %s--retry-failed"
                            .formatted(plan.isNamed() ? "" : "--batch-id " + plan.batchId() + " "));
                }
                return summary.exitStatus();
            }
        } catch (Storing.Stopped e) {
            note(e.getMessage() + "; nothing is lost. To continue: " + plan.howToCarryOn());
            return ExitStatus.INTERRUPTED;
        }
    }

    /** Calls the failed items of an earlier run again, and waits for their results; false if a stop was requested. */
    private boolean retryFailed(BatchClient client, RunPlan plan, Optional<StackWatch> here) {
        var retried = client.retryFailed(plan.batchId(), error -> true);
        long missing = retried.missing().stream().mapToLong(IndexRange::size).sum();
        note("%s submitted again".formatted(Text.count(retried.submitted(), "failed " + plan.unit())));
        if (missing > 0) {
            note("%s cannot be submitted again: the request topic no longer has them"
                    .formatted(Text.count(missing, "failed " + plan.unit())));
        }
        try (BatchResults results = retried.results()) {
            return retried.submitted() == 0
                    || new Follower(cli.stop(), progress, () -> here.ifPresent(watch -> check(watch, plan)))
                            .follow(results, result -> {});
        }
    }

    /** @throws CliException if no more results will come */
    private static void check(StackWatch here, RunPlan plan) {
        here.check();
        here.refusal(plan.unit().equals("document") ? Topics.DOCUMENTS : Topics.RESPONSES)
                .ifPresent(hold -> {
                    boolean isKey = hold.reason() == HoldReason.KEY_REFUSED;
                    throw new CliException("%s: %s. Nothing is lost. %s, then continue: %s"
                            .formatted(
                                    isKey ? "The API refuses the key" : "The account has no money left",
                                    BatchTexts.withoutStop(hold.words()),
                                    isKey ? "Set a key that works" : "Add credit",
                                    plan.howToCarryOn()));
                });
    }

    private boolean print(RunPlan plan, BatchResults results, Runnable check) throws IOException {
        try (RunOutput output = plan.output()) {
            boolean ended = new Follower(cli.stop(), progress, check)
                    .follow(results, result -> output.print(result, ItemLabels.of(result, results)));
            if (ended) {
                output.end();
            }
            unwritten = output.unwritten();
            return ended;
        }
    }

    /** Called before the requests are sent, because that may take a while. */
    private void announce(RunPlan plan) {
        note("batch %s, %s".formatted(plan.batchId(), Text.count(plan.size(), plan.unit())));
        plan.notices().forEach(this::note);
        if (!plan.isNamed()) {
            note("to continue after an interruption: " + plan.howToCarryOn());
        }
    }

    /** Asks the user, if there is one. The progress bar pauses, since it would write over the answer. */
    private Optional<String> ask(String question, RunPlan plan) {
        if (quiet || !cli.terminal().canAsk()) {
            return Optional.empty();
        }
        progress.close();
        try {
            return Question.ask(cli, question);
        } finally {
            progress = Progress.on(cli, quiet, plan.unit(), "starting");
        }
    }

    private void note(String text) {
        if (!quiet) {
            progress.above(() -> cli.err().println(global.errPaint(cli).faint("genai: " + text)));
        }
    }
}
