package io.github.genaistreams.client;

import io.github.genaistreams.TestTopics;
import io.github.genaistreams.client.read.BatchResults;
import io.github.genaistreams.embedded.LocalKafka;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.ItemKeys;
import io.github.genaistreams.wire.Topics;
import io.github.genaistreams.wire.WireFormat;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** A client of one batch, with topics of its own, and a worker that writes its results. */
final class BatchClientCase implements AutoCloseable {

    static final int PARTITIONS = 4;
    final LocalKafka kafka;

    final String batchId = BatchClient.newBatchId();
    final Topics topics = new Topics(batchId + ".");
    final BatchClient client;
    final FakeWorker worker;

    BatchClientCase(LocalKafka kafka) throws Exception {
        this.kafka = kafka;
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()))) {
            TestTopics.create(
                    admin,
                    new NewTopic(topics.requests("responses"), PARTITIONS, (short) 1),
                    new NewTopic(topics.results(), PARTITIONS, (short) 1),
                    new NewTopic(topics.batches(), PARTITIONS, (short) 1));
        }
        client = newClient(Map.of());
        worker = new FakeWorker(kafka.bootstrapServers(), topics, PARTITIONS);
    }

    @Override
    public void close() {
        client.close();
        worker.close();
    }

    BatchClient newClient(Map<String, Object> extra) {
        return newClient(extra, WireFormat.JSON);
    }

    BatchClient newClient(Map<String, Object> extra, WireFormat format) {
        return new BatchClient(clientSettings(extra), topics, format);
    }

    Map<String, Object> clientSettings(Map<String, Object> extra) {
        var settings = new HashMap<>(extra);
        settings.put("bootstrap.servers", kafka.bootstrapServers());
        return settings;
    }

    static List<ResponsesRequest> prompts(int count) {
        return IntStream.range(0, count)
                .mapToObj(index -> request("prompt " + index))
                .toList();
    }

    static ResponsesRequest request(String prompt) {
        return ResponsesRequest.builder().model("model").userPrompt(prompt).build();
    }

    static List<String> texts(BatchResults results) {
        return results.stream().map(CallResult::outputText).toList();
    }

    /** What a run submitted that was killed on the way. */
    void putEarlier(List<ResponsesRequest> requests, int size, int... indexes) {
        for (int index : indexes) {
            var request = requests.get(index).toBuilder()
                    .batchId(batchId)
                    .index(index)
                    .batchSize(size)
                    .build();
            put(ItemKeys.encode(request.key()), Codecs.RESPONSES_REQUEST.encode(request, WireFormat.JSON));
        }
    }

    void put(byte[] key, byte[] value) {
        try (var producer =
                new KafkaProducer<>(clientSettings(Map.of()), new ByteArraySerializer(), new ByteArraySerializer())) {
            producer.send(new ProducerRecord<>(topics.requests("responses"), key, value));
        }
    }

    List<ConsumerRecord<byte[], byte[]>> submitted() {
        try (var consumer = new KafkaConsumer<>(
                clientSettings(Map.of()), new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            var partitions = IntStream.range(0, PARTITIONS)
                    .mapToObj(number -> new TopicPartition(topics.requests("responses"), number))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            var ends = consumer.endOffsets(partitions);
            var records = new ArrayList<ConsumerRecord<byte[], byte[]>>();
            while (partitions.stream().anyMatch(partition -> consumer.position(partition) < ends.get(partition))) {
                consumer.poll(Duration.ofMillis(100)).forEach(records::add);
            }
            return records;
        }
    }
}
