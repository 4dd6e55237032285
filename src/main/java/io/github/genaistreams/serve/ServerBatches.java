package io.github.genaistreams.serve;

import io.github.genaistreams.serve.batch.BatchService;
import io.github.genaistreams.serve.batch.Stored.Outcome;
import io.github.genaistreams.serve.batch.Stored.StoredBatch;
import io.github.genaistreams.serve.batch.Stored.Times;
import io.github.genaistreams.serve.page.BatchRegister;
import io.github.genaistreams.serve.page.ListedBatch;
import io.github.genaistreams.wire.Topics;
import java.time.Instant;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** The batches of the server, as its page needs them. Thread-safe. */
record ServerBatches(BatchService batches) implements BatchRegister {

    @Override
    public Optional<String> ownerOf(String batchId) {
        return batches.ownerOf(batchId);
    }

    @Override
    public Optional<ListedBatch> find(String batchId) {
        return batches.find(batchId).map(ServerBatches::listed);
    }

    @Override
    public Stream<ListedBatch> batchesBut(Set<String> batchIds) {
        return batches.all().filter(batch -> !batchIds.contains(batch.id())).map(ServerBatches::listed);
    }

    @Override
    public boolean cancel(String batchId) {
        return batches.find(batchId).filter(batches::cancel).isPresent();
    }

    private static ListedBatch listed(StoredBatch batch) {
        Times times = batch.times();
        Instant endedAt = Stream.of(times.completedAt(), times.failedAt(), times.expiredAt(), times.cancelledAt())
                .filter(Objects::nonNull)
                .findFirst()
                .map(Instant::ofEpochSecond)
                .orElse(null);
        Outcome outcome = batch.outcome() == null ? new Outcome(0, 0, 0, 0) : batch.outcome();
        return ListedBatch.early(
                batch.id(),
                batch.order().isOfDocuments() ? Topics.DOCUMENTS : Topics.RESPONSES,
                batch.phase().name().toLowerCase(Locale.ROOT),
                batch.total() == 0 ? null : batch.total(),
                outcome.succeeded(),
                outcome.failed(),
                Instant.ofEpochSecond(batch.createdAt()),
                endedAt,
                batch.faults().stream()
                        .map(fault -> new ListedBatch.ListedFault(fault.code(), fault.message(), fault.line()))
                        .toList());
    }
}
