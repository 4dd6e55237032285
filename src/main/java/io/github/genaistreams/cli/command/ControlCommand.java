package io.github.genaistreams.cli.command;

import io.github.genaistreams.cli.console.Cli;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Commands to all workers, as subcommands. */
@Command(
        name = "control",
        description = "Controls all workers, independently of a batch.",
        synopsisSubcommandLabel = "ACTION",
        subcommands = ControlResumeCommand.class,
        footer = "  genai control resume --credential default")
final class ControlCommand extends BaseCommand {

    @Spec
    private CommandSpec spec;

    ControlCommand(Cli cli) {
        super(cli);
    }

    @Override
    public Integer call() {
        throw new ParameterException(
                spec.commandLine(), "A subcommand is missing, for example: genai control resume --credential default");
    }
}
