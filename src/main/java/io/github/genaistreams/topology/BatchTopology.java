package io.github.genaistreams.topology;

import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.topology.batch.BatchAssembler;
import io.github.genaistreams.topology.batch.BatchPublisher;
import io.github.genaistreams.topology.batch.BatchSettings;
import io.github.genaistreams.topology.batch.Resequencer;
import io.github.genaistreams.topology.call.Journal;
import io.github.genaistreams.topology.call.Outbox;
import io.github.genaistreams.topology.topic.TaskCounts;
import io.github.genaistreams.wire.BatchPartitioner;
import io.github.genaistreams.wire.ItemKeys;
import io.github.genaistreams.wire.Topics;
import io.github.genaistreams.wire.WireCodecs;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.AutoOffsetReset;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.StreamPartitioner;
import org.apache.kafka.streams.processor.WallclockTimestampExtractor;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/**
 * The part of the topology that handles batches:
 *
 * <pre>
 *   genai.results ──────▶ BatchAssembler ─┬─▶ genai.batches          how far each batch is
 *   genai.batch-notes ──▶   + stores      ├─▶ genai.results.ordered  results in index order, for batches that want it
 *                                         └─▶ genai.control          a batch that has reached one of its bounds
 * </pre>
 */
public final class BatchTopology {

    private static final String ASSEMBLER = "batch-assembler";
    private static final String RESULTS = "batch-results";

    /**
     * The name sorts after the other source. Kafka Streams numbers tasks in that order, so the tasks keep their numbers
     * and their state.
     */
    private static final String NOTES = "batch-results-notes";

    private BatchTopology() {}

    /** @param entryMaxBytes maximum size of a result, including what is stored with it */
    public static void addTo(
            Topology topology,
            Topics topics,
            BatchSettings settings,
            WireCodecs codecs,
            int entryMaxBytes,
            TaskCounts counts) {
        var strings = new StringSerializer();
        var bytes = new ByteArraySerializer();
        topology.addSource(
                        (AutoOffsetReset) null,
                        RESULTS,
                        // Records and changelog entries written for a result carry the time of writing.
                        new WallclockTimestampExtractor(),
                        new ByteArrayDeserializer(),
                        new ByteArrayDeserializer(),
                        topics.results())
                .addSource(
                        (AutoOffsetReset) null,
                        NOTES,
                        new WallclockTimestampExtractor(),
                        new ByteArrayDeserializer(),
                        new ByteArrayDeserializer(),
                        topics.batchNotes())
                .addProcessor(
                        ASSEMBLER,
                        () -> new BatchAssembler(
                                settings, codecs, entryMaxBytes - Outbox.FRAME_BYTES, topics.batchNotes()),
                        RESULTS,
                        NOTES)
                // Written for every result, so a cache saves most writes.
                .addStateStore(
                        store(BatchAssembler.STATES, Serdes.String(), entryMaxBytes)
                                .withCachingEnabled(),
                        ASSEMBLER)
                .addStateStore(
                        store(BatchAssembler.INDEXES, Serdes.Bytes(), entryMaxBytes)
                                .withCachingEnabled(),
                        ASSEMBLER)
                .addStateStore(
                        store(Resequencer.HELD, Serdes.Bytes(), entryMaxBytes).withCachingDisabled(), ASSEMBLER)
                .addSink(BatchPublisher.STATUS_OUT, topics.batches(), strings, bytes, byBatchId(counts), ASSEMBLER)
                .addSink(BatchPublisher.CONTROL_OUT, topics.control(), strings, bytes, byBatchId(counts), ASSEMBLER)
                .addSink(
                        Resequencer.ORDERED_OUT,
                        topics.resultsOrdered(),
                        (topic, key) -> key == null ? null : ItemKeys.encode(key),
                        bytes,
                        byBatch(counts),
                        ASSEMBLER);
    }

    private static <K> StoreBuilder<KeyValueStore<K, byte[]>> store(String name, Serde<K> keys, int entryMaxBytes) {
        return Stores.keyValueStoreBuilder(Stores.persistentKeyValueStore(name), keys, Serdes.ByteArray())
                .withLoggingEnabled(Journal.changelog(entryMaxBytes));
    }

    static StreamPartitioner<ItemKey, byte[]> byBatch(TaskCounts counts) {
        return (topic, key, value, partitions) ->
                Optional.of(Set.of(BatchPartitioner.partition(key.batchId(), counts.ofBatches(topic, partitions))));
    }

    static StreamPartitioner<String, byte[]> byBatchId(TaskCounts counts) {
        return (topic, key, value, partitions) ->
                Optional.of(Set.of(BatchPartitioner.partition(key, counts.ofBatches(topic, partitions))));
    }
}
