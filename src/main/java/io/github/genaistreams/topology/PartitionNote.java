package io.github.genaistreams.topology;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;

/**
 * Partitions, noted behind what Kafka Streams says to its group in a subscription or an assignment. Kafka Streams reads its own data by
 * their lengths, so that it, and workers that know of no note, do not see one.
 */
final class PartitionNote {

    private static final long MARK = 0x67656e61692d7631L;
    private static final int TAIL_BYTES = Long.BYTES + Integer.BYTES;

    private PartitionNote() {}

    /** The same data with these partitions noted behind them. */
    static ByteBuffer append(ByteBuffer data, Set<TopicPartition> partitions) {
        StringBuilder text = new StringBuilder();
        partitions.forEach(partition ->
                text.append(partition.topic()).append(' ').append(partition.partition()).append('\n'));
        byte[] note = text.toString().getBytes(StandardCharsets.US_ASCII);
        ByteBuffer noted = ByteBuffer.allocate(data.remaining() + note.length + TAIL_BYTES);
        noted.put(data.duplicate()).put(note).putInt(note.length).putLong(MARK);
        return noted.flip();
    }

    /** What is noted; nothing if there is no note. */
    static Set<TopicPartition> read(ByteBuffer data) {
        Set<TopicPartition> partitions = new HashSet<>();
        if (data == null || data.limit() < TAIL_BYTES || data.getLong(data.limit() - Long.BYTES) != MARK) {
            return partitions;
        }
        int end = data.limit() - TAIL_BYTES;
        byte[] note = new byte[data.getInt(end)];
        data.duplicate().position(end - note.length).get(note);
        new String(note, StandardCharsets.US_ASCII).lines().forEach(line -> {
            int blank = line.indexOf(' ');
            partitions.add(new TopicPartition(line.substring(0, blank), Integer.parseInt(line.substring(blank + 1))));
        });
        return partitions;
    }
}
