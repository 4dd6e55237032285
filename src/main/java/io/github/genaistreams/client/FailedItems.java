package io.github.genaistreams.client;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.genaistreams.client.read.IndexRange;
import io.github.genaistreams.client.read.Superseded;
import io.github.genaistreams.wire.ItemKeys;
import io.github.genaistreams.wire.WireHeaders;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.roaringbitmap.RoaringBitmap;

/**
 * Submits failed items of a batch again, each as it was last submitted, with a header that marks the retry. Holds the
 * offsets of requests, not the requests. For one thread.
 */
public final class FailedItems {

    private final String batchId;

    /** Offsets of the failed results by index. */
    private final Map<Integer, Long> failed = new HashMap<>();

    private final Map<Integer, FoundRequest> requests = new HashMap<>();

    private record Place(String topic, int partition, long offset) {

        static Place of(ConsumerRecord<?, ?> record) {
            return new Place(record.topic(), record.partition(), record.offset());
        }
    }

    private record FoundRequest(Place place, long timestamp) {}

    public FailedItems(String batchId) {
        this.batchId = batchId;
    }

    /** Marks the item for retry; its failed result is at this offset. */
    public void add(int index, long resultOffset) {
        failed.put(index, resultOffset);
    }

    /** Whether this is the result of an item that is being retried. */
    boolean isResult(ConsumerRecord<byte[], byte[]> record) {
        return Superseded.isRetry(record)
                && ItemKeys.find(record.key())
                        .filter(key -> batchId.equals(key.batchId()) && requests.containsKey(key.index()))
                        .isPresent();
    }

    /** Offset of the last failure of each item that has a request to submit again. */
    Map<Integer, Long> submitted() {
        Map<Integer, Long> submitted = new HashMap<>(failed);
        submitted.keySet().retainAll(requests.keySet());
        return submitted;
    }

    /** Finds the requests of these items on one topic; if an item has several, the latest. */
    void find(RequestKind<?> kind, String topic, Connection connection) {
        RequestScan.scan(kind, connection, topic, batchId, request -> {
            Integer index = request.key().index();
            FoundRequest before = requests.get(index);
            boolean isLatest = before == null
                    || before.place().topic().equals(topic)
                    || before.timestamp() <= request.timestampMs();
            if (failed.containsKey(index) && isLatest) {
                requests.put(index, new FoundRequest(Place.of(request.record()), request.timestampMs()));
            }
        });
    }

    /** The indexes whose request is no longer on the topic. */
    public List<IndexRange> missing() {
        var missing = new RoaringBitmap();
        failed.keySet().stream().filter(index -> !requests.containsKey(index)).forEach(missing::add);
        return IndexRange.of(missing);
    }

    /** The topics of the requests that were found. */
    Set<String> topics() {
        return requests.values().stream()
                .map(request -> request.place().topic())
                .collect(Collectors.toSet());
    }

    /**
     * Sends the requests that were found on one topic, and returns when the cluster has them. Each request names the failed
     * result that it replaces, so that a concurrent retry of the same failure makes no second call.
     *
     * @return the number of requests sent
     */
    int send(String topic, Connection connection) {
        Producer<byte[], byte[]> producer = connection.producer(topic);
        Map<Place, Integer> indexes = new HashMap<>();
        requests.forEach((index, request) -> {
            if (request.place().topic().equals(topic)) {
                indexes.put(request.place(), index);
            }
        });
        AtomicReference<Exception> failure = new AtomicReference<>();
        connection.scan(topic, record -> {
            Integer index = indexes.get(Place.of(record));
            if (index != null) {
                var headers = new RecordHeaders(record.headers());
                headers.remove(WireHeaders.SUBMITTED_AT);
                headers.remove(WireHeaders.RETRY);
                // Only requests of failed items are kept, so there is an offset.
                long replaced = Objects.requireNonNull(failed.get(index));
                headers.add(WireHeaders.RETRY, Long.toString(replaced).getBytes(UTF_8));
                producer.send(
                        new ProducerRecord<>(topic, record.partition(), record.key(), record.value(), headers),
                        (metadata, e) -> failure.compareAndSet(null, e));
            }
        });
        producer.flush();
        if (failure.get() != null) {
            throw connection.cluster().explained(topic, failure.get());
        }
        return indexes.size();
    }
}
