package io.github.genaistreams.worker;

import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.apache.kafka.common.KafkaException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a worker does from time to time, beside the work of its stream threads. */
final class PeriodicTasks implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(PeriodicTasks.class);

    private static final Duration RETENTION_INTERVAL = Duration.ofSeconds(30);

    private final GenAiConfig config;
    private final WorkerClients clients;
    private final Set<String> inputs;
    private final BooleanSupplier isReady;

    /** Two threads: a request to Kafka must not delay the end of a dead worker's transactions. */
    private final ScheduledExecutorService threads = Executors.newScheduledThreadPool(2, task -> {
        Thread thread = new Thread(task, "genai-periodic");
        thread.setDaemon(true);
        return thread;
    });

    /**
     * @param inputs  the topics that the worker reads
     * @param isReady whether all tasks of the worker are running
     */
    PeriodicTasks(GenAiConfig config, WorkerClients clients, Set<String> inputs, BooleanSupplier isReady) {
        this.config = config;
        this.clients = clients;
        this.inputs = inputs;
        this.isReady = isReady;
    }

    void start(SummaryLog summary, AbandonedTransactions abandonedTransactions, Optional<LagWatch> lags) {
        every(config.logSummaryInterval(), summary);
        every(RETENTION_INTERVAL, this::noteRetention);
        every(OldState.INTERVAL, this::noteState);
        every(AbandonedTransactions.INTERVAL, abandonedTransactions);
        nowAndEvery(config.kafka().metadataMaxAge(), new TopicWatch(config, clients.counts()));
        lags.ifPresent(watch -> nowAndEvery(LagWatch.TURN, watch));
    }

    private void every(Duration interval, Runnable task) {
        threads.scheduleWithFixedDelay(task, interval.toMillis(), interval.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void nowAndEvery(Duration interval, Runnable task) {
        threads.scheduleWithFixedDelay(task, 0, interval.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Reads how long the input topics keep their records. */
    void noteRetention() {
        try {
            clients.reader().readRetention(clients.admin(), inputs);
        } catch (KafkaException e) {
            LOG.debug("The retention of topics could not be read: {}", e.toString());
        }
    }

    private void noteState() {
        if (isReady.getAsBoolean()) {
            WorkerStreams.noteState(config);
        }
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
