package io.github.genaistreams.cli.command;

import io.github.genaistreams.cli.console.Cli;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IFactory;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The root of all commands. To add a command, add it to {@code subcommands}. */
@Command(
        name = "genai",
        versionProvider = Version.class,
        description = "Runs batches of AI API calls through Apache Kafka: exactly one result per request, in order.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            DemoCommand.class,
            RunCommand.class,
            EstimateCommand.class,
            SubmitCommand.class,
            ResultsCommand.class,
            WatchCommand.class,
            StatusCommand.class,
            BatchesCommand.class,
            CancelCommand.class,
            DataCommand.class,
            ControlCommand.class,
            RetryFailedCommand.class,
            DeadLettersCommand.class,
            WorkerCommand.class,
            ServeCommand.class,
            TopicsCommand.class,
            ConfigCommand.class,
            MetricsCommand.class,
            BrokerCommand.class,
            SandboxCommand.class,
            BenchCommand.class,
            BenchBareLoopCommand.class,
        },
        footer = {
            "  genai demo                                        a complete example, no key needed",
            "  genai run responses --model gpt-4o-mini prompts.txt",
            "                                                    a batch on this machine ($OPENAI_API_KEY)",
            "  genai COMMAND --help                              help for a command",
            "",
            "Exit status: 0 all succeeded, 1 some items failed, 2 invalid usage or the command cannot run."
        })
public final class GenAiCommand implements Runnable {

    @Spec
    private CommandSpec spec;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help.")
    private boolean help;

    @Option(
            names = {"-V", "--version"},
            versionHelp = true,
            description = "Show the version.")
    private boolean version;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "A command is missing.");
    }

    /** All commands with their options. */
    public static CommandLine program(Cli cli) {
        return new CommandLine(new GenAiCommand(), new CommandFactory(cli)).setCaseInsensitiveEnumValuesAllowed(true);
    }

    /** Creates the commands, which need a {@link Cli}. picocli creates everything else. */
    private record CommandFactory(Cli cli) implements IFactory {

        @Override
        public <K> K create(Class<K> type) throws Exception {
            if (BaseCommand.class.isAssignableFrom(type)) {
                return type.getDeclaredConstructor(Cli.class).newInstance(cli);
            }
            return CommandLine.defaultFactory().create(type);
        }
    }
}
