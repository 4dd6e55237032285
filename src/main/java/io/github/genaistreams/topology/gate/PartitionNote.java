package io.github.genaistreams.topology.gate;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Partitions noted after the data that Kafka Streams sends to its group in a subscription or an assignment. Kafka
 * Streams reads its own data by their lengths. So neither it nor a worker of an earlier version sees the note.
 */
final class PartitionNote {

    private static final long MARK = 0x67656e61692d7631L;
    private static final Pattern LINE = Pattern.compile("(\\S+) (\\d{1,9})\n");
    private static final int TAIL_BYTES = Long.BYTES + Integer.BYTES;

    private PartitionNote() {}

    /** The same data with these partitions noted after it. */
    static ByteBuffer append(ByteBuffer data, Set<TopicPartition> partitions) {
        StringBuilder text = new StringBuilder();
        partitions.forEach(partition -> text.append(partition.topic())
                .append(' ')
                .append(partition.partition())
                .append('\n'));
        byte[] note = text.toString().getBytes(StandardCharsets.US_ASCII);
        ByteBuffer noted = ByteBuffer.allocate(data.remaining() + note.length + TAIL_BYTES);
        noted.put(data.duplicate()).put(note).putInt(note.length).putLong(MARK);
        return noted.flip();
    }

    /** The noted partitions; none if there is no valid note. */
    static Set<TopicPartition> read(@Nullable ByteBuffer data) {
        if (data == null || data.remaining() < TAIL_BYTES || data.getLong(data.limit() - Long.BYTES) != MARK) {
            return new HashSet<>();
        }
        int end = data.limit() - TAIL_BYTES;
        int length = data.getInt(end);
        if (length < 0 || length > end - data.position()) {
            return new HashSet<>();
        }
        byte[] note = new byte[length];
        data.duplicate().position(end - length).get(note);
        Set<TopicPartition> partitions = new HashSet<>();
        Matcher lines = LINE.matcher(new String(note, StandardCharsets.US_ASCII));
        while (lines.find()) {
            partitions.add(new TopicPartition(lines.group(1), Integer.parseInt(lines.group(2))));
        }
        return partitions;
    }
}
