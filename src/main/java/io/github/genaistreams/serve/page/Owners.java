package io.github.genaistreams.serve.page;

import io.github.genaistreams.serve.http.ApiException;
import io.github.genaistreams.serve.http.Caller;
import java.util.Optional;
import java.util.function.Function;

/**
 * Whose batches are whose.
 *
 * @param ofBatch the name of the key that submitted a batch; empty if it did not come through the front door
 */
record Owners(Function<String, Optional<String>> ofBatch) {

    boolean shows(String batchId, Caller caller) {
        // An administrator's list is not looked up batch by batch.
        return caller.role() == Caller.Role.ADMIN || caller.sees(ofBatch.apply(batchId));
    }

    /** @throws ApiException 404 if the batch is another key's: as if it did not exist */
    void require(String batchId, Caller caller) {
        if (!shows(batchId, caller)) {
            throw ApiException.notFound("batch", batchId);
        }
    }
}
