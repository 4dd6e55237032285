package io.github.genaistreams.worker;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.processor.StateRestoreListener;

/** How many records must still be read into local stores. Thread-safe. */
final class Restores implements StateRestoreListener {

    private final Map<Changelog, Range> open = new ConcurrentHashMap<>();

    private record Changelog(TopicPartition partition, String store) {}

    /** Offsets still to be read. */
    private record Range(long from, long end) {}

    /** Records still to be read, transaction markers included. */
    long remaining() {
        return open.values().stream()
                .mapToLong(range -> Math.max(0, range.end() - range.from()))
                .sum();
    }

    @Override
    public void onRestoreStart(TopicPartition partition, String store, long startingOffset, long endingOffset) {
        open.put(new Changelog(partition, store), new Range(startingOffset, endingOffset));
    }

    @Override
    public void onBatchRestored(TopicPartition partition, String store, long batchEndOffset, long numRestored) {
        open.computeIfPresent(
                new Changelog(partition, store), (key, range) -> new Range(batchEndOffset + 1, range.end()));
    }

    @Override
    public void onRestoreEnd(TopicPartition partition, String store, long totalRestored) {
        open.remove(new Changelog(partition, store));
    }

    @Override
    public void onRestoreSuspended(TopicPartition partition, String store, long totalRestored) {
        open.remove(new Changelog(partition, store));
    }
}
