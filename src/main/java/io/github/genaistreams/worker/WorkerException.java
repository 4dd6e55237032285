package io.github.genaistreams.worker;

/** The worker cannot run. The message is written for the person who started it, and says what to change. */
public final class WorkerException extends RuntimeException {

    private static final long serialVersionUID = 1;

    public WorkerException(String message, Throwable cause) {
        super(message, cause);
    }
}
