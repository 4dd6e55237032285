package io.github.genaistreams.topology.topic;

import io.github.genaistreams.topology.call.RequestLog;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.record.TimestampType;

/** Topics in memory that keep every record until a test deletes it, or say that they keep none. */
public final class KeptTopics implements RequestLog {

    private final Map<TopicPartition, List<ConsumerRecord<byte[], byte[]>>> records = new HashMap<>();
    public boolean keeps = true;

    /** Appends a record and returns its offset. */
    public long append(TopicPartition partition, byte[] key, byte[] value, Headers headers, long timestamp) {
        var all = records.computeIfAbsent(partition, any -> new ArrayList<>());
        all.add(record(partition, all.size(), key, value, headers, timestamp));
        return all.size() - 1L;
    }

    private static ConsumerRecord<byte[], byte[]> record(
            TopicPartition partition, long offset, byte[] key, byte[] value, Headers headers, long timestamp) {
        return new ConsumerRecord<>(
                partition.topic(),
                partition.partition(),
                offset,
                timestamp,
                TimestampType.CREATE_TIME,
                key == null ? -1 : key.length,
                value == null ? -1 : value.length,
                key,
                value,
                headers,
                Optional.empty());
    }

    /** As if the topic had been deleted and made anew. */
    public void replace(TopicPartition partition, long offset, byte[] value) {
        var before = records.get(partition).get((int) offset);
        records.get(partition)
                .set(
                        (int) offset,
                        record(partition, offset, before.key(), value, before.headers(), before.timestamp()));
    }

    public ConsumerRecord<byte[], byte[]> get(TopicPartition partition, int offset) {
        return records.get(partition).get(offset);
    }

    public int size(TopicPartition partition) {
        return records.getOrDefault(partition, List.of()).size();
    }

    public void delete(TopicPartition partition, long offset) {
        records.get(partition).set((int) offset, null);
    }

    @Override
    public boolean keeps(String topic, long timestamp, long now) {
        return keeps;
    }

    @Override
    public Reading read(TopicPartition partition, List<Long> offsets) {
        Queue<Reread> found = new ArrayDeque<>();
        for (long offset : offsets) {
            var record = records.get(partition).get((int) offset);
            found.add(record == null ? new Reread.Gone(offset) : new Reread.Found(record));
        }
        return new Reading() {
            @Override
            public Reread next() {
                return found.poll();
            }

            @Override
            public void close() {
                found.clear();
            }
        };
    }

    @Override
    public Scan scan(TopicPartition partition, long from, Function<ConsumerRecord<byte[], byte[]>, String> batchOf) {
        return new Scan() {
            private int next = (int) from;

            @Override
            public Scanned next() {
                while (next < size(partition)) {
                    var record = records.get(partition).get(next++);
                    String batchId = record == null ? null : batchOf.apply(record);
                    if (batchId != null) {
                        return new Scanned(batchId, record.offset(), record.offset() + 1);
                    }
                }
                return null;
            }

            @Override
            public Reading read(List<Long> offsets) {
                return KeptTopics.this.read(partition, offsets);
            }

            @Override
            public void close() {}
        };
    }
}
