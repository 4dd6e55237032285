package io.github.genaistreams.cli.output;

import io.github.genaistreams.cli.console.Cli;
import io.github.genaistreams.cli.console.WindowWidth;
import io.github.genaistreams.client.read.BatchProgress;
import java.time.ZoneId;
import java.util.function.Supplier;

/** Shows on stderr how far a batch is. Used by one thread, but for {@link #above}. */
public interface Progress extends AutoCloseable {

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
     * A bar on a terminal, from now on, else a line now and then.
     *
     * @param unit  what is counted: {@code call}, {@code document}
     * @param phase what is going on until it is known how far the batch is
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

    void update(BatchProgress progress);

    /** Says what is going on now, as long as it is not known how far the batch is. */
    default void phase(String phase) {}

    /** Says where to ask what the worker does; may be asked from another thread, until this is closed. */
    default void activity(Supplier<Activity> activity) {}

    /** Writes something to the terminal without tearing what is shown. */
    void above(Runnable output);

    /** Ends the display. */
    @Override
    void close();
}
