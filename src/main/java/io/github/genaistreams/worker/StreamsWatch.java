package io.github.genaistreams.worker;

import java.time.Duration;
import java.util.Collection;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.kafka.common.Metric;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.KafkaStreams.State;
import org.apache.kafka.streams.ThreadMetadata;

/**
 * Watches Kafka Streams and the consumers of its stream threads. Thread-safe.
 *
 * <p>A consumer reports when it last <em>sent</em> a heartbeat ({@code last-heartbeat-seconds-ago}) and how many were
 * answered ({@code heartbeat-total}). A coordinator that is reachable but does not answer shows only in the second
 * figure, over several checks. So the longer of the two silences counts.
 */
final class StreamsWatch implements Supplier<StreamsSnapshot> {

    /** States of a thread that has ended. */
    private static final Set<String> ENDING = Set.of("PENDING_SHUTDOWN", "DEAD");

    /** Group of the metrics of stream threads. */
    private static final String OF_THREADS = "stream-thread-metrics";

    private final Supplier<State> state;
    private final Supplier<Collection<ThreadMetadata>> stillThere;
    private final Supplier<Collection<? extends Metric>> figures;
    private final int threads;
    private final Restores restores;
    private final LongSupplier nanoTime;
    private final Map<String, Answers> answers = new ConcurrentHashMap<>();

    /** Number of answered heartbeats of a consumer, and since when it is unchanged. */
    private record Answers(double total, long sinceNanos) {}

    /** @param threads configured number of stream threads */
    StreamsWatch(KafkaStreams streams, int threads, Restores restores) {
        this(
                streams::state,
                streams::metadataForLocalThreads,
                () -> streams.metrics().values(),
                threads,
                restores,
                System::nanoTime);
    }

    StreamsWatch(
            Supplier<State> state,
            Supplier<Collection<ThreadMetadata>> stillThere,
            Supplier<Collection<? extends Metric>> figures,
            int threads,
            Restores restores,
            LongSupplier nanoTime) {
        this.state = state;
        this.stillThere = stillThere;
        this.figures = figures;
        this.threads = threads;
        this.restores = restores;
        this.nanoTime = nanoTime;
    }

    @Override
    public StreamsSnapshot get() {
        List<ThreadMetadata> alive = stillThere.get().stream()
                .filter(thread -> !ENDING.contains(thread.threadState()))
                .toList();
        Set<String> consumers =
                alive.stream().map(ThreadMetadata::consumerClientId).collect(Collectors.toSet());
        answers.keySet().retainAll(consumers);
        double heartbeat = 0;
        double poll = 0;
        var commitAvg = new DoubleSummaryStatistics();
        var commitMax = new DoubleSummaryStatistics();
        for (Metric metric : figures.get()) {
            String consumer = metric.metricName().tags().get("client-id");
            if (metric.metricName().group().equals(OF_THREADS)) {
                switch (metric.metricName().name()) {
                    case "commit-latency-avg" -> accept(value(metric), commitAvg);
                    case "commit-latency-max" -> accept(value(metric), commitMax);
                    default -> {}
                }
            } else if (consumer != null && consumers.contains(consumer)) {
                switch (metric.metricName().name()) {
                    case "last-heartbeat-seconds-ago" -> heartbeat = Math.max(heartbeat, value(metric));
                    case "heartbeat-total" -> heartbeat = Math.max(heartbeat, unanswered(consumer, value(metric)));
                    case "last-poll-seconds-ago" -> poll = Math.max(poll, value(metric));
                    default -> {}
                }
            }
        }
        return new StreamsSnapshot(
                state.get(),
                threads,
                alive.size(),
                seconds(heartbeat),
                seconds(poll),
                restores.remaining(),
                commitAvg.getCount() == 0 ? Double.NaN : commitAvg.getAverage() / 1_000,
                commitMax.getCount() == 0 ? Double.NaN : commitMax.getMax() / 1_000);
    }

    /** A thread that has committed nothing for a while reports NaN. */
    private static void accept(double millis, DoubleSummaryStatistics statistics) {
        if (!Double.isNaN(millis)) {
            statistics.accept(millis);
        }
    }

    private static double value(Metric metric) {
        return metric.metricValue() instanceof Number number ? number.doubleValue() : 0;
    }

    /** Seconds since the number of answered heartbeats last increased. */
    private double unanswered(String consumer, double total) {
        long now = nanoTime.getAsLong();
        Answers known = answers.merge(
                consumer, new Answers(total, now), (before, seen) -> before.total() == total ? before : seen);
        return (now - known.sinceNanos()) / 1e9;
    }

    private static Duration seconds(double seconds) {
        return Duration.ofMillis((long) (seconds * 1_000));
    }
}
