package io.github.genaistreams.wire;

import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.utils.Utils;

/**
 * The partition of a batch: {@code murmur2(UTF-8 of the batch ID) mod partitions}. Kafka's own partitioner does the
 * same with the batch ID as a string key, so plain producers and consumers keyed by batch ID agree with it.
 */
public final class BatchPartitioner {

    private BatchPartitioner() {}

    /**
     * @param partitions number of partitions of the topic, at least 1
     * @return a partition, from 0
     */
    public static int partition(String batchId, int partitions) {
        return Utils.toPositive(Utils.murmur2(batchId.getBytes(StandardCharsets.UTF_8))) % partitions;
    }
}
