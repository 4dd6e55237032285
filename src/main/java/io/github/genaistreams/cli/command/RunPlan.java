package io.github.genaistreams.cli.command;

import io.github.genaistreams.cli.output.BatchSummary;
import io.github.genaistreams.cli.output.Progress;
import io.github.genaistreams.cli.output.Storing;
import io.github.genaistreams.client.BatchClient;
import io.github.genaistreams.store.DocumentStore;
import io.github.genaistreams.wire.WireFormat;
import java.io.IOException;
import java.util.List;

/** What a {@link BatchRun} runs. */
interface RunPlan {

    String batchId();

    /** Whether the same command runs the same batch again: its ID is given by the user, or derived from its requests. */
    boolean isNamed();

    /** Notices for the user before the batch is submitted. */
    default List<String> notices() {
        return List.of();
    }

    /** Whether items that failed in an earlier run are called again. */
    boolean retriesFailed();

    /** The word for a request in messages: {@code request}, {@code document}. */
    String unit();

    int size();

    WireFormat wireFormat();

    /** @throws Storing.Stopped if a stop was requested before anything was sent */
    BatchClient.Resumed submit(BatchClient client, DocumentStore store, Progress progress);

    /** Where the results go; closed at their end. */
    RunOutput output() throws IOException;

    /** Adds to the summary at the end. */
    void summary(BatchSummary summary);

    /** How the user goes on with the batch. Without its ID, the same command would run another one. */
    default String howToCarryOn() {
        return isNamed() ? "the same command again" : "the same command with --batch-id " + batchId();
    }
}
