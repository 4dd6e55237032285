package io.github.genaistreams.client.read;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.genaistreams.client.kafka.Offsets;
import io.github.genaistreams.client.kafka.PatientPoll;
import io.github.genaistreams.wire.ItemKeys;
import io.github.genaistreams.wire.WireHeaders;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.RoaringBitmap;

/**
 * The failed items of a batch that were submitted again. The failure of such an item is not final, since another result
 * follows. The submitter announces this on the control topic, in the header {@link WireHeaders#RESUBMITTED} of a record
 * for the batch, as soon as the cluster has the requests:
 *
 * <pre>1200:0-99,105,107-108    those whose failures are before offset 1200 of the result partition</pre>
 *
 * Immutable.
 */
public final class Resubmitted {

    static final Resubmitted NONE = new Resubmitted(List.of());

    /** Maximum size of one header, so that the record stays far below the topic's limit. */
    private static final int MAX_CHARS = 250_000;

    private record Mark(long before, RoaringBitmap indexes) {}

    private final List<Mark> marks;

    private Resubmitted(List<Mark> marks) {
        this.marks = marks;
    }

    /** Header values with the offset of each item's last failure; several if there are many. */
    public static List<byte[]> headers(Map<Integer, Long> failures) {
        long before = 0;
        var indexes = new RoaringBitmap();
        for (Map.Entry<Integer, Long> failure : failures.entrySet()) {
            indexes.add(failure.getKey());
            before = Math.max(before, failure.getValue() + 1);
        }
        List<byte[]> headers = new ArrayList<>();
        var text = new StringBuilder();
        for (IndexRange range : IndexRange.of(indexes)) {
            if (text.length() > MAX_CHARS) {
                headers.add(text.toString().getBytes(UTF_8));
                text.setLength(0);
            }
            text.append(text.isEmpty() ? before + ":" : ",").append(range);
        }
        if (!text.isEmpty()) {
            headers.add(text.toString().getBytes(UTF_8));
        }
        return headers;
    }

    /** The resubmitted items of a batch, from the records of the control topic with its key. */
    static Resubmitted of(List<ConsumerRecord<byte[], byte[]>> controls) {
        List<Mark> marks = new ArrayList<>();
        for (ConsumerRecord<byte[], byte[]> control : controls) {
            for (Header header : control.headers().headers(WireHeaders.RESUBMITTED)) {
                Mark mark = header.value() == null ? null : mark(new String(header.value(), UTF_8));
                if (mark != null) {
                    marks.add(mark);
                }
            }
        }
        return marks.isEmpty() ? NONE : new Resubmitted(List.copyOf(marks));
    }

    /** The parsed header; null if no worker or client of this program has written it. */
    private static @Nullable Mark mark(String text) {
        int colon = text.indexOf(':');
        try {
            var indexes = new RoaringBitmap();
            for (String range : text.substring(colon + 1).split(",")) {
                int dash = range.indexOf('-');
                int first = Integer.parseInt(dash < 0 ? range : range.substring(0, dash));
                int last = dash < 0 ? first : Integer.parseInt(range.substring(dash + 1));
                indexes.add(new IndexRange(first, last).first(), last + 1L);
            }
            return new Mark(Long.parseLong(text.substring(0, Math.max(0, colon))), indexes);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    boolean isEmpty() {
        return marks.isEmpty();
    }

    /** Whether the item was submitted again after its failure at this offset. */
    boolean has(int index, long offset) {
        return marks.stream()
                .anyMatch(mark -> offset < mark.before() && mark.indexes().contains(index));
    }

    /**
     * Number of resubmitted items without a new result.
     *
     * @param silence how long the cluster may return nothing
     */
    int underWay(Consumer<byte[], byte[]> consumer, TopicPartition partition, String batchId, Duration silence) {
        List<Mark> open = marks.stream()
                .map(mark -> new Mark(mark.before(), mark.indexes().clone()))
                .toList();
        consumer.assign(List.of(partition));
        long end = Offsets.end(consumer, partition);
        consumer.seek(
                partition,
                Math.min(end, open.stream().mapToLong(Mark::before).min().orElse(end)));
        var key = new BatchKey(batchId);
        var cluster = new PatientPoll(consumer, silence);
        while (consumer.position(partition) < end) {
            for (ConsumerRecord<byte[], byte[]> record : cluster.poll()) {
                if (record.key() != null && Superseded.isRetry(record) && key.mayMatch(record.key())) {
                    answered(open, record, batchId);
                }
            }
        }
        var left = new RoaringBitmap();
        open.forEach(mark -> left.or(mark.indexes()));
        return left.getCardinality();
    }

    private static void answered(List<Mark> open, ConsumerRecord<byte[], byte[]> record, String batchId) {
        ItemKeys.find(record.key())
                .filter(item -> batchId.equals(item.batchId()))
                .ifPresent(item -> open.stream()
                        .filter(mark -> record.offset() >= mark.before())
                        .forEach(mark -> mark.indexes().remove(item.index())));
    }
}
