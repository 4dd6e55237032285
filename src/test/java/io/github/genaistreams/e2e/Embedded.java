package io.github.genaistreams.e2e;

import io.github.genaistreams.sandbox.SandboxSettings;
import io.github.genaistreams.worker.GenAiConfig;
import io.github.genaistreams.worker.Worker;
import java.nio.file.Path;
import java.util.Map;

/** Broker, sandbox and worker in this process. */
public record Embedded(TestCluster cluster, Worker worker) implements AutoCloseable {

    public static Embedded start(Path stateDir) {
        return start(stateDir, Map.of());
    }

    /** With settings of the worker that are not as usual. */
    public static Embedded start(Path stateDir, Map<String, String> settings) {
        TestCluster cluster = TestCluster.start(SandboxSettings.DEFAULTS, 2);
        Map<String, String> all = cluster.workerOfBoth(stateDir, 10);
        all.putAll(settings);
        return new Embedded(cluster, Worker.start(new GenAiConfig(all)));
    }

    public String bootstrapServers() {
        return cluster.kafka().bootstrapServers();
    }

    @Override
    public void close() {
        worker.close();
        cluster.close();
    }
}
