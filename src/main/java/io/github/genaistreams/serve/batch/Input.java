package io.github.genaistreams.serve.batch;

import io.github.genaistreams.client.BatchClient;
import java.io.IOException;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;

/** The requests of a batch, in a file. */
interface Input {

    /**
     * Submits the requests from {@link Stored.StoredBatch#submitted()} on.
     *
     * @param goesOn    called after each slice; false ends the submission
     * @param submitted receives the number of requests that have been submitted, from the first one on
     * @throws IOException if the file cannot be read
     */
    void submit(BatchClient client, BooleanSupplier goesOn, IntConsumer submitted) throws IOException;
}
