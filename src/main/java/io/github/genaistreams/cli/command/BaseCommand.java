package io.github.genaistreams.cli.command;

import io.github.genaistreams.cli.console.Cli;
import io.github.genaistreams.cli.console.Logs;
import io.github.genaistreams.cli.option.GlobalOptions;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;

/** A command with the global options and a connection to the outside. */
public abstract class BaseCommand implements Callable<Integer> {

    final Cli cli;

    @Mixin
    public GlobalOptions global = new GlobalOptions();

    BaseCommand(Cli cli) {
        this.cli = cli;
    }

    /** The default log level. */
    public Logs.Chatter chatter() {
        return Logs.Chatter.COMMAND;
    }

    /** Writes a line for the user to stderr. */
    void say(String format, Object... arguments) {
        cli.err().println(arguments.length == 0 ? format : format.formatted(arguments));
    }
}
