package io.github.genaistreams.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Creates and lists the topics. */
@Command(
        name = "topics",
        description = "Creates the topics, or lists them.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {TopicsCreateCommand.class, TopicsListCommand.class},
        footer = {
            "  genai topics create --bootstrap-server localhost:9092 --partitions 8",
            "  genai topics list --bootstrap-server localhost:9092"
        })
final class TopicsCommand extends BaseCommand {

    @Spec
    private CommandSpec spec;

    TopicsCommand(Cli cli) {
        super(cli);
    }

    @Override
    public Integer call() {
        throw new ParameterException(spec.commandLine(), "create or list?");
    }
}
