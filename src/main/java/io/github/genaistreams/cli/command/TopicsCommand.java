package io.github.genaistreams.cli.command;

import io.github.genaistreams.cli.console.Cli;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Creates, lists and grows the topics. */
@Command(
        name = "topics",
        description = "Creates topics, lists them, or adds partitions to them.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {TopicsCreateCommand.class, TopicsListCommand.class, TopicsGrowCommand.class},
        footer = {
            "  genai topics create --bootstrap-server localhost:9092 --partitions 8",
            "  genai topics list --bootstrap-server localhost:9092",
            "  genai topics grow --bootstrap-server localhost:9092 --partitions 16"
        })
final class TopicsCommand extends BaseCommand {

    @Spec
    private CommandSpec spec;

    TopicsCommand(Cli cli) {
        super(cli);
    }

    @Override
    public Integer call() {
        throw new ParameterException(spec.commandLine(), "A subcommand is missing: create, list or grow.");
    }
}
