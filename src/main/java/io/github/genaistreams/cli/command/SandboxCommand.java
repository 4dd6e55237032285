package io.github.genaistreams.cli.command;

import io.github.genaistreams.cli.console.Cli;
import io.github.genaistreams.cli.console.ExitStatus;
import io.github.genaistreams.cli.console.Logs;
import io.github.genaistreams.cli.console.Text;
import io.github.genaistreams.cli.option.SandboxOptions;
import io.github.genaistreams.sandbox.ApiSandbox;
import io.github.genaistreams.sandbox.Latency;
import io.github.genaistreams.sandbox.SandboxSettings;
import io.github.genaistreams.sandbox.SandboxStats;
import java.net.URI;
import java.time.Duration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Runs a sandbox of the API until it is stopped. */
@Command(
        name = "sandbox",
        description = {
            "Runs a sandbox of the OpenAI API until it is stopped.",
            "",
            "It answers without cost, with the latency, faults and limits that you choose. It counts the calls per"
                    + " item: GET /sandbox/stats. Ctrl-C stops it."
        },
        footer = {
            "  genai sandbox",
            "  genai sandbox --port 8080 --latency lognormal:500ms,0.5 --fail 429=10%% --fail 500=0.05 --rpm 600"
        })
final class SandboxCommand extends BaseCommand {

    private static final Latency DEFAULT_LATENCY = Latency.logNormal(Duration.ofMillis(300), 0.4);

    @Option(
            names = "--host",
            paramLabel = "HOST",
            defaultValue = "127.0.0.1",
            description = "Address to listen on. 0.0.0.0: other machines and containers can connect. Default:"
                    + " ${DEFAULT-VALUE}.")
    private String host;

    @Option(
            names = "--port",
            paramLabel = "PORT",
            defaultValue = "8089",
            description = "Port to listen on. 0: any free port. Default: ${DEFAULT-VALUE}.")
    private int port;

    @Mixin
    private SandboxOptions behaviour;

    @Option(names = "--json", description = "Print a JSON object when it is ready.")
    private boolean json;

    private record Ready(String baseUrl, URI statsUrl, long seed, String latency) {}

    SandboxCommand(Cli cli) {
        super(cli);
    }

    @Override
    public Logs.Chatter chatter() {
        return Logs.Chatter.SERVICE;
    }

    @Override
    public Integer call() throws InterruptedException {
        SandboxSettings settings = behaviour.over(SandboxSettings.DEFAULTS
                .withLatency(DEFAULT_LATENCY)
                .withHost(host)
                .withPort(port));
        try (ApiSandbox sandbox = ApiSandbox.start(settings)) {
            URI stats = URI.create(sandbox.baseUrl()).resolve("/sandbox/stats");
            if (json) {
                cli.printJson(new Ready(
                        sandbox.baseUrl(),
                        stats,
                        settings.seed(),
                        settings.latency().toString()));
            } else {
                cli.out().println("The API sandbox is ready on " + sandbox.baseUrl() + " (counts: " + stats + ").");
                cli.out().println("To use it with a worker:");
                cli.out().println("  export OPENAI_BASE_URL=" + sandbox.baseUrl() + " OPENAI_API_KEY=sandbox");
                cli.out()
                        .println("  export GENAI_DATALAB_API_URL=" + sandbox.datalabUrl() + " DATALAB_API_KEY=sandbox");
            }
            cli.stop().await();
            SandboxStats seen = sandbox.stats();
            say(
                    "%s, %s in, %s out",
                    Text.count(seen.requests(), "call"),
                    Text.count(seen.inputTokens(), "token"),
                    Text.count(seen.outputTokens(), "token"));
            return ExitStatus.OK;
        }
    }
}
