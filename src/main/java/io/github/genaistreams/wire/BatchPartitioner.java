package io.github.genaistreams.wire;

import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.utils.Utils;

/**
 * Where a batch lives: {@code murmur2(UTF-8 of the batch ID) mod partitions}. That is what Kafka's own partitioner
 * does with the batch ID as a string key, so a plain producer or consumer keyed by batch ID agrees with us.
 */
public final class BatchPartitioner {

    private BatchPartitioner() {}

    /**
     * @param batchId    not null
     * @param partitions number of partitions of the topic, at least 1
     * @return a partition, from 0
     */
    public static int partition(String batchId, int partitions) {
        return Utils.toPositive(Utils.murmur2(batchId.getBytes(StandardCharsets.UTF_8))) % partitions;
    }
}
