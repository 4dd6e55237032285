package io.github.genaistreams.cli.command;

import io.github.genaistreams.cli.console.Cli;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Submits a batch, with a subcommand for each API. */
@Command(
        name = "submit",
        description = "Submits a batch to separate workers.",
        synopsisSubcommandLabel = "API",
        subcommands = {SubmitResponsesCommand.class, SubmitDocumentsCommand.class},
        footer = "  genai submit responses --model gpt-4o-mini prompts.txt")
final class SubmitCommand extends BaseCommand {

    @Spec
    private CommandSpec spec;

    SubmitCommand(Cli cli) {
        super(cli);
    }

    @Override
    public Integer call() {
        throw new ParameterException(
                spec.commandLine(), "The API is missing, for example: genai submit responses FILE");
    }
}
