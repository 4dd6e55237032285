package io.github.genaistreams.cli.console;

/** The command cannot run. The message is a sentence for the user, and says what to change. */
public final class CliException extends RuntimeException {

    private static final long serialVersionUID = 1;

    public CliException(String message) {
        super(message);
    }

    public CliException(String message, Throwable cause) {
        super(message, cause);
    }
}
