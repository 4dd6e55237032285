package io.github.genaistreams.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.exception.NotFoundException;
import io.github.genaistreams.client.BatchClient;
import io.github.genaistreams.client.BatchHandle;
import io.github.genaistreams.client.read.BatchResults;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.sandbox.ApiSandbox;
import io.github.genaistreams.sandbox.Fault;
import io.github.genaistreams.sandbox.SandboxSettings;
import io.github.genaistreams.topology.topic.TopicSetup;
import io.github.genaistreams.wire.Topics;
import io.github.genaistreams.worker.GenAiConfig;
import io.github.genaistreams.worker.Worker;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.Network;
import org.testcontainers.containers.startupcheck.OneShotStartupCheckStrategy;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.kafka.KafkaContainer;
import org.testcontainers.utility.DockerImageName;

/** The main job on a Kafka as it is shipped, where Docker answers; everywhere else the same is tested in-process. */
@EnabledIf(value = "dockerAnswers", disabledReason = "Docker does not answer")
class ContainerKafkaTest {

    private static final int REQUESTS = 200;
    private static final String IMAGE = "genai-streams";
    private static final int SANDBOX_PORT = 8089;
    private static final int HTTP_PORT = 9464;
    private static final Duration START = Duration.ofMinutes(2);

    @TempDir
    Path dir;

    static boolean dockerAnswers() {
        return DockerClientFactory.instance().isDockerAvailable();
    }

    @Test
    void answersABatchInOrderOnAKafkaInAContainer() {
        SandboxSettings api = SandboxSettings.DEFAULTS
                .withFaults(Map.of(Fault.RATE_LIMIT, 0.1, Fault.SERVER_ERROR, 0.1))
                .withRetryAfter(Duration.ofMillis(100));
        try (KafkaContainer kafka = kafka();
                ApiSandbox sandbox = ApiSandbox.start(api)) {
            kafka.start();
            Map<String, Object> connection = Map.of("bootstrap.servers", kafka.getBootstrapServers());
            try (Admin admin = Admin.create(connection)) {
                new TopicSetup(admin, Topics.withDefaultPrefix(), 12 << 20, Duration.ofSeconds(30)).create(4, 1);
            }
            Map<String, String> settings = Map.of(
                    GenAiConfig.BOOTSTRAP_SERVERS, kafka.getBootstrapServers(),
                    GenAiConfig.OPENAI_BASE_URL, sandbox.baseUrl(),
                    GenAiConfig.OPENAI_API_KEY, "sk-test",
                    GenAiConfig.STATE_DIR, dir.toString());
            try (Worker worker = Worker.start(new GenAiConfig(settings));
                    BatchClient client = new BatchClient(connection)) {
                assertInOrder(client.submit(BatchClient.newBatchId(), requests(REQUESTS)), REQUESTS);
                assertThat(worker.hasFailed()).isFalse();
            }
        }
    }

    /**
     * The image as it is hardest to run: any user of group 0, a root that cannot be written, a /tmp from which nothing can be executed. A
     * worker is stopped in the middle of a batch and started again.
     */
    @Test
    void answersABatchOfEveryCompressionAsAnImage() throws IOException {
        assumeTrue(imageIsBuilt(), "There is no image " + IMAGE + ". Make it: docker build -t " + IMAGE + " .");
        try (Network network = Network.newNetwork();
                KafkaContainer kafka = kafka().withNetwork(network).withListener("kafka:19092");
                GenericContainer<?> topics = program(network, "topics", "create", "--partitions", "4");
                GenericContainer<?> sandbox = program(
                        network,
                        "sandbox",
                        "--host",
                        "0.0.0.0",
                        "--latency",
                        "fixed:200ms",
                        "--fail",
                        "429=0.1",
                        "--retry-after",
                        "100ms");
                GenericContainer<?> worker = program(network, "worker")) {
            kafka.start();
            topics.withStartupCheckStrategy(new OneShotStartupCheckStrategy().withTimeout(START))
                    .start();
            sandbox.withNetworkAliases("sandbox")
                    .withExposedPorts(SANDBOX_PORT)
                    .waitingFor(Wait.forHttp("/sandbox/stats").withStartupTimeout(START))
                    .start();
            worker.withEnv("OPENAI_BASE_URL", "http://sandbox:%d/v1".formatted(SANDBOX_PORT))
                    .withEnv("OPENAI_API_KEY", "sk-test")
                    .withExposedPorts(HTTP_PORT)
                    .waitingFor(Wait.forHttp("/health/ready").withStartupTimeout(START))
                    .withTmpFs(Map.of("/tmp", "rw,noexec"))
                    .withCreateContainerCmdModifier(command ->
                            command.withUser("4711:0").getHostConfig().withReadonlyRootfs(true))
                    .start();
            for (String compression : List.of("zstd", "snappy", "lz4")) {
                Map<String, Object> connection = Map.of(
                        "bootstrap.servers",
                        kafka.getBootstrapServers(),
                        ProducerConfig.COMPRESSION_TYPE_CONFIG,
                        compression);
                try (BatchClient client = new BatchClient(connection)) {
                    BatchHandle batch = client.submit(compression, requests(REQUESTS));
                    assertThat(stopped(worker)).isZero();
                    docker().startContainerCmd(worker.getContainerId()).exec();
                    assertInOrder(batch, REQUESTS);
                }
                JsonNode calls = new ObjectMapper()
                        .readTree(URI.create("http://%s:%d/sandbox/stats?batch=%s"
                                        .formatted(sandbox.getHost(), sandbox.getMappedPort(SANDBOX_PORT), compression))
                                .toURL())
                        .path("batches")
                        .path(compression);
                assertThat(calls.path("succeeded").asInt()).isEqualTo(REQUESTS);
                assertThat(calls.path("repeated_after_success").asInt()).isZero();
            }
        }
    }

    private static KafkaContainer kafka() {
        return new KafkaContainer(DockerImageName.parse("apache/kafka:4.3.1"));
    }

    private static GenericContainer<?> program(Network network, String... command) {
        return new GenericContainer<>(DockerImageName.parse(IMAGE))
                .withNetwork(network)
                .withCommand(command)
                .withEnv("GENAI_BOOTSTRAP_SERVERS", "kafka:19092");
    }

    private static boolean imageIsBuilt() {
        try {
            docker().inspectImageCmd(IMAGE).exec();
            return true;
        } catch (NotFoundException e) {
            return false;
        }
    }

    /** Stops it as an orchestrator does, with time for the calls in flight, and tells its exit status. */
    private static long stopped(GenericContainer<?> container) {
        docker().stopContainerCmd(container.getContainerId()).withTimeout(100).exec();
        return docker().inspectContainerCmd(container.getContainerId())
                .exec()
                .getState()
                .getExitCodeLong();
    }

    private static DockerClient docker() {
        return DockerClientFactory.instance().client();
    }

    private static List<ResponsesRequest> requests(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> ResponsesRequest.builder()
                        .model("gpt-4o-mini")
                        .userPrompt("Question " + i)
                        .retryDelayMinMs(50)
                        .maxRetries(20)
                        .build())
                .toList();
    }

    private static void assertInOrder(BatchHandle batch, int count) {
        List<Integer> indexes = new ArrayList<>();
        try (BatchResults results = batch.results()) {
            results.forEachRemaining((CallResult result) -> {
                assertThat(result.success()).isTrue();
                indexes.add(result.index());
            });
        }
        assertThat(indexes)
                .containsExactlyElementsOf(IntStream.range(0, count).boxed().toList());
    }
}
