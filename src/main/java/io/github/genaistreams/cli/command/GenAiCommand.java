package io.github.genaistreams.cli.command;

import io.github.genaistreams.cli.console.Cli;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IFactory;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The root of all commands. To add a command, add it to {@link #COMMANDS}. */
@Command(
        name = "genai",
        versionProvider = Version.class,
        description = "Runs batches of AI API calls through Apache Kafka: exactly one result per request, in order.",
        synopsisSubcommandLabel = "COMMAND",
        footer = {
            "  genai demo                                      # a complete example, no key needed",
            "  genai run responses --model gpt-4o-mini prompts.txt",
            "                                                  # a batch on this machine ($OPENAI_API_KEY)",
            "  genai COMMAND --help                            # help for a command",
            "",
            "Exit status: 0 all succeeded, 1 some items failed, 2 invalid usage or the command cannot run."
        })
public final class GenAiCommand implements Runnable {

    /** In the order of the help page. */
    private static final List<Class<? extends BaseCommand>> COMMANDS = List.of(
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
            BenchBareLoopCommand.class);

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
        return program(cli, COMMANDS);
    }

    /**
     * The same for these arguments. If they start with the name of a command, only this command is created: reading the
     * options of all commands takes a tenth of a worker's start.
     */
    public static CommandLine program(Cli cli, String... arguments) {
        return COMMANDS.stream()
                .filter(command -> arguments.length > 0
                        && command.getAnnotation(Command.class).name().equals(arguments[0]))
                .findFirst()
                .map(command -> program(cli, List.of(command)))
                .orElseGet(() -> program(cli));
    }

    private static CommandLine program(Cli cli, List<Class<? extends BaseCommand>> commands) {
        var program = new CommandLine(new GenAiCommand(), new CommandFactory(cli));
        commands.forEach(program::addSubcommand);
        return program.setCaseInsensitiveEnumValuesAllowed(true);
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
