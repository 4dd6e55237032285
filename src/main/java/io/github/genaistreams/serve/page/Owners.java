package io.github.genaistreams.serve.page;

import io.github.genaistreams.serve.http.ApiException;
import io.github.genaistreams.serve.http.Caller;
import java.util.Optional;
import java.util.function.Function;

/**
 * Who may see which batch.
 *
 * @param ofBatch the name of the key that submitted a batch; empty if the batch was not submitted to the server
 */
record Owners(Function<String, Optional<String>> ofBatch) {

    boolean shows(String batchId, Caller caller) {
        // An administrator sees all batches, so there is no need to look up their owners.
        return caller.role() == Caller.Role.ADMIN || caller.sees(ofBatch.apply(batchId));
    }

    /** @throws ApiException 404 if the batch belongs to another key, as if it did not exist */
    void require(String batchId, Caller caller) {
        if (!shows(batchId, caller)) {
            throw ApiException.notFound("batch", batchId);
        }
    }
}
