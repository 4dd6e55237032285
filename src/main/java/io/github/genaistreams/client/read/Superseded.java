package io.github.genaistreams.client.read;

import io.github.genaistreams.client.kafka.PatientPoll;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.wire.Codec;
import io.github.genaistreams.wire.WireException;
import io.github.genaistreams.wire.WireHeaders;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * The results that took the place of earlier ones, since their items were explicitly submitted again. Found by looking ahead once,
 * so that a reader in order need not hold back everything behind a failed result. Immutable.
 */
public final class Superseded {

    private record Later(long offset, boolean success) {}

    private final Map<ItemKey, Later> latest = new HashMap<>();

    private Superseded() {}

    /** Whether a record comes from an item that was submitted again. */
    public static boolean isRetry(ConsumerRecord<byte[], byte[]> record) {
        return record.headers().lastHeader(WireHeaders.RETRY) != null;
    }

    /**
     * Looks through a part of a partition.
     *
     * @param silence how long the cluster may give nothing
     */
    static Superseded find(
            Consumer<byte[], byte[]> consumer,
            Codec<CallResult> summaries,
            TopicPartition partition,
            long from,
            long end,
            Set<String> batchIds,
            Duration silence) {
        var found = new Superseded();
        consumer.assign(List.of(partition));
        consumer.seek(partition, from);
        var cluster = new PatientPoll(consumer, silence);
        while (consumer.position(partition) < end) {
            for (ConsumerRecord<byte[], byte[]> record : cluster.poll()) {
                if (isRetry(record) && record.value() != null) {
                    found.note(summaries, record, batchIds);
                }
            }
        }
        return found;
    }

    private void note(Codec<CallResult> summaries, ConsumerRecord<byte[], byte[]> record, Set<String> batchIds) {
        try {
            CallResult result = summaries.decode(record.value());
            if (result.batchId() != null && batchIds.contains(result.batchId())) {
                Later before = latest.get(result.key());
                // A failure never takes the place of a success.
                if (before == null || result.success() || !before.success()) {
                    latest.put(result.key(), new Later(record.offset(), result.success()));
                }
            }
        } catch (WireException e) {
            // Not one of ours.
        }
    }

    /** Whether a later result counts in place of this one, which is at this offset. */
    boolean has(CallResult result, long offset) {
        Later later = latest.get(result.key());
        return later != null && later.offset() > offset && (later.success() || !result.success());
    }
}
