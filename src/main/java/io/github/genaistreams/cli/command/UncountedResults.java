package io.github.genaistreams.cli.command;

import io.github.genaistreams.cli.option.PlaceOptions.Place;
import io.github.genaistreams.client.SubmittedBatches;
import io.github.genaistreams.model.BatchStatus;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.roaringbitmap.RoaringBitmap;

/**
 * The results that a run has left behind its last status. The next run counts them. Workers count theirs within a moment, so
 * nothing is read where workers may be at work.
 */
record UncountedResults(Map<String, Integer> byBatch) {

    /** Reads the result topic if one of these batches is not over. */
    static UncountedResults of(Place place, Collection<BatchStatus> statuses) {
        Map<String, BatchStatus> running = place.hasWorkers()
                ? Map.of()
                : statuses.stream()
                        .filter(status -> !status.isOver())
                        .collect(Collectors.toMap(BatchStatus::batchId, Function.identity()));
        Map<String, Integer> uncounted = new HashMap<>();
        if (!running.isEmpty()) {
            Map<String, RoaringBitmap> answered = SubmittedBatches.answered(
                    place.config().kafka().client(), place.config().topics(), running.keySet());
            running.forEach((id, status) -> {
                int more = answered.getOrDefault(id, new RoaringBitmap()).getCardinality() - status.received();
                if (more > 0) {
                    uncounted.put(id, more);
                }
            });
        }
        return new UncountedResults(uncounted);
    }

    int of(BatchStatus status) {
        return byBatch.getOrDefault(status.batchId(), 0);
    }
}
