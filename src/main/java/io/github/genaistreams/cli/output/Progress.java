package io.github.genaistreams.cli.output;

import io.github.genaistreams.cli.console.Cli;
import io.github.genaistreams.cli.console.WindowWidth;
import io.github.genaistreams.client.read.BatchProgress;
import java.time.ZoneId;
import java.util.function.Supplier;

/** Shows the progress of a batch on stderr. For one thread, except {@link #above}. */
public interface Progress extends AutoCloseable {

    /** Nothing is shown. */
    Progress NONE = new Progress() {
        @Override
        public void update(BatchProgress progress, int earlier) {}

        @Override
        public void above(Runnable output) {
            output.run();
        }

        @Override
        public void close() {}
    };

    /**
     * A bar on a terminal; otherwise a line from time to time.
     *
     * @param unit  what is counted: {@code call}, {@code document}
     * @param phase activity until the progress of the batch is known
     */
    static Progress on(Cli cli, boolean quiet, String unit, String phase) {
        if (quiet) {
            return NONE;
        }
        return cli.terminal().canRedraw()
                ? new ProgressBarLine(
                        cli.err(),
                        new WindowWidth(cli.terminal().windowWidth()),
                        System::nanoTime,
                        ZoneId.systemDefault(),
                        unit,
                        phase)
                : new ProgressLines(cli.err(), System::nanoTime);
    }

    /** @param earlier results that were there before this command: they say nothing of how fast it goes on */
    void update(BatchProgress progress, int earlier);

    /** Sets the activity until the progress of the batch is known. */
    default void phase(String phase) {}

    /** Sets the source of the worker's activity; called on another thread, until this is closed. */
    default void activity(Supplier<Activity> activity) {}

    /** Writes to the terminal without disturbing the display. */
    void above(Runnable output);

    /** Ends the display. */
    @Override
    void close();
}
