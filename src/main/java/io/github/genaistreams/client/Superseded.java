package io.github.genaistreams.client;

import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.wire.ItemKeys;
import io.github.genaistreams.wire.WireException;
import io.github.genaistreams.wire.WireHeaders;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;

/**
 * The results of a batch that took the place of earlier ones, since their items were explicitly submitted again. Found by looking
 * ahead once, so that a reader in order need not hold back everything behind a failed result.
 */
final class Superseded {

    private static final Duration STEP = Duration.ofMillis(500);

    private final Map<Integer, Long> latest = new HashMap<>();

    private Superseded() {}

    /** Whether a record comes from an item that was submitted again. */
    static boolean isRetry(ConsumerRecord<byte[], byte[]> record) {
        return record.headers().lastHeader(WireHeaders.RETRY) != null;
    }

    /** Looks through a part of a partition. */
    static Superseded find(
            Consumer<byte[], byte[]> consumer,
            TopicPartition partition,
            long from,
            long end,
            String batchId,
            Duration silence) {
        var found = new Superseded();
        var key = new BatchKey(batchId);
        consumer.assign(List.of(partition));
        consumer.seek(partition, from);
        long lastMove = System.nanoTime();
        while (consumer.position(partition) < end) {
            var records = consumer.poll(STEP);
            if (!records.isEmpty()) {
                lastMove = System.nanoTime();
            } else if (System.nanoTime() - lastMove > silence.toNanos()) {
                throw new TimeoutException("no records for " + silence);
            }
            for (ConsumerRecord<byte[], byte[]> record : records) {
                if (isRetry(record) && record.value() != null && key.mayMatch(record.key())) {
                    found.note(record, batchId);
                }
            }
        }
        return found;
    }

    private void note(ConsumerRecord<byte[], byte[]> record, String batchId) {
        try {
            ItemKey item = ItemKeys.decode(record.key());
            if (item.batchId().equals(batchId)) {
                latest.put(item.index(), record.offset());
            }
        } catch (WireException | NullPointerException e) {
            // Not one of ours.
        }
    }

    /** Whether a later result counts in place of the one at this offset. */
    boolean has(int index, long offset) {
        return latest.getOrDefault(index, -1L) > offset;
    }
}
