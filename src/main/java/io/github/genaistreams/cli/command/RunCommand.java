package io.github.genaistreams.cli.command;

import io.github.genaistreams.cli.console.Cli;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Runs a batch from requests to results, with a subcommand for each API. */
@Command(
        name = "run",
        description = "Runs a batch from its requests to its results, on this machine or on a Kafka cluster.",
        synopsisSubcommandLabel = "API",
        subcommands = {RunResponsesCommand.class, RunDocumentsCommand.class},
        footer = {
            "  genai run responses --model gpt-4o-mini prompts.txt",
            "  genai run responses --sandbox prompts.txt      # without a key",
            "  genai run documents scans/ --out texts/"
        })
final class RunCommand extends BaseCommand {

    @Spec
    private CommandSpec spec;

    RunCommand(Cli cli) {
        super(cli);
    }

    @Override
    public Integer call() {
        throw new ParameterException(spec.commandLine(), "The API is missing, for example: genai run responses FILE");
    }
}
