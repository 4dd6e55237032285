package io.github.genaistreams.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.embedded.LocalKafka;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.sandbox.ApiSandbox;
import io.github.genaistreams.sandbox.SandboxSettings;
import io.github.genaistreams.topology.topic.TopicSetup;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.ItemKeys;
import io.github.genaistreams.wire.Topics;
import io.github.genaistreams.wire.WireFormat;
import io.github.genaistreams.worker.GenAiConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** A real broker with the topics, and an API sandbox: everything but a worker. */
public final class TestCluster implements AutoCloseable {

    static final int RECORD_MAX_BYTES = 12 << 20;

    private final LocalKafka kafka;
    private final ApiSandbox sandbox;
    private final Topics topics = Topics.withDefaultPrefix();
    private final int partitions;

    private TestCluster(LocalKafka kafka, ApiSandbox sandbox, int partitions) {
        this.kafka = kafka;
        this.sandbox = sandbox;
        this.partitions = partitions;
    }

    static TestCluster start(SandboxSettings sandbox, int partitions) {
        return start(sandbox, partitions, Map.of());
    }

    /** With further settings of the broker. */
    static TestCluster start(SandboxSettings sandbox, int partitions, Map<String, String> broker) {
        return start(sandbox, partitions, LocalKafka.Options.temporary().withBroker(broker));
    }

    static TestCluster start(SandboxSettings sandbox, int partitions, LocalKafka.Options broker) {
        LocalKafka kafka = LocalKafka.start(broker);
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()))) {
            new TopicSetup(admin, Topics.withDefaultPrefix(), RECORD_MAX_BYTES, Duration.ofSeconds(15))
                    .create(partitions, -1);
        }
        return new TestCluster(kafka, ApiSandbox.start(sandbox), partitions);
    }

    LocalKafka kafka() {
        return kafka;
    }

    public ApiSandbox sandbox() {
        return sandbox;
    }

    Topics topics() {
        return topics;
    }

    /** What the broker has noted of transactions so far: each makes it more. */
    long transactionSteps() {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()))) {
            String topic = "__transaction_state";
            int partitions = admin.describeTopics(Set.of(topic))
                    .allTopicNames()
                    .get()
                    .get(topic)
                    .partitions()
                    .size();
            Map<TopicPartition, OffsetSpec> all = IntStream.range(0, partitions)
                    .boxed()
                    .collect(Collectors.toMap(p -> new TopicPartition(topic, p), p -> OffsetSpec.latest()));
            return admin.listOffsets(all).all().get().values().stream()
                    .mapToLong(ListOffsetsResult.ListOffsetsResultInfo::offset)
                    .sum();
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Settings of a worker on this cluster that calls responses; may be changed. */
    Map<String, String> worker(Path stateDir, int slots) {
        Map<String, String> settings = settings(stateDir);
        settings.put(GenAiConfig.OPENAI_BASE_URL, sandbox.baseUrl());
        settings.put(GenAiConfig.OPENAI_API_KEY, "sk-test");
        settings.put(GenAiConfig.LANE_SLOTS, Integer.toString(slots));
        return settings;
    }

    /** The same, of one that calls documents. */
    Map<String, String> documentWorker(Path stateDir, int slots) {
        Map<String, String> settings = settings(stateDir);
        settings.put(GenAiConfig.DATALAB_API_URL, sandbox.datalabUrl());
        settings.put(GenAiConfig.DATALAB_API_KEY, "dl-test");
        // The sandbox has no limit; with the usual one, a hundred documents take half a minute.
        settings.put("datalab.requests.per.minute", "0");
        settings.put(GenAiConfig.DOCUMENTS_LANE_SLOTS, Integer.toString(slots));
        return settings;
    }

    /** The same, of one that calls both: each API takes time to start. */
    Map<String, String> workerOfBoth(Path stateDir, int slots) {
        Map<String, String> settings = worker(stateDir, slots);
        settings.putAll(documentWorker(stateDir, slots));
        return settings;
    }

    private Map<String, String> settings(Path stateDir) {
        Map<String, String> settings = new HashMap<>();
        settings.put(GenAiConfig.BOOTSTRAP_SERVERS, kafka.bootstrapServers());
        settings.put(GenAiConfig.DOCUMENT_STORE, stateDir.resolve("documents").toString());
        settings.put(GenAiConfig.STATE_DIR, stateDir.toString());
        settings.put(GenAiConfig.LOG_SUMMARY_INTERVAL_MS, "500");
        return settings;
    }

    /** Writes a batch as any producer could, evenly over the partitions. */
    void submit(String batchId, int count, UnaryOperator<ResponsesRequest.Builder> change) {
        submit(batchId, 0, count, count, change);
    }

    /** Writes items of a batch of which nobody knows yet how large it will be. */
    void submit(String batchId, int from, int to) {
        submit(batchId, from, to, null, r -> r);
    }

    private void submit(
            String batchId, int from, int to, Integer size, UnaryOperator<ResponsesRequest.Builder> change) {
        List<Exception> failures = new CopyOnWriteArrayList<>();
        try (var producer = producer()) {
            for (int index = from; index < to; index++) {
                producer.send(record(batchId, index, size, change), (metadata, e) -> {
                    if (e != null) {
                        failures.add(e);
                    }
                });
            }
        }
        assertThat(failures).isEmpty();
    }

    ProducerRecord<byte[], byte[]> record(
            String batchId, int index, Integer size, UnaryOperator<ResponsesRequest.Builder> change) {
        ResponsesRequest request = change.apply(ResponsesRequest.builder()
                        .batchId(batchId)
                        .index(index)
                        .batchSize(size)
                        .model("gpt-4o-mini")
                        .userPrompt("Question " + index))
                .build();
        return new ProducerRecord<>(
                topics.requests("responses"),
                index % partitions,
                ItemKeys.encode(new ItemKey(batchId, index)),
                Codecs.RESPONSES_REQUEST.encode(request, WireFormat.JSON));
    }

    KafkaProducer<byte[], byte[]> producer() {
        return new KafkaProducer<>(
                Map.of("bootstrap.servers", kafka.bootstrapServers(), "max.request.size", RECORD_MAX_BYTES + (1 << 20)),
                new ByteArraySerializer(),
                new ByteArraySerializer());
    }

    SeenRecords results() {
        return SeenRecords.of(kafka.bootstrapServers(), topics.results());
    }

    /** The records of a topic, as they are. */
    SeenRecords raw(String topic) {
        return SeenRecords.raw(kafka.bootstrapServers(), topic);
    }

    SeenRecords deadLetters() {
        return SeenRecords.of(kafka.bootstrapServers(), topics.deadLetters());
    }

    @Override
    public void close() {
        sandbox.close();
        kafka.close();
    }
}
