package io.github.genaistreams.embedded;

import io.github.genaistreams.sandbox.ApiSandbox;
import io.github.genaistreams.sandbox.SandboxSettings;
import io.github.genaistreams.sandbox.TemporaryDirectory;
import io.github.genaistreams.topology.JournalRocksDb;
import io.github.genaistreams.topology.topic.TopicSetup;
import io.github.genaistreams.worker.GenAiConfig;
import io.github.genaistreams.worker.Worker;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.jspecify.annotations.Nullable;

/**
 * A broker with its topics, and a sandbox if wanted, in this process. It also starts a worker here. Thread-safe.
 */
public final class EmbeddedStack implements AutoCloseable {

    /**
     * @param broker     how to run the broker
     * @param stateDir   directory of the worker's state, kept with the broker's data; empty for a temporary directory
     * @param partitions number of partitions of new topics
     * @param slots      maximum number of concurrent calls; divided evenly among the partitions, rounded up
     * @param sandbox    settings of a sandbox that replaces the API; empty for the real API
     * @param settings   the user's settings
     */
    public record Setup(
            LocalKafka.Options broker,
            Optional<Path> stateDir,
            int partitions,
            int slots,
            Optional<SandboxSettings> sandbox,
            Map<String, String> settings) {

        /** Without the settings' values: they include keys. */
        @Override
        public String toString() {
            return "Setup[" + broker + ", stateDir=" + stateDir + ", partitions=" + partitions + ", slots=" + slots
                    + ", sandbox=" + sandbox + ", settings=" + settings.keySet() + "]";
        }
    }

    /** Time for calls in flight to end when a short-lived command stops. */
    public static final int DRAIN_SECONDS = 10;

    private static final Duration TOPICS_TIMEOUT = Duration.ofSeconds(15);

    /**
     * Kafka's defaults are for a distant broker. Kafka Streams waits for the back-off after each topic that it creates. A
     * request behind a fetch on the same connection waits for the end of the fetch, and so do the last requests of a
     * consumer that is closed.
     */
    private static final Map<String, String> NEAR_BROKER = Map.of(
            GenAiConfig.KAFKA_PREFIX + CommonClientConfigs.RETRY_BACKOFF_MS_CONFIG, "10",
            GenAiConfig.KAFKA_PREFIX + ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, "50");

    private final LocalKafka kafka;
    private final @Nullable ApiSandbox sandbox;
    private final @Nullable Path temporary;
    private final GenAiConfig config;
    private final BooleanSupplier isStopped;

    private EmbeddedStack(
            Setup setup,
            LocalKafka kafka,
            @Nullable ApiSandbox sandbox,
            @Nullable Path temporary,
            BooleanSupplier isStopped) {
        this.kafka = kafka;
        this.sandbox = sandbox;
        this.temporary = temporary;
        this.isStopped = isStopped;
        Path stateDir = temporary == null ? setup.stateDir().orElseThrow() : temporary.resolve("state");
        config = prepare(setup, stateDir);
    }

    /**
     * Starts everything but the worker: nothing is called before {@link #startWorker}.
     *
     * @throws RuntimeException if it cannot start; the message says why
     */
    public static EmbeddedStack start(Setup setup) {
        return start(setup, () -> false);
    }

    /**
     * The same, until a stop is requested.
     *
     * @throws CancellationException if a stop was requested; nothing runs then
     */
    public static EmbeddedStack start(Setup setup, BooleanSupplier isStopped) {
        unlessStopped(isStopped);
        CompletableFuture<LocalKafka> broker = CompletableFuture.supplyAsync(
                () -> LocalKafka.start(setup.broker()), task -> new Thread(task, "local-kafka-start").start());
        LocalKafka kafka = null;
        ApiSandbox sandbox = null;
        Path temporary = null;
        try {
            try {
                // This takes about as long as the start of the broker, and does not need it.
                JournalRocksDb.loadNativeCode();
                sandbox = setup.sandbox().map(ApiSandbox::start).orElse(null);
            } finally {
                kafka = result(broker);
            }
            unlessStopped(isStopped);
            temporary = setup.stateDir().isPresent() ? null : temporaryDirectory();
            return new EmbeddedStack(setup, kafka, sandbox, temporary, isStopped);
        } catch (RuntimeException e) {
            close(sandbox, kafka, temporary);
            throw e;
        }
    }

    /**
     * Starts a worker, and returns before it has its partitions. The caller closes the worker before this stack.
     *
     * @param paused IDs of batches for which this worker makes no calls
     * @throws RuntimeException if it cannot start; the message says why
     * @throws CancellationException if a stop was requested
     */
    public Worker startWorker(Set<String> paused) {
        unlessStopped(isStopped);
        Worker worker = Worker.start(config, paused);
        kafka.failure().thenRun(worker::kafkaIsGone);
        return worker;
    }

    private static <T> T result(CompletableFuture<T> future) {
        try {
            return future.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
    }

    private static void unlessStopped(BooleanSupplier isStopped) {
        if (isStopped.getAsBoolean()) {
            throw new CancellationException("stopped while it was starting");
        }
    }

    private GenAiConfig prepare(Setup setup, Path stateDir) {
        Map<String, String> settings = new HashMap<>(NEAR_BROKER);
        settings.putAll(setup.settings());
        settings.put(GenAiConfig.BOOTSTRAP_SERVERS, kafka.bootstrapServers());
        settings.put(GenAiConfig.STATE_DIR, stateDir.toString());
        settings.putIfAbsent(GenAiConfig.DOCUMENT_STORE, documents(stateDir).toString());
        settings.put(GenAiConfig.DRAIN_TIMEOUT_MS, Integer.toString(DRAIN_SECONDS * 1_000));
        // A static member takes over from its killed predecessor at once. A dynamic member would wait for the end of
        // its predecessor's session.
        settings.put(GenAiConfig.WORKER_ID, "local");
        if (sandbox != null) {
            settings.put(GenAiConfig.OPENAI_BASE_URL, sandbox.baseUrl());
            settings.put(GenAiConfig.OPENAI_API_KEY, "sandbox");
            settings.put(GenAiConfig.DATALAB_API_URL, sandbox.datalabUrl());
            settings.put(GenAiConfig.DATALAB_API_KEY, "sandbox");
        }
        int partitions = create(new GenAiConfig(settings), setup.partitions());
        int slots = (setup.slots() + partitions - 1) / partitions;
        settings.put(GenAiConfig.LANE_SLOTS, Integer.toString(slots));
        settings.put(GenAiConfig.DOCUMENTS_LANE_SLOTS, Integer.toString(slots));
        for (String capacity : List.of(GenAiConfig.LANE_CAPACITY, GenAiConfig.DOCUMENTS_LANE_CAPACITY)) {
            settings.merge(
                    capacity,
                    Integer.toString(Math.max(1_000, slots)),
                    (given, enough) -> Integer.parseInt(given.strip()) < slots ? enough : given);
        }
        return new GenAiConfig(settings);
    }

    /** The directory of documents and large answers, for a stack with this state directory. */
    public static Path documents(Path stateDir) {
        return stateDir.resolveSibling(stateDir.getFileName() + "-documents");
    }

    private static Path temporaryDirectory() {
        try {
            return Files.createTempDirectory("genai-");
        } catch (IOException e) {
            throw new UncheckedIOException("No temporary directory for the worker's state", e);
        }
    }

    private static int create(GenAiConfig config, int partitions) {
        try (Admin admin = Admin.create(config.kafka().admin())) {
            askForCoordinators(admin, config.getString(GenAiConfig.APPLICATION_ID));
            var topics = new TopicSetup(admin, config.topics(), config.recordMaxBytes(), TOPICS_TIMEOUT);
            topics.create(partitions, 1);
            return topics.check();
        }
    }

    /** Makes Kafka create the topics of its coordinators, which it does on first use. The worker would wait for that. */
    private static void askForCoordinators(Admin admin, String applicationId) {
        admin.listConsumerGroupOffsets(applicationId);
        admin.describeTransactions(List.of(applicationId));
    }

    /** The settings of worker and broker. */
    public GenAiConfig config() {
        return config;
    }

    /** The sandbox; empty if this calls the real API. */
    public Optional<ApiSandbox> sandbox() {
        return Optional.ofNullable(sandbox);
    }

    /** Why the broker cannot continue, in a sentence; empty if it can. */
    public Optional<String> failure() {
        return kafka.failure().isDone()
                ? Optional.of(kafka.sentence(kafka.failure().join()))
                : Optional.empty();
    }

    /** Tells why the broker cannot continue, as soon as that is so: on a thread of the broker, or at once on this one. */
    public void onFailure(Consumer<String> listener) {
        kafka.failure().thenAccept(reason -> listener.accept(kafka.sentence(reason)));
    }

    @Override
    public void close() {
        close(sandbox, kafka, temporary);
    }

    private static void close(@Nullable ApiSandbox sandbox, @Nullable LocalKafka kafka, @Nullable Path temporary) {
        if (sandbox != null) {
            sandbox.close();
        }
        if (kafka != null) {
            kafka.close();
        }
        if (temporary != null) {
            TemporaryDirectory.delete(temporary);
        }
    }
}
