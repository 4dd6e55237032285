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
            "Makes all workers call again with a credential that they hold: its quota was raised, say.",
            "",
            "Workers find that out by themselves within 15 minutes. A credential that is not held is not changed. If the reason is"
                    + " still there, it is held again after a few calls."
        },
        footer = {"  genai control resume --credential default", "  genai control resume --credential team-a"})
final class ControlResumeCommand extends BaseCommand {

    @Option(
            names = "--credential",
            paramLabel = "ALIAS",
            required = true,
            description = "The credential's alias; `default` for the one without.")
    private String credential;

    @Option(names = "--json", description = "Report as JSON.")
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
            say("credential %s: the workers were told to call again", credential);
        }
        return ExitStatus.OK;
    }
}
