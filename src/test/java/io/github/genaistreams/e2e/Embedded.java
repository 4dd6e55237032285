package io.github.genaistreams.e2e;

import io.github.genaistreams.local.SandboxSettings;
import io.github.genaistreams.worker.GenAiConfig;
import io.github.genaistreams.worker.Worker;
import java.nio.file.Path;

/** Broker, sandbox and worker in this process. */
public record Embedded(TestCluster cluster, Worker worker) implements AutoCloseable {

    public static Embedded start(Path stateDir) {
        TestCluster cluster = TestCluster.start(SandboxSettings.DEFAULTS, 2);
        return new Embedded(cluster, Worker.start(new GenAiConfig(cluster.workerOfBoth(stateDir, 10))));
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
