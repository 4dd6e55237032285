package io.github.genaistreams.cli.option;

import io.github.genaistreams.client.BatchClient;
import picocli.CommandLine.Option;

/** Whether a batch is called before all requests that are not urgent. */
public final class UrgentOption {

    @Option(names = "--urgent", description = "Call these requests before all that are not urgent.")
    private boolean urgent;

    /** The client to submit with. */
    public BatchClient of(BatchClient client) {
        return urgent ? client.urgent() : client;
    }
}
