package io.github.genaistreams.cli.command;

import io.github.genaistreams.cli.output.ItemLabels;
import io.github.genaistreams.model.CallResult;
import java.io.IOException;

/** Receives the results of a {@link BatchRun} in order. */
interface RunOutput extends AutoCloseable {
    void print(CallResult result, ItemLabels item);

    /** Number of results that could not be written to their destination. */
    default int unwritten() {
        return 0;
    }

    /** Called after the last result, but not if the run ends earlier. */
    default void end() {}

    @Override
    void close() throws IOException;
}
