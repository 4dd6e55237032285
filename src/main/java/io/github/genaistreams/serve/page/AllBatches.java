package io.github.genaistreams.serve.page;

import io.github.genaistreams.client.BatchClient;
import io.github.genaistreams.model.BatchStatus;
import io.github.genaistreams.serve.http.ApiException;
import io.github.genaistreams.serve.http.Caller;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Batches with the status that workers publish. Until there is one, with what the server knows. Thread-safe. */
record AllBatches(BatchClient client, BatchRegister register) {

    /** The batches that the caller may see. */
    Stream<ListedBatch> of(Caller caller) {
        Map<String, BatchStatus> known = client.batches();
        return Stream.concat(known.values().stream().map(ListedBatch::of), register.batchesBut(known.keySet()))
                .filter(batch -> isShownTo(caller, batch.id()));
    }

    private boolean isShownTo(Caller caller, String batchId) {
        // An administrator sees all batches, so there is no need to look up their owners.
        return caller.role() == Caller.Role.ADMIN || caller.sees(register.ownerOf(batchId));
    }

    /** @throws ApiException 404 if the batch does not exist, or belongs to another key */
    ListedBatch require(String batchId, Caller caller) {
        return Optional.of(batchId)
                .filter(id -> isShownTo(caller, id))
                .flatMap(this::find)
                .orElseThrow(() -> ApiException.notFound("batch", batchId));
    }

    Optional<ListedBatch> find(String batchId) {
        return Optional.ofNullable(client.batches().get(batchId))
                .map(ListedBatch::of)
                .or(() -> register.find(batchId));
    }
}
