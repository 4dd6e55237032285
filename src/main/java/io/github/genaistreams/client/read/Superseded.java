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
 * The results that replaced earlier ones because their items were explicitly submitted again. One scan ahead finds
 * them, so that an ordered reader need not hold back everything behind a failed result. Immutable.
 */
public final class Superseded {

    private record Later(long offset, boolean success) {}

    private final Map<ItemKey, Later> latest = new HashMap<>();

    private Superseded() {}

    /** Whether a record is the result of an item that was submitted again. */
    public static boolean isRetry(ConsumerRecord<byte[], byte[]> record) {
        return record.headers().lastHeader(WireHeaders.RETRY) != null;
    }

    /**
     * Scans a part of a partition.
     *
     * @param silence how long the cluster may return nothing
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
                // A failure never replaces a success.
                if (before == null || result.success() || !before.success()) {
                    latest.put(result.key(), new Later(record.offset(), result.success()));
                }
            }
        } catch (WireException e) {
            // The record was not written by this program.
        }
    }

    /** Whether a later result replaces this one, which is at this offset. */
    boolean has(CallResult result, long offset) {
        Later later = latest.get(result.key());
        return later != null && later.offset() > offset && (later.success() || !result.success());
    }
}
