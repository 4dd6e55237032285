package io.github.genaistreams.client.input;

/** An input does not contain valid requests. The message names the line and the field, and quotes no prompt. */
public final class RequestFileException extends RuntimeException {

    private final long line;
    private final String reason;

    RequestFileException(long line, String message) {
        super("line " + line + ": " + message);
        this.line = line;
        this.reason = message;
    }

    /** What is wrong, without the line's number. */
    public String reason() {
        return reason;
    }

    /** The invalid line, from 1. */
    public long line() {
        return line;
    }
}
