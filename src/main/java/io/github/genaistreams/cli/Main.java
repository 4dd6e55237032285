package io.github.genaistreams.cli;

import io.github.genaistreams.cli.command.BaseCommand;
import io.github.genaistreams.cli.command.GenAiCommand;
import io.github.genaistreams.cli.console.Cli;
import io.github.genaistreams.cli.console.CliException;
import io.github.genaistreams.cli.console.ExitStatus;
import io.github.genaistreams.cli.console.Logs;
import io.github.genaistreams.cli.console.Paint;
import io.github.genaistreams.cli.console.StandardOutput;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Model.UsageMessageSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** The program {@code genai}. Exit status: 0 all succeeded, 1 some items failed, 2 invalid usage or cannot run. */
public final class Main {

    /** Netty's events for Java Flight Recorder. The first event would start the recorder, and delay the first call. */
    private static final String NETTY_EVENTS = "io.netty.jfr.enabled";

    private Main() {}

    public static void main(String[] arguments) {
        Logs.useOurs();
        if (System.getProperty(NETTY_EVENTS) == null) {
            System.setProperty(NETTY_EVENTS, "false");
        }
        // Digits and separators look the same on every machine.
        Locale.setDefault(Locale.Category.FORMAT, Locale.ROOT);
        var stdout = new StandardOutput();
        var cli = Cli.ofProcess(stdout);
        int status = run(cli, arguments);
        cli.out().flush();
        var failure = stdout.failure();
        failure.ifPresent(why -> cli.err()
                .println("genai: Not everything could be written to stdout: " + why + ". Correct that, and start the"
                        + " same command again; a run with the same --batch-id, so that nothing is paid again."));
        System.exit(failure.isPresent() ? ExitStatus.CANNOT_RUN : status);
    }

    /** Runs one command line and returns its exit status. */
    static int run(Cli cli, String... arguments) {
        CommandLine genai = GenAiCommand.program(cli, arguments);
        genai.setOut(new PrintWriter(cli.out(), true, StandardCharsets.UTF_8));
        genai.setErr(new PrintWriter(cli.err(), true, StandardCharsets.UTF_8));
        genai.setColorScheme(CommandLine.Help.defaultColorScheme(
                Paint.of(
                                        Paint.When.AUTO,
                                        cli.terminal().out(),
                                        cli.environment().get("NO_COLOR"))
                                == Paint.ON
                        ? CommandLine.Help.Ansi.ON
                        : CommandLine.Help.Ansi.OFF));
        shape(genai);
        genai.setUsageHelpWidth(Math.max(cli.terminal().width(), UsageMessageSpec.DEFAULT_USAGE_WIDTH));
        genai.setExecutionStrategy(parsed -> {
            try {
                setUpLog(parsed, cli.environment());
            } catch (CliException e) {
                throw new ParameterException(genai, e.getMessage(), e);
            }
            return new CommandLine.RunLast().execute(parsed);
        });
        var failures = new Failures(cli);
        genai.setParameterExceptionHandler(failures);
        genai.setExecutionExceptionHandler(failures);
        return genai.execute(arguments);
    }

    /** Formats the help page, the same for all commands. */
    private static void shape(CommandLine command) {
        command.getCommandSpec()
                .usageMessage()
                .sortOptions(false)
                .abbreviateSynopsis(true)
                .parameterListHeading("%nArguments:%n")
                .optionListHeading("%nOptions:%n")
                .commandListHeading("%nCommands:%n")
                .footerHeading("%nExamples:%n");
        command.getSubcommands().values().forEach(Main::shape);
    }

    private static void setUpLog(ParseResult parsed, Map<String, String> environment) {
        ParseResult last = parsed;
        while (last.hasSubcommand()) {
            last = last.subcommand();
        }
        if (last.commandSpec().userObject() instanceof BaseCommand command) {
            Logs.configure(
                    command.global.logFormat(),
                    command.chatter(),
                    command.global.verbosity(),
                    environment.get("GENAI_LOG_LEVEL"));
        }
    }
}
