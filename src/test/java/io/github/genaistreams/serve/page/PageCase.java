package io.github.genaistreams.serve.page;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.genaistreams.client.BatchClient;
import io.github.genaistreams.embedded.LocalKafka;
import io.github.genaistreams.model.BatchControl;
import io.github.genaistreams.model.BatchStatus;
import io.github.genaistreams.model.BatchStatus.State;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.model.Usage;
import io.github.genaistreams.model.Waiting;
import io.github.genaistreams.serve.http.HttpListener;
import io.github.genaistreams.serve.http.Keys;
import io.github.genaistreams.serve.http.RequestThreads;
import io.github.genaistreams.serve.http.Router;
import io.github.genaistreams.wire.BatchPartitioner;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.ItemKeys;
import io.github.genaistreams.wire.Topics;
import io.github.genaistreams.wire.WireFormat;
import io.github.genaistreams.wire.WireHeaders;
import io.github.genaistreams.worker.CredentialLimits;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.math.BigDecimal;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** The page on a port, with topics of its own and what workers would write to them. */
final class PageCase implements AutoCloseable {

    static final CallError ERROR = new CallError(
            "Your prompt was flagged. <img src=x onerror=\"document.title='taken'\">",
            "invalid_request_error",
            "invalid_prompt",
            null,
            false,
            400);

    private static final int PARTITIONS = 2;
    private static final ObjectMapper MAPPER = new ObjectMapper();

    /** When the batches of a test began. */
    final Instant start = Instant.now().truncatedTo(ChronoUnit.MILLIS).minusSeconds(600);

    final Topics topics = new Topics(UUID.randomUUID() + ".");
    final Map<String, String> owners = new HashMap<>();
    final Map<String, ListedBatch> early = new ConcurrentHashMap<>();
    final Set<String> cancelled = ConcurrentHashMap.newKeySet();
    final BatchClient client;
    private final String bootstrapServers;
    private final KafkaProducer<byte[], byte[]> producer;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Page page;
    private final HttpListener listener;
    private final HttpClient http = HttpClient.newHttpClient();

    /** @param interval of the streams */
    PageCase(LocalKafka kafka, Optional<Keys> keys, Duration interval) throws Exception {
        bootstrapServers = kafka.bootstrapServers();
        Map<String, Object> settings = Map.of("bootstrap.servers", bootstrapServers);
        try (Admin admin = Admin.create(settings)) {
            admin.createTopics(
                            List.of(topics.requests("responses"), topics.results(), topics.batches(), topics.control())
                                    .stream()
                                    .map(topic -> new NewTopic(topic, PARTITIONS, (short) 1))
                                    .toList())
                    .all()
                    .get(20, TimeUnit.SECONDS);
        }
        producer = new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
        client = new BatchClient(settings, topics, WireFormat.JSON);
        var limits = List.of(new CredentialLimits("openai", "default", 0, 500, 200_000));
        page = new Page(
                client, new Register(), new Workers(settings, group(), topics, limits), new EventStreams(interval));
        var router = new Router(keys, Set.of(), RequestThreads.on(threads));
        page.addTo(router);
        listener = new HttpListener("127.0.0.1", 0, router);
    }

    /** As if these batches had been submitted to the server. */
    private final class Register implements BatchRegister {

        @Override
        public Optional<String> ownerOf(String batchId) {
            return Optional.ofNullable(owners.get(batchId));
        }

        @Override
        public Optional<ListedBatch> find(String batchId) {
            return Optional.ofNullable(early.get(batchId));
        }

        @Override
        public Stream<ListedBatch> batchesBut(Set<String> batchIds) {
            return early.values().stream().filter(batch -> !batchIds.contains(batch.id()));
        }

        @Override
        public boolean cancel(String batchId) {
            return early.containsKey(batchId) && cancelled.add(batchId);
        }
    }

    URI uri(String path) {
        return URI.create("http://127.0.0.1:" + listener.port() + path);
    }

    BatchStatus running(String batchId, Integer total, int succeeded, int failed) {
        return status(batchId, State.RUNNING, total, succeeded, failed, null, start);
    }

    BatchStatus done(String batchId, int succeeded, int failed, Instant submittedAt) {
        return status(batchId, State.COMPLETED, succeeded + failed, succeeded, failed, null, submittedAt);
    }

    /** Publishes a status. */
    BatchStatus status(
            String batchId,
            State state,
            Integer total,
            int succeeded,
            int failed,
            Waiting waiting,
            Instant submittedAt) {
        int received = succeeded + failed;
        var status = new BatchStatus(
                batchId,
                "responses",
                state,
                total,
                succeeded,
                failed,
                failed == 0 ? Map.of() : Map.of("invalid_prompt", (long) failed),
                0,
                0,
                received,
                0,
                new Usage(400L * received, Map.of(), 100L * received, Map.of(), 500L * received),
                new BigDecimal("0.000125").multiply(BigDecimal.valueOf(received)),
                125L * received,
                0,
                0L,
                0L,
                0L,
                null,
                false,
                null,
                waiting,
                submittedAt,
                submittedAt.plusSeconds(1),
                submittedAt.plusSeconds(300),
                state == State.RUNNING ? null : submittedAt.plusSeconds(300));
        put(topics.batches(), batchId, batchId.getBytes(UTF_8), Codecs.BATCH_STATUS.encode(status, WireFormat.JSON));
        return status;
    }

    /** Publishes results; every tenth fails. */
    void results(String batchId, int size, int from, int to) {
        for (int index = from; index < to; index++) {
            boolean success = index % 10 != 9;
            var result = CallResult.builder(new ItemKey(batchId, index), "responses")
                    .batchSize(size)
                    .success(success)
                    .finish(success ? "completed" : null)
                    .outputText(
                            success ? "Answer " + index + " <b>with</b> <script>document.title='taken'</script>" : null)
                    .error(success ? null : ERROR)
                    .usage(new Usage(400, Map.of(), 100, Map.of(), 500))
                    .cost(new BigDecimal("0.000125"))
                    .attempts(1 + index % 3)
                    .model("model")
                    .processingTimeSecs(1.25)
                    .submittedAt(start)
                    .completedAt(start.plusMillis(index * 200L))
                    .build();
            var record = new ProducerRecord<>(
                    topics.results(),
                    BatchPartitioner.partition(batchId, PARTITIONS),
                    ItemKeys.encode(result.key()),
                    Codecs.CALL_RESULT.encode(result, WireFormat.JSON));
            record.headers().add(WireHeaders.CUSTOM_ID, ("row-" + index).getBytes(UTF_8));
            producer.send(record);
        }
        producer.flush();
    }

    void bound(String batchId, String maxCostUsd) {
        var control = BatchControl.of(batchId).withBudget(new BigDecimal(maxCostUsd), null);
        put(topics.control(), batchId, batchId.getBytes(UTF_8), Codecs.BATCH_CONTROL.encode(control, WireFormat.JSON));
    }

    /** A request of the batch. */
    void request(String batchId, int index, int size) {
        var request = ResponsesRequest.builder()
                .model("model")
                .userPrompt("prompt")
                .batchId(batchId)
                .index(index)
                .batchSize(size)
                .build();
        put(
                topics.requests("responses"),
                batchId,
                ItemKeys.encode(request.key()),
                Codecs.RESPONSES_REQUEST.encode(request, WireFormat.JSON));
    }

    /** A member of the workers' group; poll it. */
    Consumer<byte[], byte[]> worker() {
        var consumer = new KafkaConsumer<>(
                Map.of(
                        "bootstrap.servers",
                        bootstrapServers,
                        "group.id",
                        group(),
                        "client.id",
                        "genai-7-StreamThread-1-consumer",
                        "enable.auto.commit",
                        false),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer());
        consumer.subscribe(List.of(topics.requests("responses")));
        consumer.poll(Duration.ofMillis(50));
        return consumer;
    }

    private String group() {
        return "group-" + topics.prefix();
    }

    private void put(String topic, String batchId, byte[] key, byte[] value) {
        producer.send(new ProducerRecord<>(topic, BatchPartitioner.partition(batchId, PARTITIONS), key, value));
        producer.flush();
    }

    HttpResponse<String> get(String path, String... headers) throws Exception {
        var request = HttpRequest.newBuilder(uri(path)).timeout(Duration.ofSeconds(30));
        return send(headers.length == 0 ? request : request.headers(headers));
    }

    HttpResponse<String> post(String path, String body, String... headers) throws Exception {
        var request = HttpRequest.newBuilder(uri(path))
                .timeout(Duration.ofSeconds(30))
                .POST(HttpRequest.BodyPublishers.ofString(body));
        return send(headers.length == 0 ? request : request.headers(headers));
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    /** A successful answer. */
    JsonNode json(String path, String... headers) throws Exception {
        HttpResponse<String> answer = get(path, headers);
        if (answer.statusCode() != 200) {
            throw new AssertionError(path + ": " + answer.statusCode() + " " + answer.body());
        }
        return MAPPER.readTree(answer.body());
    }

    static JsonNode error(HttpResponse<String> answer) throws Exception {
        return MAPPER.readTree(answer.body()).get("error");
    }

    /** The events of an open stream. */
    final class Events implements AutoCloseable {

        private final BufferedReader lines;

        Events(String path, String... headers) throws Exception {
            lines = new BufferedReader(new InputStreamReader(
                    http.send(
                                    HttpRequest.newBuilder(uri(path))
                                            .headers(headers)
                                            .build(),
                                    HttpResponse.BodyHandlers.ofInputStream())
                            .body(),
                    UTF_8));
        }

        /** The next one; waits for it. */
        JsonNode next() throws Exception {
            List<String> event = new ArrayList<>();
            for (String line = lines.readLine(); !line.isEmpty(); line = lines.readLine()) {
                event.add(line);
            }
            return MAPPER.readTree(String.join("", event).substring("data: ".length()));
        }

        @Override
        public void close() throws Exception {
            lines.close();
        }
    }

    @Override
    public void close() {
        page.close();
        listener.close();
        threads.shutdownNow();
        client.close();
        producer.close();
    }
}
