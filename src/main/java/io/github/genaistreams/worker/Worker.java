package io.github.genaistreams.worker;

import io.github.genaistreams.flow.HoldStatus;
import io.github.genaistreams.flow.Lanes;
import io.github.genaistreams.topology.GenAiTopology;
import io.github.genaistreams.topology.JournalRocksDb;
import io.github.genaistreams.topology.call.AllCallEvents;
import io.github.genaistreams.topology.call.ApiBinding;
import io.github.genaistreams.topology.call.CallEvents;
import io.github.genaistreams.topology.call.CallTraces;
import io.github.genaistreams.topology.gate.IntakeGate;
import io.github.genaistreams.topology.topic.TaskCounts;
import io.github.genaistreams.wire.Topics;
import io.opentelemetry.api.GlobalOpenTelemetry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.KafkaStreams.State;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.ProcessorStateException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running worker: reads requests, makes the calls, writes the results.
 *
 * <p>{@link #close()} is graceful. It starts nothing new. Calls in flight end and their results are committed, within
 * the drain time-out. Requests that have not been called stay in the journal. All methods are thread-safe.
 */
public final class Worker implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Worker.class);

    /**
     * How long the stream threads may take to commit and close, once nothing is in flight or the drain time-out has
     * passed.
     */
    public static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(30);

    /** The same without Kafka, to whom the threads cannot even say goodbye. */
    private static final Duration GONE_TIMEOUT = Duration.ofSeconds(1);

    private final GenAiConfig config;
    private final Lanes lanes;
    private final WorkerStats stats = new WorkerStats();
    private final WorkerLog log = new WorkerLog();
    /** An agent or this process may set the global instance while the worker runs. */
    private final CallTraces traces = new CallTraces(GlobalOpenTelemetry::getOrNoop);

    private final WorkerClients clients;
    private final IntakeGate gate;
    private final KafkaStreams streams;
    private final Health health;
    private final Optional<WorkerPort> port;
    private final Optional<LagWatch> lags;
    private final PeriodicTasks tasks;
    private final AbandonedTransactions abandonedTransactions;
    private final CountDownLatch ended = new CountDownLatch(1);
    private final AtomicBoolean closing = new AtomicBoolean();
    private volatile boolean failed;
    private volatile boolean kafkaGone;

    /**
     * Checks that a worker can run with this configuration, and starts it.
     *
     * @throws WorkerException if it cannot; the message says what to change
     */
    public static Worker start(GenAiConfig config) {
        return start(config, Set.of());
    }

    /**
     * The same, but makes no calls for some batches. Their requests stay open for a later worker. Their jobs that are
     * already running at an API are polled to their end.
     *
     * @param paused IDs of these batches
     */
    public static Worker start(GenAiConfig config, Set<String> paused) {
        StartChecks.requireKey(config);
        StartChecks.requireWritable(config.stateDir());
        var health = new Health(config.kafka().sessionTimeout(), config.kafka().maxPollInterval());
        Optional<WorkerPort> port = WorkerPort.open(config, health);
        try {
            // While Kafka answers, the start goes on with what does not need Kafka: native code and HTTP clients.
            CompletableFuture<TaskCounts> checked = CompletableFuture.supplyAsync(
                    () -> StartChecks.topics(config), check -> new Thread(check, "genai-start").start());
            JournalRocksDb.loadNativeCode();
            Worker worker = new Worker(config, paused, checked, health, port);
            worker.runOrClose();
            return worker;
        } catch (RuntimeException e) {
            port.ifPresent(WorkerPort::close);
            throw e;
        }
    }

    private Worker(
            GenAiConfig config,
            Set<String> paused,
            CompletableFuture<TaskCounts> checked,
            Health health,
            Optional<WorkerPort> port) {
        this.config = config;
        lanes = new Lanes(config.commits(), paused);
        this.health = health;
        this.port = port;
        clients = new WorkerClients(config, checked, this::share);
        gate = new IntakeGate(
                lanes,
                config.drainTimeout(),
                clients.counts(),
                clients.schemas().codecs().writers());
        streams = streams();
        try {
            var failures = new ThreadFailures(config.threadFailuresMax(), this::giveUp);
            streams.setUncaughtExceptionHandler(failures);
            var restores = new Restores();
            streams.setGlobalStateRestoreListener(restores);
            var watch = new StreamsWatch(streams, config.getInt(GenAiConfig.STREAM_THREADS), restores);
            health.watch(watch);
            lags = port.map(open -> showMetrics(open.metrics(), watch, failures));
            streams.setStateListener((now, before) -> {
                if (now == State.ERROR) {
                    giveUp();
                }
                // A graceful stop is not at its end here.
                if (now == State.ERROR || now == State.NOT_RUNNING && !closing.get()) {
                    ended.countDown();
                }
            });
            abandonedTransactions =
                    new AbandonedTransactions(clients.admin(), config.getString(GenAiConfig.APPLICATION_ID));
            tasks = new PeriodicTasks(config, clients, inputs(), this::isReady);
        } catch (RuntimeException e) {
            streams.close(Duration.ZERO);
            clients.close();
            throw e;
        }
    }

    private LagWatch showMetrics(WorkerMetrics metrics, StreamsWatch watch, ThreadFailures failures) {
        metrics.watch(lanes);
        clients.apis()
                .governors()
                .forEach((api, ofApi) ->
                        ofApi.forEach((credential, governor) -> metrics.watch(api, credential, governor)));
        metrics.watch(watch, failures::total);
        return new LagWatch(config, inputs(), streams::metadataForLocalThreads, metrics::lags);
    }

    /** Topics of requests and retries of the APIs that this worker calls. */
    private Set<String> inputs() {
        Topics topics = config.topics();
        return ApiBindings.configured(config).stream()
                .flatMap(api -> Stream.of(topics.requests(api), topics.urgent(api), topics.retries(api)))
                .collect(Collectors.toSet());
    }

    private void giveUp() {
        failed = true;
        health.gaveUp();
    }

    /** This worker's present share of an API's accounts: its part of the API's partitions. */
    private double share(String api) {
        return config.sharesLimits()
                ? lanes.share(config.topics().requests(api), clients.counts().of(api))
                : 1;
    }

    private KafkaStreams streams() {
        try {
            return WorkerStreams.make(config, topology(), gate, StartChecks.ids(clients.admin(), inputs()));
        } catch (RuntimeException e) {
            clients.close();
            throw e;
        }
    }

    private Topology topology() {
        List<CallEvents> listeners = new ArrayList<>(List.of(stats, log));
        port.ifPresent(open -> listeners.add(open.metrics()));
        return new GenAiTopology(
                        config.topics(),
                        clients.schemas().codecs(),
                        config.recordMaxBytes(),
                        lanes,
                        new AllCallEvents(listeners),
                        config.batches(),
                        clients.counts(),
                        traces,
                        clients.reader())
                .build(clients.apis().bindings());
    }

    private void runOrClose() {
        try {
            run();
        } catch (ProcessorStateException e) {
            close();
            throw WorkerStreams.damaged(config, e);
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    private void run() {
        var start = LOG.atInfo().addKeyValue("threads", config.getInt(GenAiConfig.STREAM_THREADS));
        for (ApiBinding<?> api : clients.apis().bindings()) {
            start = start.addKeyValue(
                            api.api() + ".partitions", clients.counts().of(api.api()))
                    .addKeyValue(api.api() + ".slots", api.lane().slots());
        }
        for (Credential credential : config.responses().credentials().values()) {
            start = start.addKeyValue("openai." + credential.alias(), credential.place());
        }
        for (Credential credential : config.documents().credentials().values()) {
            start = start.addKeyValue("datalab." + credential.alias(), credential.place());
        }
        start.log("worker_start");
        tasks.noteRetention();
        streams.start();
        gate.started();
        tasks.start(
                new SummaryLog(config, lanes, stats, log, clients.apis(), this::share), abandonedTransactions, lags);
    }

    /** Counts since the start. */
    public WorkerStats.Snapshot stats() {
        return stats.snapshot();
    }

    /** Counts the results of this batch separately from other batches, which may come first. */
    public void follow(String batchId) {
        stats.follow(batchId);
    }

    /** The lanes of the partitions that this worker owns. */
    public Lanes lanes() {
        return lanes;
    }

    /** The holds of all credentials. */
    public List<Held> holds() {
        long now = System.currentTimeMillis();
        return clients.apis().governors().entrySet().stream()
                .flatMap(api -> api.getValue().entrySet().stream().flatMap(each -> each.getValue().hold(now).stream()
                        .map(hold -> new Held(api.getKey(), each.getKey(), hold))))
                .toList();
    }

    /** A credential whose calls wait. */
    public record Held(String api, String credential, HoldStatus hold) {}

    /** Whether the worker is processing or rebalancing; false before its start and after its end. */
    public boolean isRunning() {
        return streams.state().isRunningOrRebalancing();
    }

    /** Whether the worker is a member of the group and all its tasks are running. */
    public boolean isReady() {
        return streams.state() == State.RUNNING;
    }

    /** Whether the worker has ended, or is ending, because its threads keep failing. */
    public boolean hasFailed() {
        return failed;
    }

    /** Blocks until the worker has ended, by {@link #close()} or by a failure. */
    public void awaitEnd() throws InterruptedException {
        ended.await();
    }

    /** Kafka is gone and does not come back. Nothing can be committed any more, so {@link #close()} waits for nothing. */
    public void kafkaIsGone() {
        kafkaGone = true;
    }

    @Override
    public void close() {
        if (!closing.compareAndSet(false, true)) {
            return;
        }
        health.stopping();
        lanes.stopStarting();
        int left = kafkaGone
                ? lanes.inFlight()
                : Drain.await(lanes, () -> isRunning() && !kafkaGone, config.drainTimeout());
        tasks.close();
        // In a rebalance, all others would wait for this worker to return.
        boolean keepsPlace = config.workerId() != null && (kafkaGone || abandonedTransactions.isGroupStable());
        gate.stopping();
        boolean closed = streams.close(CloseOptions.timeout(kafkaGone ? GONE_TIMEOUT : CLOSE_TIMEOUT)
                .withGroupMembershipOperation(
                        keepsPlace
                                ? CloseOptions.GroupMembershipOperation.REMAIN_IN_GROUP
                                : CloseOptions.GroupMembershipOperation.LEAVE_GROUP));
        clients.close(kafkaGone ? Duration.ZERO : WorkerClients.ADMIN_CLOSE_TIMEOUT);
        lags.ifPresent(LagWatch::close);
        traces.close();
        port.ifPresent(WorkerPort::close);
        ended.countDown();
        var end = LOG.atInfo().addKeyValue("in_flight", left).addKeyValue("clean", closed);
        SummaryLog.withCounts(end, stats.snapshot()).log("worker_end");
    }
}
