package io.github.genaistreams.cli;

/** What the process tells its caller. */
final class ExitStatus {

    /** All succeeded. */
    static final int OK = 0;

    /** It ran, but some items failed or are missing. */
    static final int SOME_FAILED = 1;

    /** Wrong use, or it cannot run. */
    static final int CANNOT_RUN = 2;

    /** Ended by Ctrl-C; what a shell expects of 128 + SIGINT. */
    static final int INTERRUPTED = 130;

    private ExitStatus() {}
}
