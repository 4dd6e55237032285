package io.github.genaistreams.cli.command;

import io.github.genaistreams.cli.console.Cli;
import io.github.genaistreams.cli.console.ExitStatus;
import io.github.genaistreams.cli.console.Logs;
import io.github.genaistreams.worker.Worker;
import io.opentelemetry.api.GlobalOpenTelemetry;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;

/** Runs a worker until it is stopped. */
@Command(
        name = "worker",
        description = {
            "Runs a worker until it is stopped.",
            "",
            "The worker reads requests, makes the calls and writes the results. On SIGTERM or SIGINT, it starts no"
                    + " new calls, waits for calls in flight (at most drain.timeout.ms) and commits. Exit status: 0"
                    + " after such a stop, 1 if its threads kept failing, 2 if it could not start."
        },
        footer = {
            "  OPENAI_API_KEY=sk-... genai worker --bootstrap-server localhost:9092",
            "  genai worker --config genai.properties --log-format json",
            "  genai worker -b localhost:9092 --set responses.lane.slots=25"
        })
final class WorkerCommand extends BaseCommand {

    WorkerCommand(Cli cli) {
        super(cli);
    }

    @Override
    public Logs.Chatter chatter() {
        return Logs.Chatter.SERVICE;
    }

    @Override
    public Integer call() throws InterruptedException {
        // Nothing else in this process does this: it makes an OpenTelemetry SDK on the class path configure itself.
        GlobalOpenTelemetry.get();
        Worker worker = Worker.start(global.config(cli));
        try {
            var over = new CountDownLatch(1);
            cli.stop().onRequest(over::countDown);
            var watch = new Thread(() -> awaitEnd(worker, over), "genai-watch");
            watch.setDaemon(true);
            watch.start();
            over.await();
        } finally {
            worker.close();
        }
        return worker.hasFailed() ? ExitStatus.SOME_FAILED : ExitStatus.OK;
    }

    private static void awaitEnd(Worker worker, CountDownLatch over) {
        try {
            worker.awaitEnd();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        over.countDown();
    }
}
