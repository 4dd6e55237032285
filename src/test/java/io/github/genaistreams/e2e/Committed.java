package io.github.genaistreams.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.topology.call.OffsetsChangelog;
import io.github.genaistreams.wire.ItemKeys;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TransactionListing;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.utils.Bytes;

/**
 * What Kafka has for good of a batch of responses, while no worker runs: the items whose requests are consumed, those that are in
 * the journal, and those that have a result. What a worker has left open is ended first, as its successor does.
 *
 * @param consumed   indexes whose request is before the committed offset of its partition
 * @param takenAhead indexes that were taken in ahead of the intake
 * @param journaled  indexes that are open for the next owner, by their offsets or in the journal
 * @param answered   indexes with a result
 */
record Committed(Set<Integer> consumed, Set<Integer> takenAhead, Set<Integer> journaled, Set<Integer> answered) {

    private static final String GROUP = "genai-worker";

    static Committed of(TestCluster cluster, String batchId) throws Exception {
        String servers = cluster.kafka().bootstrapServers();
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", servers))) {
            List<String> transactions = admin.listTransactions().all().get(20, TimeUnit.SECONDS).stream()
                    .map(TransactionListing::transactionalId)
                    .toList();
            admin.fenceProducers(transactions).all().get(20, TimeUnit.SECONDS);
            var offsets = admin.listConsumerGroupOffsets(GROUP)
                    .partitionsToOffsetAndMetadata()
                    .get(20, TimeUnit.SECONDS);
            var committed = new Committed(new HashSet<>(), new HashSet<>(), new HashSet<>(), new HashSet<>());
            committed.read(servers, cluster.topics().requests("responses"), batchId, (record, index) -> {
                var offset = offsets.get(new TopicPartition(record.topic(), record.partition()));
                if (offset != null && record.offset() < offset.offset()) {
                    committed.consumed.add(index);
                }
            });
            committed.read(servers, GROUP + "-responses-journal-changelog", batchId, (record, index) -> {
                if (record.value() == null) {
                    committed.journaled.remove(index);
                } else {
                    committed.journaled.add(index);
                }
            });
            committed.readOpen(servers, GROUP + "-responses-progress-changelog", batchId);
            committed.read(
                    servers, cluster.topics().results(), batchId, (record, index) -> committed.answered.add(index));
            return committed;
        }
    }

    /** They are parts of one transaction: there is no moment at which one of them is without the others. */
    void assertThatNothingIsBetween() {
        assertThat(journaled).as("items that are open").isNotEmpty();
        var known = new HashSet<>(journaled);
        known.addAll(answered);
        var taken = new HashSet<>(consumed);
        taken.addAll(takenAhead);
        assertThat(known).as("items that are open or have a result").isEqualTo(taken);
        assertThat(journaled).as("items that are open").doesNotContainAnyElementsOf(answered);
    }

    /** By partition: each has a store of its own. */
    private void readOpen(String servers, String topic, String batchId) {
        Map<Integer, Map<Bytes, byte[]>> latest = new HashMap<>();
        read(servers, topic, record -> {
            var store = latest.computeIfAbsent(record.partition(), any -> new HashMap<>());
            if (record.value() == null) {
                store.remove(Bytes.wrap(record.key()));
            } else {
                store.put(Bytes.wrap(record.key()), record.value());
            }
        });
        latest.values().forEach(store -> {
            add(OffsetsChangelog.open(store), batchId, journaled);
            add(OffsetsChangelog.takenAhead(store), batchId, takenAhead);
        });
    }

    private static void add(Set<ItemKey> items, String batchId, Set<Integer> indexes) {
        items.stream().filter(key -> key.batchId().equals(batchId)).forEach(key -> indexes.add(key.index()));
    }

    private void read(
            String servers, String topic, String batchId, BiConsumer<ConsumerRecord<byte[], byte[]>, Integer> reader) {
        read(servers, topic, record -> {
            var key = ItemKeys.decode(record.key());
            if (key.batchId().equals(batchId)) {
                reader.accept(record, key.index());
            }
        });
    }

    private void read(String servers, String topic, Consumer<ConsumerRecord<byte[], byte[]>> reader) {
        try (var consumer = new KafkaConsumer<>(
                Map.<String, Object>of("bootstrap.servers", servers, "isolation.level", "read_committed"),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
                    .map(partition -> new TopicPartition(topic, partition.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (partitions.stream().anyMatch(partition -> consumer.position(partition) < ends.get(partition))) {
                consumer.poll(Duration.ofMillis(100)).forEach(reader);
            }
        }
    }
}
