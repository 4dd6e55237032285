package io.github.genaistreams.cli;

import io.github.genaistreams.local.ApiSandbox;
import io.github.genaistreams.local.LocalKafka;
import io.github.genaistreams.local.SandboxSettings;
import io.github.genaistreams.topology.TopicSetup;
import io.github.genaistreams.worker.GenAiConfig;
import io.github.genaistreams.worker.Worker;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Broker, topics, worker and perhaps the sandbox, all in this process. Closing it drains the worker and keeps the data. */
final class LocalStack implements AutoCloseable {

    /**
     * @param broker     how to run the broker
     * @param stateDir   the worker's state, beside the broker's data
     * @param partitions of topics that do not exist yet
     * @param slots      calls at once in total; shared evenly by the partitions, rounded up
     * @param sandbox    in place of the real API
     * @param settings   as the user gave them
     */
    record Setup(
            LocalKafka.Options broker,
            Path stateDir,
            int partitions,
            int slots,
            Optional<SandboxSettings> sandbox,
            Map<String, String> settings) {}

    /** Calls in flight get this long to end when a short-lived command stops. */
    static final int DRAIN_SECONDS = 10;

    private final LocalKafka kafka;
    private ApiSandbox sandbox;
    private GenAiConfig config;
    private Worker worker;

    private LocalStack(LocalKafka kafka) {
        this.kafka = kafka;
    }

    static LocalStack start(Setup setup) {
        var stack = new LocalStack(LocalKafka.start(setup.broker()));
        try {
            stack.startRest(setup);
            return stack;
        } catch (RuntimeException e) {
            stack.close();
            throw e;
        }
    }

    private void startRest(Setup setup) {
        Map<String, String> settings = new HashMap<>(setup.settings());
        settings.put(GenAiConfig.BOOTSTRAP_SERVERS, kafka.bootstrapServers());
        settings.put(GenAiConfig.STATE_DIR, setup.stateDir().toString());
        settings.put(GenAiConfig.DRAIN_TIMEOUT_MS, Integer.toString(DRAIN_SECONDS * 1_000));
        // A static member takes over at once from its killed predecessor; another would wait for its session to end.
        settings.put(GenAiConfig.WORKER_ID, "local");
        if (setup.sandbox().isPresent()) {
            sandbox = ApiSandbox.start(setup.sandbox().get());
            settings.put(GenAiConfig.OPENAI_BASE_URL, sandbox.baseUrl());
            settings.put(GenAiConfig.OPENAI_API_KEY, "sandbox");
        }
        int partitions = KafkaTopics.with(new GenAiConfig(settings), topics -> create(topics, setup.partitions()));
        int slots = (setup.slots() + partitions - 1) / partitions;
        settings.put(GenAiConfig.LANE_SLOTS, Integer.toString(slots));
        settings.merge(
                GenAiConfig.LANE_CAPACITY,
                Integer.toString(Math.max(1_000, slots)),
                (given, enough) -> Integer.parseInt(given.strip()) < slots ? enough : given);
        config = new GenAiConfig(settings);
        worker = Worker.start(config);
    }

    private static int create(TopicSetup topics, int partitions) {
        topics.create(partitions, 1);
        return topics.check();
    }

    GenAiConfig config() {
        return config;
    }

    Worker worker() {
        return worker;
    }

    /** Waits until the worker has its partitions; at once if a stop is asked for. */
    void awaitWorker(StopSignal stop) throws InterruptedException {
        while (!worker.isReady() && !stop.await(20)) {
            check();
        }
    }

    /** Requests of earlier batches that have no result yet; to be asked once the worker is ready. */
    long unfinished() {
        return Backlog.of(config) + worker.lanes().size();
    }

    /** The sandbox that was asked for. */
    ApiSandbox sandbox() {
        return sandbox;
    }

    /** @throws CliException if nothing more will come from here */
    void check() {
        if (kafka.failure().isDone()) {
            throw new CliException("The local Kafka failed: " + kafka.failure().join() + ". The data in "
                    + kafka.dataDir() + " is kept.");
        }
        if (worker.hasFailed()) {
            throw new CliException("The worker ended since its threads kept failing; the log above says why.");
        }
    }

    @Override
    public void close() {
        if (worker != null) {
            worker.close();
        }
        if (sandbox != null) {
            sandbox.close();
        }
        kafka.close();
    }
}
