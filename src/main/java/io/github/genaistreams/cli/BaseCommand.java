package io.github.genaistreams.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;

/** A command with the global options and a connection to the outside. */
abstract class BaseCommand implements Callable<Integer> {

    final Cli cli;

    @Mixin
    GlobalOptions global = new GlobalOptions();

    BaseCommand(Cli cli) {
        this.cli = cli;
    }

    /** How talkative the log is. */
    Logs.Chatter chatter() {
        return Logs.Chatter.COMMAND;
    }

    /** A line for the person at the terminal. */
    void say(String format, Object... arguments) {
        cli.err().println(arguments.length == 0 ? format : format.formatted(arguments));
    }
}
