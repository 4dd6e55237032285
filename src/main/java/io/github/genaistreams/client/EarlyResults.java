package io.github.genaistreams.client;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * Results that were read before they are due. Their bytes wait in memory up to a bound; of what is beyond it only the offset is
 * kept, and the topic is read there again: for as many as fit into memory of those that are due next, in the order of the topic. So
 * however they lie there, each part of it is read a few times and not once for each result. (Request partitions get on at different
 * speeds, so neighbours in a batch may be far apart on the topic.)
 *
 * <p>For one thread at a time, but for {@link #wakeup}.
 */
final class EarlyResults implements AutoCloseable {

    /** Bytes of results that wait. */
    static final long MOST_BYTES = 32L << 20;

    /** Bounds of what is read again at once. */
    private static final int MOST_AT_HAND = 10_000;

    private static final long MOST_BYTES_AT_HAND = 8L << 20;

    /** Records that are read and dropped rather than sought over, which costs what was fetched already. */
    private static final long SOUGHT_OVER = 1_000;

    private record Place(TopicPartition partition, long offset) {}

    private final Supplier<Consumer<byte[], byte[]>> consumers;
    private final Duration silence;
    private final long mostBytes;
    private final Map<Place, byte[]> atHand = new LinkedHashMap<>();
    private long bytesAtHand;
    private long bytesWaiting;
    private long seen;
    private long bytesSeen;
    private Consumer<byte[], byte[]> consumer; // null until something is read again
    private volatile Consumer<byte[], byte[]> awake;

    /**
     * @param consumers makes a consumer to read again with
     * @param silence   how long the cluster may give nothing
     */
    EarlyResults(Supplier<Consumer<byte[], byte[]>> consumers, Duration silence, long mostBytes) {
        this.consumers = consumers;
        this.silence = silence;
        this.mostBytes = mostBytes;
    }

    /** What is to be kept of a result: its bytes, or null if they are too many. */
    byte[] keep(byte[] value) {
        seen++;
        bytesSeen += value.length;
        if (bytesWaiting + value.length > mostBytes) {
            return null;
        }
        bytesWaiting += value.length;
        return value;
    }

    /**
     * The bytes of a result that is due; to be asked for once.
     *
     * @param kept what {@link #keep} has given for it
     * @param next offsets of those in the same partition that are due after it and were not kept; asked for only if they are needed
     */
    byte[] value(TopicPartition partition, long offset, byte[] kept, Supplier<LongStream> next) {
        if (kept != null) {
            bytesWaiting -= kept.length;
            return kept;
        }
        byte[] value = take(new Place(partition, offset));
        return value == null ? again(partition, offset, next.get()) : value;
    }

    /** Reads one again, and puts those that are due after it at hand. */
    private byte[] again(TopicPartition partition, long due, LongStream next) {
        long average = Math.max(1, bytesSeen / Math.max(1, seen));
        long fitting = Math.min((MOST_BYTES_AT_HAND - bytesAtHand) / average, MOST_AT_HAND - atHand.size());
        NavigableSet<Long> missing = LongStream.concat(
                        LongStream.of(due), next.filter(offset -> !atHand.containsKey(new Place(partition, offset))))
                .limit(Math.max(1, fitting))
                .boxed()
                .collect(Collectors.toCollection(TreeSet::new));
        boolean isElsewhere = !isAt(partition);
        var cluster = new PatientPoll(consumer, silence);
        byte[] value = null;
        while (!missing.isEmpty()) {
            if (isElsewhere || !isSoonAt(missing.first(), partition)) {
                consumer.seek(partition, missing.first());
                isElsewhere = false;
            }
            for (ConsumerRecord<byte[], byte[]> record : cluster.poll()) {
                if (record.offset() == due) {
                    value = record.value();
                } else if (missing.contains(record.offset())) {
                    putAtHand(record);
                }
            }
            missing.headSet(consumer.position(partition)).clear();
        }
        if (value == null) {
            throw new BatchClientException("The result at " + partition + "@" + due
                    + " is not on the topic any more: read results sooner, or keep them for longer (retention.ms)");
        }
        return value;
    }

    private boolean isSoonAt(long offset, TopicPartition partition) {
        long ahead = offset - consumer.position(partition);
        return ahead >= 0 && ahead <= SOUGHT_OVER;
    }

    /** Makes sure that the consumer reads this partition; returns whether it did before. */
    private boolean isAt(TopicPartition partition) {
        if (consumer == null) {
            consumer = consumers.get();
            awake = consumer;
        }
        boolean was = consumer.assignment().equals(Set.of(partition));
        if (!was) {
            consumer.assign(List.of(partition));
        }
        return was;
    }

    private void putAtHand(ConsumerRecord<byte[], byte[]> record) {
        if (record.value() == null) {
            return;
        }
        var place = new Place(new TopicPartition(record.topic(), record.partition()), record.offset());
        take(place);
        atHand.put(place, record.value());
        bytesAtHand += record.value().length;
        var eldest = atHand.values().iterator();
        while (atHand.size() > MOST_AT_HAND || bytesAtHand > MOST_BYTES_AT_HAND && atHand.size() > 1) {
            bytesAtHand -= eldest.next().length;
            eldest.remove();
        }
    }

    private byte[] take(Place place) {
        byte[] value = atHand.remove(place);
        if (value != null) {
            bytesAtHand -= value.length;
        }
        return value;
    }

    /** Ends a wait for the cluster with Kafka's {@code WakeupException}. Any thread. */
    void wakeup() {
        Consumer<byte[], byte[]> waiting = awake;
        if (waiting != null) {
            waiting.wakeup();
        }
    }

    @Override
    public void close() {
        atHand.clear();
        if (consumer != null) {
            consumer.close(CloseOptions.timeout(Duration.ofMillis(150)));
        }
    }
}
