package io.github.genaistreams.client;

import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.wire.Codecs;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * Results that were read before they are due. Their bytes wait in memory up to a bound; of what is beyond it only the offset is
 * kept, and the topic is read there again. Since results wait because one before them is late, those behind it are mostly in their
 * order on the topic, and reading again is reading on.
 *
 * <p>For one thread at a time, but for {@link #wakeup}.
 */
final class EarlyResults implements AutoCloseable {

    /** Bytes of results that wait. */
    static final long MOST_BYTES = 32L << 20;

    /** What one poll brings may be in another order than it is needed in. */
    private static final int MOST_AT_HAND = 2_000;

    private static final long MOST_BYTES_AT_HAND = 32L << 20;

    private record Place(TopicPartition partition, long offset) {}

    private final Supplier<Consumer<byte[], byte[]>> consumers;
    private final Duration silence;
    private final long mostBytes;
    private final Map<Place, byte[]> atHand = new LinkedHashMap<>();
    private long bytesAtHand;
    private long bytesWaiting;
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
        if (bytesWaiting + value.length > mostBytes) {
            return null;
        }
        bytesWaiting += value.length;
        return value;
    }

    /**
     * A result that is due; to be asked for once.
     *
     * @param kept what {@link #keep} has given for it
     */
    CallResult result(TopicPartition partition, long offset, byte[] kept) {
        if (kept == null) {
            return Codecs.CALL_RESULT.decode(again(new Place(partition, offset)));
        }
        bytesWaiting -= kept.length;
        return Codecs.CALL_RESULT.decode(kept);
    }

    private byte[] again(Place place) {
        byte[] value = take(place);
        if (value == null) {
            seek(place);
        }
        var cluster = new PatientPoll(consumer, silence);
        while (value == null) {
            for (ConsumerRecord<byte[], byte[]> record : cluster.poll()) {
                if (record.offset() == place.offset()) {
                    value = record.value();
                } else {
                    putAtHand(record);
                }
            }
            if (value == null && consumer.position(place.partition()) > place.offset()) {
                throw new BatchClientException("The result at " + place.partition() + "@" + place.offset()
                        + " is not on the topic any more: read results sooner, or keep them for longer (retention.ms)");
            }
        }
        return value;
    }

    private void seek(Place place) {
        if (consumer == null) {
            consumer = consumers.get();
            awake = consumer;
        }
        if (!consumer.assignment().equals(Set.of(place.partition()))) {
            consumer.assign(List.of(place.partition()));
            consumer.seek(place.partition(), place.offset());
            return;
        }
        long ahead = place.offset() - consumer.position(place.partition());
        // What follows is on its way already; a seek would throw it away.
        if (ahead < 0 || ahead > MOST_AT_HAND) {
            consumer.seek(place.partition(), place.offset());
        }
    }

    private void putAtHand(ConsumerRecord<byte[], byte[]> record) {
        if (record.value() == null) {
            return;
        }
        atHand.put(new Place(new TopicPartition(record.topic(), record.partition()), record.offset()), record.value());
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
