package io.github.genaistreams.client.read;

import io.github.genaistreams.client.kafka.Offsets;
import io.github.genaistreams.model.CallResult;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * Finds the results of a reader that were superseded before the reader started. Scans each partition once, from the
 * first failure there to the end that the partition had then; a success is rarely submitted again. For one thread at a
 * time.
 */
final class LookAhead {

    private final ResultTopic topic;
    private final Map<TopicPartition, Long> ends;
    private final Set<String> batchIds;
    private final Map<TopicPartition, Superseded> found = new HashMap<>();

    /** @param ends end offsets of the partitions when reading began */
    LookAhead(ResultTopic topic, Map<TopicPartition, Long> ends, Set<String> batchIds) {
        this.topic = topic;
        this.ends = ends;
        this.batchIds = batchIds;
    }

    /** Whether it was on the topic when reading began. */
    boolean wasThere(ConsumerRecord<byte[], byte[]> record) {
        return record.offset() < ends.getOrDefault(new TopicPartition(record.topic(), record.partition()), 0L);
    }

    boolean isSuperseded(CallResult result, ConsumerRecord<byte[], byte[]> record) {
        var partition = new TopicPartition(record.topic(), record.partition());
        Superseded known = found.get(partition);
        if (known == null) {
            long end = Offsets.of(partition, ends);
            if (result.success() || record.offset() >= end) {
                return false;
            }
            known = topic.superseded(partition, record.offset(), end, batchIds);
            found.put(partition, known);
        }
        return known.has(result, record.offset());
    }
}
