package io.github.genaistreams.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.genaistreams.TestDocuments;
import io.github.genaistreams.model.DocumentRequest;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.monitoring.Monitoring;
import io.github.genaistreams.monitoring.Monitoring.Rule;
import io.github.genaistreams.monitoring.Monitoring.Target;
import io.github.genaistreams.monitoring.Monitoring.Variable;
import io.github.genaistreams.monitoring.PromQl;
import io.github.genaistreams.provider.Secret;
import io.github.genaistreams.sandbox.Fault;
import io.github.genaistreams.sandbox.Latency;
import io.github.genaistreams.sandbox.SandboxSettings;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.ItemKeys;
import io.github.genaistreams.wire.WireFormat;
import io.github.genaistreams.worker.GenAiConfig;
import io.github.genaistreams.worker.Worker;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Rules and dashboard with a real Prometheus that scrapes real workers. Skipped where there is none: {@code prometheus} and {@code
 * promtool} are looked for in {@code PROMETHEUS_HOME} and on the {@code PATH}.
 */
@Tag("long")
class PrometheusTest {

    private static final String JOB = "genai-worker";
    private static final String KEY = "sk-test";

    /** The names that Grafana puts values in place of, as a panel of the last minute would have them. */
    private static final Map<String, String> VARIABLES = Map.of(
            "$__rate_interval", "10s", "$__range", "1m", "$job", JOB, "$instance", ".*", "$api", "documents|responses");

    /** What is 0 while all is well. */
    private static final Set<String> ZEROS =
            Set.of("dead stream threads", "thread failures", "{{instance}} to restore");

    private static final Duration PATIENCE = Duration.ofMinutes(3);

    @TempDir
    Path dir;

    private final HttpClient http = HttpClient.newHttpClient();
    private final byte[] pdf = TestDocuments.pdf("Report", 2);
    private int round;

    @Test
    void rulesAreInOrderAndFireWhenTheyShould() throws Exception {
        String promtool = tool("promtool");
        run(promtool, "check", "rules", Monitoring.RULES.toString());
        run(promtool, "test", "rules", Monitoring.RULES_TEST.toString());
    }

    @Test
    void everyPanelHasDataAndAlertsSeeWhatHappens() throws Exception {
        String prometheus = tool("prometheus");
        SandboxSettings api = SandboxSettings.DEFAULTS
                .withLatency(Latency.parse("uniform:50ms-500ms"))
                .withFaults(Map.of(Fault.SERVER_ERROR, 0.3, Fault.RATE_LIMIT, 0.1, Fault.RESET, 0.05))
                .withRetryAfter(Duration.ofMillis(200))
                .withRequiredKey(new Secret(KEY));
        try (TestCluster cluster = TestCluster.start(api, 2);
                KafkaProducer<byte[], byte[]> producer = cluster.producer()) {
            List<Integer> ports = List.of(freePort(), freePort());
            List<Worker> workers = new ArrayList<>();
            for (int port : ports) {
                workers.add(Worker.start(new GenAiConfig(worker(cluster, port))));
            }
            int port = freePort();
            Process server = start(prometheus, port, ports);
            try {
                await().atMost(PATIENCE)
                        .pollInterval(Duration.ofMillis(500))
                        .ignoreExceptions()
                        .untilAsserted(() -> {
                            feed(cluster, producer);
                            assertThat(panelsWithoutData(port)).isEmpty();
                            assertThat(alerts(port))
                                    .containsExactlyInAnyOrder(
                                            "GenAiCallsFailing",
                                            "GenAiCostAboveLimit",
                                            "GenAiCostUnknown",
                                            "GenAiCredentialRefused",
                                            "GenAiDeadLetters");
                        });
                assertThat(rulesInTrouble(port)).isEmpty();

                awaitNothing(port, "sum by (api, stage) (genai_items_open) > 0");
                // More markers of transactions than GenAiRequestsNotRead allows for would be taken for requests.
                awaitNothing(port, "genai_consumer_lag_records > 2");

                workers.remove(0).close();
                awaitAlerts(port, "GenAiWorkerDown");
                workers.remove(0).close();
                awaitAlerts(port, "GenAiWorkerDown", "GenAiNoWorkerReady");
            } finally {
                workers.forEach(Worker::close);
                server.destroy();
                server.waitFor();
            }
        }
    }

    private Map<String, String> worker(TestCluster cluster, int port) {
        Map<String, String> settings = cluster.workerOfBoth(dir.resolve("state-" + port), 10);
        settings.put(GenAiConfig.HTTP_PORT, Integer.toString(port));
        settings.put(GenAiConfig.OPENAI_API_KEY, KEY);
        settings.put(GenAiConfig.DATALAB_API_KEY, KEY);
        settings.put("openai.requests.per.minute", "600");
        settings.put("openai.credentials", "revoked");
        settings.put("openai.credentials.revoked.api.key", "sk-of-yesterday");
        settings.put("openai.credentials.revoked.base.url", cluster.sandbox().baseUrl());
        // What the lanes of documents do not hold is a backlog.
        settings.put(GenAiConfig.DOCUMENTS_LANE_SLOTS, "1");
        settings.put(GenAiConfig.DOCUMENTS_LANE_CAPACITY, "1");
        settings.put(GenAiConfig.MAX_POLL_RECORDS, "10");
        return settings;
    }

    /** More than is answered in the meantime, and something of all that can go wrong. */
    private void feed(TestCluster cluster, KafkaProducer<byte[], byte[]> producer) {
        String batch = "round-" + round++;
        List<UnaryOperator<ResponsesRequest.Builder>> kinds = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            kinds.add(request -> request.retryDelayMinMs(100));
        }
        kinds.add(request -> request.model("a-model-without-a-price"));
        kinds.add(request -> request.model("another-model-without-a-price"));
        kinds.add(request -> request.credential("revoked"));
        kinds.add(request -> request.background(true));
        for (int index = 0; index < kinds.size(); index++) {
            producer.send(cluster.record(batch, index, kinds.size(), kinds.get(index)));
        }
        for (int index = 0; index < 2; index++) {
            DocumentRequest document = DocumentRequest.builder()
                    .batchId(batch + "-documents")
                    .index(index)
                    .batchSize(2)
                    .document(pdf)
                    .build();
            producer.send(new ProducerRecord<>(
                    cluster.topics().requests("documents"),
                    ItemKeys.encode(new ItemKey(document.batchId(), index)),
                    Codecs.DOCUMENT_REQUEST.encode(document, WireFormat.JSON)));
        }
        producer.send(new ProducerRecord<>(cluster.topics().requests("responses"), "no request".getBytes(UTF_8)));
    }

    private Process start(String prometheus, int port, List<Integer> workers) throws IOException {
        // A limit that is soon passed, and Prometheus in a hurry.
        String rules = Files.readString(Monitoring.RULES);
        assertThat(rules).contains("vector(50)");
        Files.writeString(dir.resolve("alerts.yml"), rules.replace("vector(50)", "vector(0.00001)"));
        String targets =
                workers.stream().map(each -> "'127.0.0.1:" + each + "'").collect(Collectors.joining(", "));
        Path config = Files.writeString(dir.resolve("prometheus.yml"), """
                global:
                  scrape_interval: 1s
                  evaluation_interval: 1s
                rule_files: [alerts.yml]
                scrape_configs:
                  - job_name: %s
                    static_configs:
                      - targets: [%s]
                """.formatted(JOB, targets));
        return new ProcessBuilder(
                        prometheus,
                        "--config.file=" + config,
                        "--storage.tsdb.path=" + dir.resolve("prometheus"),
                        "--web.listen-address=127.0.0.1:" + port)
                .redirectErrorStream(true)
                .redirectOutput(dir.resolve("prometheus.log").toFile())
                .start();
    }

    /** Panels and their expressions whose result is empty, has no number in it, or does not move where it should. */
    private List<String> panelsWithoutData(int port) throws IOException {
        List<String> without = new ArrayList<>();
        for (Target target : Monitoring.targets()) {
            double most = query(port, withValues(target.expression())).stream()
                    .mapToDouble(series -> series.at("/value/1").asDouble(Double.NaN))
                    .filter(value -> !Double.isNaN(value))
                    .max()
                    .orElse(-1);
            if (most < 0 || most == 0 && !ZEROS.contains(target.legend())) {
                without.add(target.panel() + ", " + target.legend());
            }
        }
        for (Variable variable : Monitoring.variables()) {
            if (query(port, withValues(variable.expression())).stream()
                    .noneMatch(series -> series.get("metric").has(variable.label()))) {
                without.add("variable " + variable.name());
            }
        }
        return without;
    }

    private static String withValues(PromQl expression) {
        String text = expression.text();
        for (Map.Entry<String, String> variable : VARIABLES.entrySet()) {
            text = text.replace(variable.getKey(), variable.getValue());
        }
        assertThat(text).doesNotContain("$");
        return text;
    }

    private void awaitNothing(int port, String expression) {
        await().atMost(PATIENCE)
                .pollInterval(Duration.ofSeconds(1))
                .untilAsserted(() -> assertThat(query(port, expression)).isEmpty());
    }

    private void awaitAlerts(int port, String... names) {
        await().atMost(PATIENCE).pollInterval(Duration.ofSeconds(1)).untilAsserted(() -> assertThat(alerts(port))
                .contains(names));
    }

    /** Alerts whose expression is true, however long that has to last. */
    private Set<String> alerts(int port) throws IOException {
        Set<String> alerts = new TreeSet<>();
        for (Rule rule : Monitoring.rules()) {
            if (rule.isAlert() && !query(port, rule.expression().text()).isEmpty()) {
                alerts.add(rule.name());
            }
        }
        return alerts;
    }

    private List<String> rulesInTrouble(int port) throws IOException {
        return stream(get(port, "rules").at("/data/groups"))
                .flatMap(group -> stream(group.get("rules")))
                .filter(rule -> !rule.get("health").asText().equals("ok"))
                .map(JsonNode::toString)
                .toList();
    }

    private List<JsonNode> query(int port, String expression) {
        JsonNode answer = get(port, "query?query=" + URLEncoder.encode(expression, UTF_8));
        assertThat(answer.get("status").asText()).as(expression + answer).isEqualTo("success");
        return stream(answer.at("/data/result")).toList();
    }

    private JsonNode get(int port, String path) {
        URI address = URI.create("http://127.0.0.1:" + port + "/api/v1/" + path);
        try {
            return new ObjectMapper()
                    .readTree(http.send(HttpRequest.newBuilder(address).build(), HttpResponse.BodyHandlers.ofString())
                            .body());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    private static void run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
    }

    private static String tool(String name) {
        Optional<Path> found = Stream.concat(
                        Stream.ofNullable(System.getenv("PROMETHEUS_HOME")),
                        Stream.of(System.getenv("PATH").split(java.io.File.pathSeparator)))
                .map(directory -> Path.of(directory, name))
                .filter(Files::isExecutable)
                .findFirst();
        assumeTrue(
                found.isPresent(),
                "Skipped: there is no " + name
                        + ". Set PROMETHEUS_HOME to the directory of a Prometheus, or put it on the PATH.");
        return found.orElseThrow().toString();
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static Stream<JsonNode> stream(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false);
    }
}
