package io.github.genaistreams.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.genaistreams.MostlyWaits;
import io.github.genaistreams.embedded.LocalKafka;
import io.github.genaistreams.sandbox.SandboxSettings;
import io.github.genaistreams.topology.topic.TopicSetup;
import io.github.genaistreams.worker.GenAiConfig;
import io.github.genaistreams.worker.Worker;
import io.github.genaistreams.worker.WorkerException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What can be wrong when a worker is started, each with a sentence that says what to do. */
class WorkerStartTest {

    @TempDir
    Path dir;

    @MostlyWaits
    @Test
    void saysThatTheBrokerCannotBeReachedAndThatItIsNotReadyMeanwhile() throws IOException {
        var port = HttpProbe.free();
        CompletableFuture<Worker> start = CompletableFuture.supplyAsync(() -> Worker.start(config(Map.of(
                GenAiConfig.BOOTSTRAP_SERVERS,
                "127.0.0.1:" + HttpProbe.free().port(),
                GenAiConfig.OPENAI_API_KEY,
                "sk-x",
                GenAiConfig.HTTP_PORT,
                Integer.toString(port.port())))));

        await().ignoreException(ConnectException.class)
                .untilAsserted(() -> assertThat(port.status("/health/ready")).isEqualTo(503));
        assertThat(port.get("/health/ready")).contains("\"ready\":false", "starting");
        assertThat(port.status("/health/live")).isEqualTo(200);

        assertThatThrownBy(start::join)
                .cause()
                .isInstanceOf(WorkerException.class)
                .hasMessageContaining("Kafka does not answer")
                .hasMessageContaining("bootstrap.servers");
        assertThatThrownBy(() -> port.status("/health/live")).isInstanceOf(ConnectException.class);
    }

    @Test
    void saysThatItsPortIsInUse() throws IOException {
        try (var taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            String number = Integer.toString(taken.getLocalPort());
            assertThatThrownBy(() -> Worker.start(config(Map.of(
                            GenAiConfig.BOOTSTRAP_SERVERS,
                            "127.0.0.1:1",
                            GenAiConfig.OPENAI_API_KEY,
                            "sk-x",
                            GenAiConfig.HTTP_PORT,
                            number))))
                    .isInstanceOf(WorkerException.class)
                    .hasMessageContaining("http.port")
                    .hasMessageContaining(number);
        }
    }

    @Test
    void saysThatTheHostDoesNotExist() {
        assertThatThrownBy(() -> Worker.start(config(Map.of(
                        GenAiConfig.BOOTSTRAP_SERVERS,
                        "no-such-host.invalid:9092",
                        GenAiConfig.OPENAI_API_KEY,
                        "sk-x"))))
                .isInstanceOf(WorkerException.class)
                .hasMessageContaining("bootstrap.servers=no-such-host.invalid:9092");
    }

    @Test
    void asksForAKey() {
        assertThatThrownBy(() -> Worker.start(config(Map.of(GenAiConfig.BOOTSTRAP_SERVERS, "127.0.0.1:1"))))
                .isInstanceOf(WorkerException.class)
                .hasMessageContaining("OPENAI_API_KEY");
    }

    @Test
    void saysThatTheStateDirectoryCannotBeWritten() throws IOException {
        Path file = Files.createFile(dir.resolve("file"));

        assertThatThrownBy(() -> Worker.start(config(Map.of(
                        GenAiConfig.BOOTSTRAP_SERVERS,
                        "127.0.0.1:1",
                        GenAiConfig.OPENAI_API_KEY,
                        "sk-x",
                        GenAiConfig.STATE_DIR,
                        file.resolve("state").toString()))))
                .isInstanceOf(WorkerException.class)
                .hasMessageContaining("state.dir")
                .hasMessageContaining(file.toString());
    }

    @Test
    void saysWhichTopicsAreMissingAndWhichHaveUnequalPartitions() throws Exception {
        try (LocalKafka kafka = LocalKafka.start(LocalKafka.Options.temporary());
                Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()))) {
            GenAiConfig config = config(Map.of(
                    GenAiConfig.BOOTSTRAP_SERVERS, kafka.bootstrapServers(), GenAiConfig.OPENAI_API_KEY, "sk-x"));
            admin.createTopics(List.of(
                            new NewTopic("genai.responses.requests", 4, (short) 1),
                            new NewTopic("genai.responses.retries", 2, (short) 1),
                            new NewTopic("genai.results", 4, (short) 1),
                            new NewTopic("genai.results.ordered", 4, (short) 1),
                            new NewTopic("genai.batches", 4, (short) 1),
                            new NewTopic("genai.control", 4, (short) 1),
                            new NewTopic("genai.batch-notes", 2, (short) 1),
                            new NewTopic("genai.deltas", 4, (short) 1)))
                    .all()
                    .get();
            assertThatThrownBy(() -> Worker.start(config))
                    .isInstanceOf(WorkerException.class)
                    .hasMessageContaining("genai.dead-letters")
                    .hasMessageContaining("genai.responses.requests.urgent")
                    .hasMessageContaining("genai topics create");

            var setup = new TopicSetup(admin, config.topics(), config.recordMaxBytes(), Duration.ofSeconds(10));
            assertThat(setup.create(2, 1)).contains("genai.dead-letters", "genai.responses.requests.urgent");
            assertThatThrownBy(() -> Worker.start(config))
                    .isInstanceOf(WorkerException.class)
                    .hasMessageContaining("genai.responses.requests (4 partitions)")
                    .hasMessageContaining("genai.responses.requests.urgent (4)")
                    .hasMessageContaining("genai.responses.retries (2)")
                    .hasMessageContaining("genai topics grow --api responses --partitions 4");

            admin.createPartitions(Map.of("genai.responses.retries", NewPartitions.increaseTo(4)))
                    .all()
                    .get();
            awaitPartitions(admin, "genai.responses.retries", 4);
            assertThatThrownBy(() -> Worker.start(config))
                    .isInstanceOf(WorkerException.class)
                    .hasMessageContaining("raise genai.batch-notes to 4");
            // Workers of a version before have followed batches here, in as many partitions as the results have.
            admin.createTopics(List.of(new NewTopic("genai-worker-batch-states-changelog", 4, (short) 1)))
                    .all()
                    .get();
            awaitPartitions(admin, "genai-worker-batch-states-changelog", 4);
            assertThatThrownBy(() -> Worker.start(config))
                    .isInstanceOf(WorkerException.class)
                    .hasMessageContaining("raise genai.batch-notes to 4");
            admin.createPartitions(Map.of("genai.batch-notes", NewPartitions.increaseTo(4)))
                    .all()
                    .get();
            awaitPartitions(admin, "genai.batch-notes", 4);
            setRecordLimit(admin, "genai.results", 1_000_000);
            assertThatThrownBy(() -> Worker.start(config))
                    .isInstanceOf(WorkerException.class)
                    .hasMessageContaining("Topic genai.results takes records of 1000000 bytes at most")
                    .hasMessageContaining("max.message.bytes=13631488");

            setRecordLimit(admin, "genai.results", 13_631_488);
            Path old = Files.createDirectories(dir.resolve("state/genai-worker/0_99"));
            Files.setLastModifiedTime(old, FileTime.from(Instant.now().minus(Duration.ofDays(1))));
            try (Worker worker = Worker.start(config)) {
                assertThat(worker.isRunning()).isTrue();
                assertThat(old).doesNotExist();
                assertThatThrownBy(() -> Worker.start(config))
                        .isInstanceOf(WorkerException.class)
                        .hasMessageContaining("in use by another worker")
                        .hasMessageContaining(GenAiConfig.STATE_DIR);
            }
        }
    }

    @Test
    void doesNotCallEverythingAgainWhenTheGroupHasForgottenItsPosition() throws Exception {
        try (TestCluster cluster = TestCluster.start(SandboxSettings.DEFAULTS, 1);
                SeenRecords results = cluster.results();
                Admin admin =
                        Admin.create(Map.of("bootstrap.servers", cluster.kafka().bootstrapServers()))) {
            GenAiConfig config = new GenAiConfig(cluster.worker(dir.resolve("state"), 10));
            try (Worker worker = Worker.start(config)) {
                cluster.submit("b", 3, r -> r);
                results.readUntil(() -> results.items() == 3, Duration.ofSeconds(30));
                assertThat(worker.isRunning()).isTrue();
            }
            // What the brokers do by themselves a week after the last worker has ended.
            admin.deleteConsumerGroups(List.of("genai-worker")).all().get();

            assertThatThrownBy(() -> Worker.start(config))
                    .isInstanceOf(WorkerException.class)
                    .hasMessageContaining("genai-worker")
                    .hasMessageContaining("--reset-offsets");

            setRecordLimit(admin, "genai-worker-responses-journal-changelog", 1_000_000);
            assertThatThrownBy(() -> Worker.start(config))
                    .isInstanceOf(WorkerException.class)
                    .hasMessageContaining("genai-worker-responses-journal-changelog")
                    .hasMessageContaining("max.message.bytes");
        }
    }

    /** The controller has it at once, the broker's own view of it follows. */
    private static void awaitPartitions(Admin admin, String topic, int partitions) {
        await().atMost(Duration.ofSeconds(10))
                .ignoreExceptions()
                .until(() -> admin.describeTopics(List.of(topic))
                                .allTopicNames()
                                .get()
                                .get(topic)
                                .partitions()
                                .size()
                        == partitions);
    }

    private static void setRecordLimit(Admin admin, String topic, int bytes) throws Exception {
        var limit = new AlterConfigOp(
                new ConfigEntry("max.message.bytes", Integer.toString(bytes)), AlterConfigOp.OpType.SET);
        admin.incrementalAlterConfigs(Map.of(new ConfigResource(ConfigResource.Type.TOPIC, topic), List.of(limit)))
                .all()
                .get();
    }

    @MostlyWaits
    @Test
    void endsTheProcessWithStatus1WhenItsThreadsKeepFailing() throws Exception {
        try (TestCluster cluster = TestCluster.start(SandboxSettings.DEFAULTS, 1)) {
            Map<String, String> settings = cluster.worker(dir.resolve("state"), 10);
            settings.put(GenAiConfig.THREAD_FAILURES_MAX, "1");
            // The thread that follows gets the partitions when that of the one before has ended.
            settings.put("kafka.session.timeout.ms", "6000");
            settings.put("kafka.heartbeat.interval.ms", "1500");
            try (WorkerProcess worker = WorkerProcess.start(dir.resolve("worker.log"), settings)) {
                cluster.submit("b", 1, r -> r);
                worker.awaitLog("batch_end", Duration.ofSeconds(60));
                // No record does this: nothing that a worker writes of open requests is taken any more.
                try (Admin admin =
                        Admin.create(Map.of("bootstrap.servers", cluster.kafka().bootstrapServers()))) {
                    // Else the end of a transaction before could not be written there either.
                    await().atMost(Duration.ofSeconds(30))
                            .during(Duration.ofMillis(500))
                            .until(() -> admin.listTransactions().all().get().stream()
                                    .allMatch(each -> each.state() == TransactionState.COMPLETE_COMMIT));
                    setRecordLimit(admin, "genai-worker-responses-progress-changelog", 1);
                }
                cluster.submit("c", 1, r -> r);
                assertThat(worker.awaitExit(Duration.ofSeconds(120))).isEqualTo(1);
                assertThat(worker.log()).contains("Stream threads keep failing");
            }
        }
    }

    private GenAiConfig config(Map<String, String> settings) {
        Map<String, String> all = new java.util.HashMap<>(settings);
        all.putIfAbsent(GenAiConfig.STATE_DIR, dir.resolve("state").toString());
        return new GenAiConfig(all);
    }
}
