package io.github.genaistreams.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.client.BatchClient;
import io.github.genaistreams.client.BatchResults;
import io.github.genaistreams.local.ApiSandbox;
import io.github.genaistreams.local.Fault;
import io.github.genaistreams.local.SandboxSettings;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.topology.TopicSetup;
import io.github.genaistreams.wire.Topics;
import io.github.genaistreams.worker.GenAiConfig;
import io.github.genaistreams.worker.Worker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.kafka.KafkaContainer;
import org.testcontainers.utility.DockerImageName;

/** The main job on a Kafka as it is shipped, where Docker answers; everywhere else the same is tested in-process. */
@EnabledIf("dockerAnswers")
class ContainerKafkaTest {

    private static final int REQUESTS = 200;

    @TempDir
    Path dir;

    static boolean dockerAnswers() {
        return DockerClientFactory.instance().isDockerAvailable();
    }

    @Test
    void shouldAnswerABatchInOrderOnAKafkaInAContainer() {
        SandboxSettings api = SandboxSettings.DEFAULTS
                .withFaults(Map.of(Fault.RATE_LIMIT, 0.1, Fault.SERVER_ERROR, 0.1))
                .withRetryAfter(Duration.ofMillis(100));
        try (KafkaContainer kafka = new KafkaContainer(DockerImageName.parse("apache/kafka:4.3.1"));
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
                List<ResponsesRequest> requests = IntStream.range(0, REQUESTS)
                        .mapToObj(i -> ResponsesRequest.builder()
                                .model("gpt-4o-mini")
                                .userPrompt("Question " + i)
                                .retryDelayMinMs(50)
                                .maxRetries(20)
                                .build())
                        .toList();
                List<Integer> indexes = new ArrayList<>();
                try (BatchResults results =
                        client.submit(BatchClient.newBatchId(), requests).results()) {
                    results.forEachRemaining((CallResult result) -> {
                        assertThat(result.success()).isTrue();
                        indexes.add(result.index());
                    });
                }
                assertThat(indexes)
                        .containsExactlyElementsOf(
                                IntStream.range(0, REQUESTS).boxed().toList());
                assertThat(worker.hasFailed()).isFalse();
            }
        }
    }
}
