package io.github.genaistreams.serve;

import io.github.genaistreams.e2e.Embedded;
import io.github.genaistreams.sandbox.Latency;
import io.github.genaistreams.sandbox.SandboxSettings;
import io.github.genaistreams.serve.http.Keys;
import io.github.genaistreams.worker.GenAiConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.common.TopicPartition;

/** Two servers on one Kafka, one of them with keys, a worker and the sandbox. */
final class ServerCase implements AutoCloseable {

    static final String KEY_A = Keys.create();
    static final String KEY_B = Keys.create();
    static final String READER = Keys.create();
    static final String ADMIN = Keys.create();
    static final String POOR = Keys.create();

    final Embedded cluster;
    final MovableClock clock = new MovableClock();
    final GenAiServer open;
    final GenAiServer locked;
    private final Path dir;

    ServerCase(Path dir) throws IOException {
        this.dir = dir;
        cluster = Embedded.start(dir.resolve("state"));
        Files.writeString(dir.resolve("keys.json"), """
                [{"name": "a", "sha256": "%s"},
                 {"name": "b", "sha256": "%s", "role": "submit"},
                 {"name": "reader", "sha256": "%s", "role": "read"},
                 {"name": "poor", "sha256": "%s", "budget_per_day_usd": 0.000001},
                 {"name": "admin", "sha256": "%s", "role": "admin"}]
                """.formatted(
                Keys.sha256(KEY_A), Keys.sha256(KEY_B), Keys.sha256(READER), Keys.sha256(POOR), Keys.sha256(ADMIN)));
        open = another();
        locked = GenAiServer.open(
                config(Map.of(
                        GenAiConfig.SERVE_KEYS_FILE, dir.resolve("keys.json").toString())),
                clock);
    }

    /** The API takes a quarter of a second for each call from now on: 600 calls take 7.5 seconds, on any machine. */
    void slow() {
        cluster.cluster().sandbox().apply(SandboxSettings.DEFAULTS.withLatency(Latency.fixed(Duration.ofMillis(250))));
    }

    /** One more replica without keys. */
    GenAiServer another() throws IOException {
        return GenAiServer.open(config(Map.of()), clock);
    }

    /** Makes a topic forget all that it has. */
    void forget(String topic) {
        try (Admin admin = admin()) {
            Map<TopicPartition, RecordsToDelete> all = new HashMap<>();
            for (int partition = 0; partition < partitions(topic); partition++) {
                all.put(new TopicPartition(topic, partition), RecordsToDelete.beforeOffset(-1));
            }
            admin.deleteRecords(all).all().get();
        } catch (InterruptedException | ExecutionException e) {
            throw new AssertionError(e);
        }
    }

    int partitions(String topic) {
        try (Admin admin = admin()) {
            return admin.describeTopics(List.of(topic))
                    .allTopicNames()
                    .get()
                    .get(topic)
                    .partitions()
                    .size();
        } catch (InterruptedException | ExecutionException e) {
            throw new AssertionError(e);
        }
    }

    private Admin admin() {
        return Admin.create(Map.of("bootstrap.servers", cluster.bootstrapServers()));
    }

    /** A caller on this machine, of the server without keys. */
    ServerClient here() {
        return new ServerClient(open.address(), null);
    }

    /** A caller with a key. */
    ServerClient with(String key) {
        return new ServerClient(locked.address(), key);
    }

    GenAiConfig config(Map<String, String> more) {
        Map<String, String> settings = new HashMap<>(Map.of(
                GenAiConfig.BOOTSTRAP_SERVERS,
                cluster.bootstrapServers(),
                GenAiConfig.SERVE_PORT,
                "0",
                GenAiConfig.SERVE_FILE_MAX_BYTES,
                "2000000",
                GenAiConfig.DOCUMENT_STORE,
                dir.resolve("state/documents").toString()));
        settings.putAll(more);
        return new GenAiConfig(settings);
    }

    @Override
    public void close() {
        locked.close();
        open.close();
        cluster.close();
    }
}
