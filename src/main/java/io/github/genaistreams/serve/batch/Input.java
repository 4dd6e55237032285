package io.github.genaistreams.serve.batch;

import io.github.genaistreams.client.BatchClient;
import io.github.genaistreams.serve.batch.Stored.Fault;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;

/** The requests of a batch, in a file. */
interface Input {

    /** What a check found: the number of requests, or what is wrong. */
    record Checked(int requests, List<Fault> faults) {}

    /**
     * Reads all lines and checks each.
     *
     * @param goesOn asked now and then
     * @return empty if it does not go on
     * @throws IOException if the file cannot be read
     */
    Optional<Checked> check(BooleanSupplier goesOn) throws IOException;

    /**
     * Submits the requests from {@link Stored.StoredBatch#submitted()} on.
     *
     * @param goesOn    asked after each slice
     * @param submitted is told the number of requests that are submitted, from the first on
     * @throws IOException if the file cannot be read
     */
    void submit(BatchClient client, BooleanSupplier goesOn, IntConsumer submitted) throws IOException;
}
