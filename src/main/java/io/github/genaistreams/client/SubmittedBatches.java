package io.github.genaistreams.client;

import io.github.genaistreams.client.kafka.BatchClientException;
import io.github.genaistreams.client.kafka.Cluster;
import io.github.genaistreams.client.kafka.KafkaSettings;
import io.github.genaistreams.client.kafka.TopicScan;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.wire.ItemKeys;
import io.github.genaistreams.wire.Topics;
import io.github.genaistreams.wire.WireHeaders;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.roaringbitmap.RoaringBitmap;

/**
 * The requests on the request topics, by batch. Includes batches that have no result and no status yet. For one thread.
 */
public final class SubmittedBatches {

    private final Map<String, Submitted> batches = new HashMap<>();

    /**
     * The requests of one batch.
     *
     * @param items      indexes of its items
     * @param resubmits  whether failed items were submitted again
     */
    public record Submitted(RoaringBitmap items, boolean resubmits) {}

    private SubmittedBatches() {}

    /**
     * Reads the topics from their beginning to their current end. Records that another program has written under keys of
     * its own are left out.
     *
     * @param kafka as for {@link BatchClient}
     * @param apis  as in {@link Topics#requests(String)}
     * @return by batch ID
     * @throws BatchClientException if a topic is missing or the cluster does not answer in time
     */
    public static Map<String, Submitted> read(Map<String, Object> kafka, Topics topics, Collection<String> apis) {
        var settings = new KafkaSettings(kafka);
        var cluster = new Cluster(settings);
        var found = new SubmittedBatches();
        try (Consumer<byte[], byte[]> consumer = settings.consumer()) {
            for (String api : apis) {
                scan(topics.requests(api), consumer, cluster, settings, found::note);
                if (cluster.exists(topics.urgent(api))) {
                    scan(topics.urgent(api), consumer, cluster, settings, found::note);
                }
            }
        }
        return found.batches;
    }

    /**
     * The items that have a result. This is exact, unlike a status, which may be out of date after a worker was killed.
     *
     * @param kafka    as for {@link BatchClient}
     * @param batchIds IDs of the batches to look for
     * @return indexes by batch ID, without batches that have no result
     * @throws BatchClientException if the topic is missing or the cluster does not answer in time
     */
    public static Map<String, RoaringBitmap> answered(
            Map<String, Object> kafka, Topics topics, Collection<String> batchIds) {
        var settings = new KafkaSettings(kafka);
        Map<String, RoaringBitmap> answered = new HashMap<>();
        try (Consumer<byte[], byte[]> consumer = settings.consumer()) {
            scan(topics.results(), consumer, new Cluster(settings), settings, (key, record) -> {
                if (batchIds.contains(key.batchId())) {
                    answered.computeIfAbsent(key.batchId(), id -> new RoaringBitmap())
                            .add(key.index());
                }
            });
        }
        return answered;
    }

    private static void scan(
            String topic,
            Consumer<byte[], byte[]> consumer,
            Cluster cluster,
            KafkaSettings settings,
            BiConsumer<ItemKey, ConsumerRecord<byte[], byte[]>> found) {
        int partitions = cluster.partitions(topic);
        cluster.asking(topic, () -> {
            TopicScan.scan(consumer, topic, partitions, settings.answerTimeout(), record -> ItemKeys.find(record.key())
                    .ifPresent(key -> found.accept(key, record)));
            return null;
        });
    }

    private void note(ItemKey key, ConsumerRecord<byte[], byte[]> record) {
        boolean resubmitted = record.headers().lastHeader(WireHeaders.RETRY) != null;
        batches.compute(key.batchId(), (id, before) -> {
            Submitted batch = before == null ? new Submitted(new RoaringBitmap(), resubmitted) : before;
            batch.items().add(key.index());
            return resubmitted && !batch.resubmits() ? new Submitted(batch.items(), true) : batch;
        });
    }
}
