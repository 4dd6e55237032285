package io.github.genaistreams.cli.command;

import io.github.genaistreams.bench.BareLoop;
import io.github.genaistreams.cli.console.Cli;
import io.github.genaistreams.cli.console.ExitStatus;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** The part of {@code bench} that runs in its own process, to be compared with a worker. */
@Command(name = "bench-bare-loop", hidden = true, description = "Internal: `genai bench` uses it.")
final class BenchBareLoopCommand extends BaseCommand {

    @Parameters(index = "0", paramLabel = "URL")
    private String baseUrl;

    @Parameters(index = "1", paramLabel = "CONCURRENCY")
    private int concurrency;

    @Parameters(index = "2", paramLabel = "WARM-UP")
    private int warmUp;

    @Parameters(index = "3", paramLabel = "REQUESTS")
    private int requests;

    BenchBareLoopCommand(Cli cli) {
        super(cli);
    }

    @Override
    public Integer call() {
        cli.printJson(new BareLoop(baseUrl, concurrency).run(warmUp, requests));
        return ExitStatus.OK;
    }
}
