package io.github.genaistreams.cli.command;

import io.github.genaistreams.cli.console.Cli;
import io.github.genaistreams.cli.console.ExitStatus;
import io.github.genaistreams.client.BatchClient;
import io.github.genaistreams.wire.WireFormat;
import io.github.genaistreams.worker.GenAiConfig;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Ends the hold of a credential. */
@Command(
        name = "resume",
        description = {
            "Makes all workers resume calls with a credential that is on hold, for example after its quota was"
                    + " raised.",
            "",
            "Without this command, workers try again within 15 minutes. The command does not change a credential that"
                    + " is not on hold. If the cause persists, the credential is on hold again after a few calls."
        },
        footer = {"  genai control resume --credential default", "  genai control resume --credential team-a"})
final class ControlResumeCommand extends BaseCommand {

    @Option(
            names = "--credential",
            paramLabel = "ALIAS",
            required = true,
            description = "Alias of the credential. `default`: the credential without an alias.")
    private String credential;

    @Option(names = "--json", description = "Print a JSON object.")
    private boolean json;

    private record Resumed(String credential) {}

    ControlResumeCommand(Cli cli) {
        super(cli);
    }

    @Override
    public Integer call() {
        GenAiConfig config = global.config(cli);
        try (var client = new BatchClient(config.batchClient(), config.topics(), WireFormat.JSON)) {
            client.resume(credential);
        }
        if (json) {
            cli.printJson(new Resumed(credential));
        } else {
            say("credential %s: the workers resume calls", credential);
        }
        return ExitStatus.OK;
    }
}
