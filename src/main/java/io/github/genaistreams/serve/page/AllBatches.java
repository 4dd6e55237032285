package io.github.genaistreams.serve.page;

import io.github.genaistreams.client.BatchClient;
import io.github.genaistreams.model.BatchStatus;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Batches with the status that workers publish. Until there is one, with what the server knows. Thread-safe. */
record AllBatches(BatchClient client, BatchRegister register) {

    Stream<ListedBatch> all() {
        Map<String, BatchStatus> known = client.batches();
        return Stream.concat(known.values().stream().map(ListedBatch::of), register.batchesBut(known.keySet()));
    }

    Optional<ListedBatch> find(String batchId) {
        return Optional.ofNullable(client.batches().get(batchId))
                .map(ListedBatch::of)
                .or(() -> register.find(batchId));
    }
}
