package io.github.genaistreams.e2e;

import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.genaistreams.MostlyWaits;
import io.github.genaistreams.client.BatchClient;
import io.github.genaistreams.model.BatchControl;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.sandbox.Fault;
import io.github.genaistreams.sandbox.SandboxSettings;
import io.github.genaistreams.wire.WireFormat;
import io.github.genaistreams.worker.GenAiConfig;
import io.github.genaistreams.worker.Worker;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.record.internal.FileRecords;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * How the record batches of all our topics are compressed, as the broker has them on its disk. Some clients (kafkajs, for one)
 * fail at the first record of a codec that they need a plug-in for: all but none and gzip.
 */
class CompressionTest {

    private static final int REQUESTS = 30;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    Path dir;

    /** The second row is what an environment with GENAI_KAFKA_COMPRESSION_TYPE=none makes of a worker and of a client. */
    @MostlyWaits
    @ParameterizedTest
    @CsvSource({"compression.type,,GZIP", "compression.type,none,NONE", "producer.compression.type,lz4,LZ4"})
    void writesEveryTopicAsTheSettingSaysAndWithoutItSoThatEveryClientReadsIt(String key, String type, String codec)
            throws IOException {
        try (TestCluster cluster = TestCluster.start(faulty(), 2);
                SeenRecords results = cluster.results()) {
            Map<String, String> settings = cluster.worker(dir.resolve("state"), 10);
            settings.put(GenAiConfig.DELTAS_ENABLED, "true");
            settings.put(GenAiConfig.RESULTS_ORDERED, "true");
            if (type != null) {
                settings.put(GenAiConfig.KAFKA_PREFIX + key, type);
            }
            writeToAllTopics(cluster, results, new GenAiConfig(settings));

            Map<String, Set<String>> codecs = codecs(cluster.kafka().dataDir());
            assertThat(codecs)
                    .containsKeys(
                            "genai.responses.requests",
                            "genai.responses.retries",
                            "genai.results",
                            "genai.results.ordered",
                            "genai.batches",
                            "genai.control",
                            "genai.deltas",
                            "genai.dead-letters",
                            "genai-worker-responses-journal-changelog",
                            "genai-worker-responses-progress-changelog");
            assertThat(codecs).allSatisfy((topic, found) -> assertThat(found).containsExactly(codec));
        }
    }

    private static SandboxSettings faulty() {
        return SandboxSettings.DEFAULTS
                .withFaults(Map.of(Fault.SERVER_ERROR, 0.3))
                .withRetryAfter(Duration.ofMillis(20));
    }

    private static void writeToAllTopics(TestCluster cluster, SeenRecords results, GenAiConfig config) {
        try (Worker worker = Worker.start(config);
                var client = new BatchClient(config.kafka().client(), config.topics(), WireFormat.JSON)) {
            List<ResponsesRequest> requests = IntStream.range(0, REQUESTS)
                    .mapToObj(i -> ResponsesRequest.builder().model("gpt-4o-mini").userPrompt("Question " + i).stream(
                                    true)
                            .maxRetries(20)
                            .retryDelayMinMs(20)
                            .build())
                    .toList();
            client.submit("codecs", requests);
            client.control(BatchControl.of("nobody").withCancel());
            client.submit("garbage-follows", requests.subList(0, 1));
            sendGarbage(cluster);
            results.readUntil(() -> results.items() == REQUESTS + 1, PATIENCE);
            try (SeenRecords letters = cluster.deadLetters();
                    SeenRecords ordered = SeenRecords.of(
                            cluster.kafka().bootstrapServers(), cluster.topics().resultsOrdered())) {
                letters.readUntil(() -> !letters.records().isEmpty(), PATIENCE);
                ordered.readUntil(() -> ordered.records().size() == REQUESTS + 1, PATIENCE);
            }
            assertThat(worker.hasFailed()).isFalse();
        }
    }

    /** Somebody else's record, of which our own dead letter is made; its producer has no ID, so that it can be told apart. */
    private static void sendGarbage(TestCluster cluster) {
        try (var producer = new KafkaProducer<>(
                Map.<String, Object>of(
                        "bootstrap.servers", cluster.kafka().bootstrapServers(), "enable.idempotence", false),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            producer.send(new ProducerRecord<>(cluster.topics().requests("responses"), 0, null, new byte[] {1}));
        }
    }

    /** By topic; without Kafka's own, and without markers of transactions, which are never compressed. */
    private static Map<String, Set<String>> codecs(Path dataDir) throws IOException {
        Map<String, Set<String>> codecs = new TreeMap<>();
        try (var files = Files.walk(dataDir)) {
            Set<Path> segments =
                    files.filter(file -> file.toString().endsWith(".log")).collect(toSet());
            for (Path segment : segments) {
                String topic = segment.getParent().getFileName().toString().replaceFirst("-\\d+$", "");
                if (topic.startsWith("genai")) {
                    codecs.computeIfAbsent(topic, t -> new TreeSet<>()).addAll(codecsOf(segment));
                }
            }
        }
        codecs.values().removeIf(Set::isEmpty);
        return codecs;
    }

    private static Set<String> codecsOf(Path segment) throws IOException {
        Set<String> codecs = new TreeSet<>();
        try (FileRecords records = FileRecords.open(segment.toFile(), false)) {
            records.batches().forEach(batch -> {
                if (!batch.isControlBatch() && batch.hasProducerId()) {
                    codecs.add(batch.compressionType().name());
                }
            });
        }
        return codecs;
    }

    /** The real thing, where Node.js and a package registry answer; what it depends on is tested everywhere by the one above. */
    @Test
    @Tag("long")
    void letsPlainKafkajsReadTheResults() throws Exception {
        Path script = Files.writeString(dir.resolve("read.js"), """
                const { Kafka, logLevel } = require('kafkajs');
                const [broker, wanted] = process.argv.slice(2);
                const consumer = new Kafka({ brokers: [broker], logLevel: logLevel.ERROR }).consumer({ groupId: 'reader' });
                let read = 0;
                consumer.on('consumer.crash', e => { console.log('crash', e.payload.error.message); process.exit(1); });
                (async () => {
                  await consumer.connect();
                  await consumer.subscribe({ topics: ['genai.results'], fromBeginning: true });
                  await consumer.run({ eachMessage: async ({ message }) => {
                    const result = JSON.parse(message.value.toString());
                    console.log(result.batch_id, result.index, result.success);
                    if (++read == wanted) process.exit(0);
                  } });
                })();
                """);
        assumeTrue(
                run(List.of("npm", "install", "--no-audit", "--no-fund", "kafkajs@2.2.4"), 120)
                        .isPresent(),
                "Node.js or its package registry does not answer: kafkajs is not tried");

        try (TestCluster cluster = TestCluster.start(SandboxSettings.DEFAULTS, 2);
                SeenRecords results = cluster.results();
                Worker worker = Worker.start(new GenAiConfig(cluster.worker(dir.resolve("state"), 10)))) {
            cluster.submit("for-node", REQUESTS, r -> r);
            results.readUntil(() -> results.items() == REQUESTS, PATIENCE);
            String read = run(
                            List.of(
                                    "node",
                                    script.toString(),
                                    cluster.kafka().bootstrapServers(),
                                    Integer.toString(REQUESTS)),
                            60)
                    .orElseThrow();

            assertThat(read.lines())
                    .containsExactlyInAnyOrderElementsOf(IntStream.range(0, REQUESTS)
                            .mapToObj(i -> "for-node " + i + " true")
                            .toList());
            assertThat(worker.hasFailed()).isFalse();
        }
    }

    /** What it printed, if it exists and ends well within that time. */
    private Optional<String> run(List<String> command, int seconds) throws InterruptedException {
        Path output = dir.resolve("output.txt");
        Process process;
        try {
            process = new ProcessBuilder(command)
                    .directory(dir.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
        } catch (IOException e) {
            return Optional.empty();
        }
        boolean ended = process.waitFor(seconds, TimeUnit.SECONDS);
        process.destroyForcibly().waitFor();
        try {
            return ended && process.exitValue() == 0 ? Optional.of(Files.readString(output)) : Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
