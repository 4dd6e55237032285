package io.github.genaistreams.cli.console;

/** Exit status of the process. */
public final class ExitStatus {

    /** All succeeded. */
    public static final int OK = 0;

    /** It ran, but some items failed or are missing. */
    public static final int SOME_FAILED = 1;

    /** Invalid usage, or it cannot run. */
    public static final int CANNOT_RUN = 2;

    /** Ended by Ctrl-C: 128 + SIGINT, as shells expect. */
    public static final int INTERRUPTED = 130;

    private ExitStatus() {}
}
