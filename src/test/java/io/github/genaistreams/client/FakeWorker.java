package io.github.genaistreams.client;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.genaistreams.model.BatchStatus;
import io.github.genaistreams.model.BatchStatus.State;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.model.Usage;
import io.github.genaistreams.wire.BatchPartitioner;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.ItemKeys;
import io.github.genaistreams.wire.Topics;
import io.github.genaistreams.wire.WireFormat;
import io.github.genaistreams.wire.WireHeaders;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Writes results as a worker does: transactionally, a batch in one partition. */
public final class FakeWorker implements AutoCloseable {

    private static final CallError ERROR = new CallError("Try later", "server_error", "busy", null, true, 500);

    private final KafkaProducer<byte[], byte[]> producer;
    private final Topics topics;
    private final int partitions;

    public FakeWorker(String bootstrapServers, Topics topics, int partitions) {
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

    public void answers(String batchId, Integer size, int... indexes) {
        answersWith("answer", batchId, size, indexes);
    }

    void answersWith(String text, String batchId, Integer size, int... indexes) {
        producer.beginTransaction();
        send(text, batchId, size, indexes);
        producer.commitTransaction();
    }

    /** What came of an item that was explicitly submitted again. */
    public void answersAgain(String batchId, Integer size, int index, boolean success) {
        producer.beginTransaction();
        CallResult result = result("again", batchId, size, index).toBuilder()
                .success(success)
                .outputText(success ? "again " + index : null)
                .error(success ? null : ERROR)
                .build();
        var record = record(result);
        record.headers().add(WireHeaders.RETRY, "r".getBytes(UTF_8));
        producer.send(record);
        producer.commitTransaction();
    }

    public void fails(String batchId, Integer size, int... indexes) {
        producer.beginTransaction();
        for (int index : indexes) {
            producer.send(record(result("", batchId, size, index).toBuilder()
                    .success(false)
                    .outputText(null)
                    .error(ERROR)
                    .build()));
        }
        producer.commitTransaction();
    }

    /** How far a batch is. */
    void says(String batchId, State state, Integer total, int succeeded, int failed) {
        says(batchId, state, total, succeeded, failed, Instant.now(), 0);
    }

    void says(String batchId, State state, Integer total, int succeeded, int failed, Instant submittedAt) {
        says(batchId, state, total, succeeded, failed, submittedAt, 0);
    }

    /** The same, of one that stays incomplete if it has dead letters. */
    void says(
            String batchId,
            State state,
            Integer total,
            int succeeded,
            int failed,
            Instant submittedAt,
            long deadLetters) {
        var status = new BatchStatus(
                batchId,
                "responses",
                state,
                total,
                succeeded,
                failed,
                Map.of(),
                0,
                0,
                succeeded + failed,
                0,
                Usage.NONE,
                BigDecimal.ZERO,
                0,
                0,
                0L,
                0L,
                deadLetters,
                deadLetters == 0 ? null : "`index` is missing",
                deadLetters > 0,
                null,
                null,
                submittedAt,
                Instant.now(),
                Instant.now(),
                state == State.RUNNING ? null : Instant.now());
        writesStatus(batchId, new String(Codecs.BATCH_STATUS.encode(status, WireFormat.JSON), UTF_8));
    }

    /** A status, whoever writes such a one. */
    void writesStatus(String batchId, String status) {
        producer.beginTransaction();
        producer.send(new ProducerRecord<>(
                topics.batches(),
                BatchPartitioner.partition(batchId, partitions),
                batchId.getBytes(UTF_8),
                status.getBytes(UTF_8)));
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
        writes(batchId, key, value.getBytes(UTF_8));
    }

    void writes(String batchId, byte[] key, byte[] value) {
        producer.beginTransaction();
        send(batchId, key, value);
        producer.commitTransaction();
    }

    private void send(String text, String batchId, Integer size, int... indexes) {
        for (int index : indexes) {
            producer.send(record(result(text, batchId, size, index)));
        }
    }

    static CallResult result(String text, String batchId, Integer size, int index) {
        return CallResult.builder(new ItemKey(batchId, index), "responses")
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
    }

    private ProducerRecord<byte[], byte[]> record(CallResult result) {
        return new ProducerRecord<>(
                topics.results(),
                BatchPartitioner.partition(result.batchId(), partitions),
                ItemKeys.encode(result.key()),
                Codecs.CALL_RESULT.encode(result, WireFormat.JSON));
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
