package io.github.genaistreams.cli.option;

import io.github.genaistreams.cli.console.CliException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How a run on this machine treats unfinished batches of earlier runs in its data directory. */
public final class FinishEarlier {

    /** What happens to these batches. */
    public enum Choice {
        /** Their calls are made as well. */
        YES,
        /** They are cancelled. */
        NO,
        /** None of their items are called in this run. */
        LATER
    }

    @Option(
            names = "--finish-earlier",
            paramLabel = "WHAT",
            description = "What happens to other unfinished batches in the data directory. yes: this run"
                    + " finishes them as well. no: they are cancelled. later: this run leaves them as they are. Default:"
                    + " asks on a terminal; later without one, and with --quiet.")
    private @Nullable Choice choice;

    /** @throws CliException if it has no effect, because a Kafka cluster is given */
    public void refuse() {
        if (choice != null) {
            throw new CliException(
                    "--finish-earlier is for a run on this machine alone, but a Kafka is given. The workers"
                            + " there call all batches in turns.");
        }
    }

    /** The given value; null if the run asks or decides. */
    public @Nullable Choice choice() {
        return choice;
    }
}
