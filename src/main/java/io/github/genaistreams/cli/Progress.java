package io.github.genaistreams.cli;

import io.github.genaistreams.client.BatchProgress;

/** Shows on stderr how far a batch is. Used by one thread. */
interface Progress extends AutoCloseable {

    /** Nothing is shown. */
    Progress NONE = new Progress() {
        @Override
        public void update(BatchProgress progress) {}

        @Override
        public void above(Runnable output) {
            output.run();
        }

        @Override
        public void close() {}
    };

    /**
     * A bar on a terminal, else a line now and then.
     *
     * @param unit what is counted: {@code call}, {@code document}
     */
    static Progress on(Cli cli, boolean quiet, String unit) {
        if (quiet) {
            return NONE;
        }
        return cli.terminal().err() ? new ProgressBarLine(cli, unit) : new ProgressLines(cli.err(), System::nanoTime);
    }

    void update(BatchProgress progress);

    /** Writes something to the terminal without tearing what is shown. */
    void above(Runnable output);

    /** Ends the display; what was shown last stays. */
    @Override
    void close();
}
