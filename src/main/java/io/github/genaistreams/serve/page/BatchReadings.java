package io.github.genaistreams.serve.page;

import io.github.genaistreams.client.BatchClient;
import io.github.genaistreams.serve.http.ApiException;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** The readings of the batches in open pages. Pages that show the same batch share its reading. Thread-safe. */
final class BatchReadings implements AutoCloseable {

    /** Each reading has a connection to Kafka. */
    static final int MAX_READINGS = 16;

    /** How many items all readings together keep: about 50 MB. */
    private static final int MAX_ITEMS = 250_000;

    /** How long a reading stays open after its last use. */
    private static final Duration KEPT = Duration.ofMinutes(2);

    /** The same if another reading needs its place. It is longer than the pause between two updates of an open page. */
    private static final Duration MIN_KEPT = Duration.ofSeconds(20);

    private final BatchClient client;
    private final AtomicInteger room = new AtomicInteger(MAX_ITEMS);
    private final Map<String, Used> readings = new LinkedHashMap<>(16, 0.75f, true);

    private record Used(BatchReading reading, long at) {}

    BatchReadings(BatchClient client) {
        this.client = client;
    }

    /** @throws ApiException 429 if too many batches are open */
    synchronized BatchReading of(String batchId) {
        long now = System.nanoTime();
        Used known = readings.remove(batchId);
        closeUnused(now, readings.size() < MAX_READINGS ? KEPT : MIN_KEPT);
        BatchReading reading = known != null ? known.reading() : opened(batchId);
        readings.put(batchId, new Used(reading, now));
        return reading;
    }

    private BatchReading opened(String batchId) {
        if (readings.size() >= MAX_READINGS) {
            throw ApiException.tooMany(
                    "requests",
                    "too_many_batches",
                    "Too many batches are open in pages. Close some pages, or try again in a minute.");
        }
        return new BatchReading(() -> client.reattach(batchId), room);
    }

    private void closeUnused(long now, Duration kept) {
        for (Iterator<Used> each = readings.values().iterator(); each.hasNext(); ) {
            Used used = each.next();
            if (now - used.at() > kept.toNanos()) {
                used.reading().close();
                each.remove();
            }
        }
    }

    @Override
    public synchronized void close() {
        readings.values().forEach(used -> used.reading().close());
        readings.clear();
    }
}
