package io.github.genaistreams.cli.command;

import io.github.genaistreams.cli.console.Cli;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Shows records that could not be read, and sends them again. */
@Command(
        name = "dead-letters",
        description = "Lists, shows and replays records that no worker could read.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {DeadLettersListCommand.class, DeadLettersShowCommand.class, DeadLettersReplayCommand.class},
        footer = {
            "  genai dead-letters list --since 2h",
            "  genai dead-letters show 0@17",
            "  genai dead-letters replay --topic genai.responses.requests --reason schema"
        })
final class DeadLettersCommand extends BaseCommand {

    @Spec
    private CommandSpec spec;

    DeadLettersCommand(Cli cli) {
        super(cli);
    }

    @Override
    public Integer call() {
        throw new ParameterException(spec.commandLine(), "A subcommand is missing: list, show or replay.");
    }
}
