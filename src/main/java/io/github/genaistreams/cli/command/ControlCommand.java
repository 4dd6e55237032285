package io.github.genaistreams.cli.command;

import io.github.genaistreams.cli.console.Cli;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What a person tells all workers; the next word is what. */
@Command(
        name = "control",
        description = "Tells all workers something that is not about a batch.",
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
                spec.commandLine(), "What? For example: genai control resume --credential default");
    }
}
