package io.github.genaistreams.client;

import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.model.Usage;
import io.github.genaistreams.wire.BatchPartitioner;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.ItemKeys;
import io.github.genaistreams.wire.Topics;
import io.github.genaistreams.wire.WireFormat;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Writes results as a worker does: transactionally, a batch in one partition. */
final class FakeWorker implements AutoCloseable {

    private final KafkaProducer<byte[], byte[]> producer;
    private final Topics topics;
    private final int partitions;

    FakeWorker(String bootstrapServers, Topics topics, int partitions) {
        this.topics = topics;
        this.partitions = partitions;
        producer = new KafkaProducer<>(
                Map.of(
                        "bootstrap.servers",
                        bootstrapServers,
                        "transactional.id",
                        UUID.randomUUID().toString()),
                new ByteArraySerializer(),
                new ByteArraySerializer());
        producer.initTransactions();
    }

    void answers(String batchId, Integer size, int... indexes) {
        answersWith("answer", batchId, size, indexes);
    }

    void answersWith(String text, String batchId, Integer size, int... indexes) {
        producer.beginTransaction();
        send(text, batchId, size, indexes);
        producer.commitTransaction();
    }

    void failsToCommit(String batchId, Integer size, int... indexes) {
        producer.beginTransaction();
        send("aborted", batchId, size, indexes);
        producer.flush();
        producer.abortTransaction();
    }

    /** A record that no worker writes. */
    void writes(String batchId, byte[] key, String value) {
        producer.beginTransaction();
        send(batchId, key, value.getBytes());
        producer.commitTransaction();
    }

    private void send(String text, String batchId, Integer size, int... indexes) {
        for (int index : indexes) {
            var result = CallResult.builder(new ItemKey(batchId, index), "responses")
                    .batchSize(size)
                    .success(true)
                    .finish("completed")
                    .outputText(text + " " + index)
                    .usage(new Usage(1, Map.of(), 2, Map.of(), 3))
                    .attempts(1)
                    .model("model")
                    .processingTimeSecs(0.1)
                    .submittedAt(Instant.now())
                    .completedAt(Instant.now())
                    .build();
            send(
                    batchId,
                    ItemKeys.encode(new ItemKey(batchId, index)),
                    Codecs.CALL_RESULT.encode(result, WireFormat.JSON));
        }
    }

    private Future<RecordMetadata> send(String batchId, byte[] key, byte[] value) {
        int partition = BatchPartitioner.partition(batchId, partitions);
        return producer.send(new ProducerRecord<>(topics.results(), partition, key, value));
    }

    @Override
    public void close() {
        producer.close();
    }
}
