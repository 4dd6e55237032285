package io.github.genaistreams.worker;

import io.github.genaistreams.flow.Bound;
import io.github.genaistreams.flow.Governor;
import io.github.genaistreams.flow.HoldReason;
import io.github.genaistreams.flow.Lanes;
import io.github.genaistreams.flow.Phase;
import io.github.genaistreams.topology.call.CallEvents;
import io.github.genaistreams.wire.Topics;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.MultiGauge.Row;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.KafkaStreams.State;

/**
 * The metrics of a worker ({@link WorkerMetric}) and of its JVM. Counts the {@link CallEvents} it receives, and reads
 * other values at each scrape. Thread-safe.
 */
final class WorkerMetrics implements CallEvents, AutoCloseable {

    /** Prometheus' text format. */
    static final String TYPE = "text/plain; version=0.0.4; charset=utf-8";

    /**
     * The phases of a lane as label values. They show what an item waits for; the names in the code show where it is.
     */
    private static final Map<Phase, String> STAGES = Map.of(
            Phase.READY, "ready",
            Phase.IN_FLIGHT, "in_flight",
            Phase.WAITING, "waiting",
            Phase.AWAY, "retry",
            Phase.REMOTE, "remote",
            Phase.UNREAD, "unread");

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final Instruments instruments = new Instruments(registry);
    private final JvmGcMetrics gc = new JvmGcMetrics();
    private final Topics topics;
    private final Map<String, ApiMetrics> apis = new HashMap<>();
    private final MultiGauge lags = instruments.rows(WorkerMetric.CONSUMER_LAG);
    private volatile Supplier<StreamsSnapshot> streams = () -> StreamsSnapshot.NOTHING;
    private volatile StreamsSnapshot seen = StreamsSnapshot.NOTHING;

    /**
     * @param called      the APIs that the worker calls
     * @param credentials the aliases that the worker knows
     */
    WorkerMetrics(Topics topics, Collection<String> called, Set<String> credentials, Health health) {
        this.topics = topics;
        instruments.gauge(WorkerMetric.BUILD_INFO, () -> 1, BuildVersion.text());
        instruments.gauge(WorkerMetric.READY, () -> health.whyNotReady().isEmpty() ? 1 : 0);
        var models = new BoundedNames(Set.of(BoundedNames.NONE));
        var aliases = new BoundedNames(credentials);
        called.forEach(api -> apis.put(api, new ApiMetrics(api, topics, instruments, models, aliases)));
        new JvmMemoryMetrics().bindTo(registry);
        gc.bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ClassLoaderMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new FileDescriptorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
    }

    @Override
    public CallEvents of(String api) {
        return Objects.requireNonNull(apis.get(api));
    }

    /** From now on, reads the lanes at each scrape. */
    void watch(Lanes lanes) {
        apis.keySet().forEach(api -> {
            String requests = topics.requests(api);
            instruments.gauge(WorkerMetric.CALLS_IN_FLIGHT, () -> lanes.count(requests, Phase.IN_FLIGHT), api);
            instruments.gauge(WorkerMetric.CALL_SLOTS, () -> lanes.slots(requests), api);
            STAGES.forEach((phase, stage) ->
                    instruments.gauge(WorkerMetric.ITEMS_OPEN, () -> lanes.count(requests, phase), api, stage));
        });
    }

    /** From now on, reads the limits and the hold of this credential at each scrape. */
    void watch(String api, String credential, Governor governor) {
        for (HoldReason reason : HoldReason.values()) {
            instruments.gauge(
                    WorkerMetric.CREDENTIAL_HELD,
                    () -> governor.hold(System.currentTimeMillis())
                                    .filter(hold -> hold.reason() == reason)
                                    .isPresent()
                            ? 1
                            : 0,
                    api,
                    credential,
                    reason.label());
        }
        for (Bound bound : governor.bounds()) {
            instruments.counted(
                    WorkerMetric.LIMIT_WAIT,
                    () -> governor.waited(bound).toMillis() / 1e3,
                    api,
                    credential,
                    label(bound));
        }
        for (Bound bound : governor.configured()) {
            instruments.gauge(
                    WorkerMetric.LIMIT_REMAINING,
                    () -> governor.remaining(bound, System.currentTimeMillis()),
                    api,
                    credential,
                    label(bound));
        }
    }

    private static String label(Bound bound) {
        return bound.name().toLowerCase(Locale.ROOT);
    }

    /** From now on, reads Kafka Streams at each scrape. */
    void watch(Supplier<StreamsSnapshot> sights, LongSupplier threadFailures) {
        streams = sights;
        for (State state : State.values()) {
            instruments.gauge(
                    WorkerMetric.STREAM_STATE,
                    () -> seen.state() == state ? 1 : 0,
                    state.name().toLowerCase(Locale.ROOT));
        }
        instruments.gauge(WorkerMetric.STREAM_THREADS, () -> seen.threads());
        instruments.gauge(WorkerMetric.STREAM_THREADS_ALIVE, () -> seen.alive());
        instruments.gauge(WorkerMetric.COMMIT_AVG, () -> seen.commitAvgSeconds());
        instruments.gauge(WorkerMetric.COMMIT_MAX, () -> seen.commitMaxSeconds());
        instruments.gauge(WorkerMetric.RESTORE_REMAINING, () -> seen.restoring());
        instruments.counted(WorkerMetric.THREAD_FAILURES, threadFailures::getAsLong);
    }

    /** Sets the worker's partitions and the number of their records that have not been read. */
    void lags(Map<TopicPartition, Long> records) {
        List<Row<?>> rows = new ArrayList<>();
        records.forEach((partition, lag) -> rows.add(Row.of(
                Instruments.tags(WorkerMetric.CONSUMER_LAG, partition.topic(), Integer.toString(partition.partition())),
                lag)));
        lags.register(rows, true);
    }

    /** All metrics, in the format {@link #TYPE}. */
    String scrape() {
        seen = streams.get();
        return registry.scrape(TYPE);
    }

    @Override
    public void close() {
        gc.close();
        registry.close();
    }
}
