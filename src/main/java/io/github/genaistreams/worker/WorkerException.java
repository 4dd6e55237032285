package io.github.genaistreams.worker;

/** The worker cannot run. The message is written for the person who started it, and says what to change. */
public final class WorkerException extends RuntimeException {

    private static final long serialVersionUID = 1;

    WorkerException(String message) {
        super(message);
    }

    WorkerException(String message, Throwable cause) {
        super(message, cause);
    }

    /** Takes the message of its cause, which is written for the same person. */
    WorkerException(RuntimeException cause) {
        super(cause.getMessage(), cause);
    }
}
