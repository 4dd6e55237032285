package io.github.genaistreams.cli.command;

import io.github.genaistreams.cli.console.Text;
import io.github.genaistreams.client.BatchClient;
import io.github.genaistreams.client.BatchHandle;
import io.github.genaistreams.client.SubmittedBatches;
import io.github.genaistreams.client.SubmittedBatches.Submitted;
import io.github.genaistreams.client.kafka.BatchClientException;
import io.github.genaistreams.model.BatchStatus;
import io.github.genaistreams.worker.GenAiConfig;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.RoaringBitmap;

/**
 * The batches of a Kafka cluster, and those that a new worker there would continue.
 *
 * @param known      number of all batches
 * @param unfinished the unfinished batches, in the order of their IDs
 */
record UnfinishedBatches(int known, List<Unfinished> unfinished) {

    private static final Submitted NOTHING = new Submitted(new RoaringBitmap(), false);

    /**
     * A batch with items that a worker would call.
     *
     * @param items number of its items; null if unknown
     * @param open  items without a result, or whose failure was submitted again
     */
    record Unfinished(String batchId, @Nullable Integer items, int open) {

        @Override
        public String toString() {
            return "%s  %,d of %s items not done"
                    .formatted(Text.printable(batchId), open, items == null ? "?" : "%,d".formatted(items));
        }
    }

    /**
     * Reads the batches from Kafka.
     *
     * @param apis the APIs whose batches count
     * @throws BatchClientException if a topic is missing or Kafka does not answer in time
     */
    static UnfinishedBatches find(GenAiConfig config, BatchClient client, Collection<String> apis) {
        Map<String, BatchStatus> statuses = new HashMap<>(client.batches());
        statuses.values().removeIf(status -> apis.stream().noneMatch(api -> api.equals(status.api())));
        Map<String, Submitted> submitted = SubmittedBatches.read(config.kafka().client(), config.topics(), apis);
        var ids = new TreeSet<>(statuses.keySet());
        ids.addAll(submitted.keySet());
        List<String> running = ids.stream()
                .filter(id -> statuses.get(id) == null || !statuses.get(id).isOver())
                .toList();
        Map<String, RoaringBitmap> answered = running.isEmpty()
                ? Map.of()
                : SubmittedBatches.answered(config.kafka().client(), config.topics(), Set.copyOf(running));
        List<Unfinished> unfinished = new ArrayList<>();
        for (String id : ids) {
            Unfinished batch = of(
                    client.reattach(id),
                    statuses.get(id),
                    submitted.getOrDefault(id, NOTHING),
                    answered.getOrDefault(id, new RoaringBitmap()).getCardinality());
            if (batch.open() > 0) {
                unfinished.add(batch);
            }
        }
        return new UnfinishedBatches(ids.size(), unfinished);
    }

    private static Unfinished of(BatchHandle batch, @Nullable BatchStatus status, Submitted submitted, int answered) {
        int known = submitted.items().getCardinality();
        Integer items = status == null ? Integer.valueOf(known) : status.total();
        int received = status == null ? answered : Math.max(answered, status.received());
        int open = status != null && status.isOver() ? 0 : Math.max(0, (items == null ? known : items) - received);
        // A worker ends the items of a stopped batch without a call.
        int uncalled = open > 0 && batch.control().stopped().isPresent() ? 0 : open;
        return new Unfinished(batch.batchId(), items, uncalled + (submitted.resubmits() ? batch.underWayAgain() : 0));
    }
}
