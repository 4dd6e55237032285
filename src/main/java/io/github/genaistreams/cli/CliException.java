package io.github.genaistreams.cli;

/** The command cannot run; the message is a sentence for the person who typed it and says what to change. */
final class CliException extends RuntimeException {

    private static final long serialVersionUID = 1;

    CliException(String message) {
        super(message);
    }

    CliException(String message, Throwable cause) {
        super(message, cause);
    }
}
