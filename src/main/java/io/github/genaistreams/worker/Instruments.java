package io.github.genaistreams.worker;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/**
 * Registers the instruments of {@link WorkerMetric} with Micrometer. Label values are given in the metric's order of
 * labels. Thread-safe.
 */
final class Instruments {

    /** Upper bounds of a histogram's buckets, from a cached answer to the longest usual time-out of a call. */
    private static final Duration[] BUCKETS = {
        Duration.ofMillis(100),
        Duration.ofMillis(250),
        Duration.ofMillis(500),
        Duration.ofSeconds(1),
        Duration.ofMillis(2_500),
        Duration.ofSeconds(5),
        Duration.ofSeconds(10),
        Duration.ofSeconds(20),
        Duration.ofSeconds(30),
        Duration.ofMinutes(1),
        Duration.ofMinutes(2),
        Duration.ofMinutes(5),
        Duration.ofMinutes(10)
    };

    private final MeterRegistry registry;

    /** State that is counted elsewhere. Held here, since the registry holds only weak references. */
    private final Queue<Supplier<? extends Number>> counted = new ConcurrentLinkedQueue<>();

    Instruments(MeterRegistry registry) {
        this.registry = registry;
    }

    Counter counter(WorkerMetric metric, String... values) {
        return Counter.builder(name(metric))
                .description(metric.meaning())
                .tags(tags(metric, values))
                .register(registry);
    }

    /** A counter whose value is kept elsewhere and never decreases. */
    void counted(WorkerMetric metric, Supplier<? extends Number> count, String... values) {
        counted.add(count);
        FunctionCounter.builder(name(metric), count, value())
                .description(metric.meaning())
                .tags(tags(metric, values))
                .register(registry);
    }

    void gauge(WorkerMetric metric, Supplier<? extends Number> value, String... values) {
        Gauge.builder(name(metric), value, value())
                .strongReference(true)
                .description(metric.meaning())
                .tags(tags(metric, values))
                .register(registry);
    }

    private static ToDoubleFunction<Supplier<? extends Number>> value() {
        return supplier -> supplier.get().doubleValue();
    }

    Timer histogram(WorkerMetric metric, String... values) {
        return Timer.builder(name(metric))
                .description(metric.meaning())
                .tags(tags(metric, values))
                .serviceLevelObjectives(BUCKETS)
                .register(registry);
    }

    /** A gauge whose label values come and go. */
    MultiGauge rows(WorkerMetric metric) {
        return MultiGauge.builder(name(metric)).description(metric.meaning()).register(registry);
    }

    static Tags tags(WorkerMetric metric, String... values) {
        if (values.length != metric.labels().size()) {
            throw new IllegalArgumentException(metric + " has the labels " + metric.labels());
        }
        List<Tag> tags = new ArrayList<>();
        for (int label = 0; label < values.length; label++) {
            tags.add(Tag.of(metric.labels().get(label), values[label]));
        }
        return Tags.of(tags);
    }

    /** The registry adds or removes suffixes as Prometheus requires. */
    private static String name(WorkerMetric metric) {
        String exposed = metric.exposed();
        return switch (metric.type()) {
            case COUNTER -> exposed.substring(0, exposed.length() - "_total".length());
            case HISTOGRAM -> exposed.substring(0, exposed.length() - "_seconds".length());
            // With an underscore, the registry would remove this suffix.
            case GAUGE -> exposed.replaceFirst("_info$", ".info");
        };
    }
}
