package io.github.genaistreams.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.genaistreams.sandbox.Latency;
import io.github.genaistreams.sandbox.SandboxSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * Measures a batch from end to end: producer, broker, worker, API sandbox, read-committed consumer. The broker, the
 * sandbox and this program share one process; the worker has its own. Every figure is taken on a warm worker.
 */
public final class Bench {

    private static final SandboxSettings SANDBOX = SandboxSettings.DEFAULTS;

    private static final ObjectMapper JSON = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .build();

    private final Consumer<String> progress;

    /** How close a batch comes to the ideal schedule of its calls. */
    public record Schedule(
            int requests,
            int partitions,
            int slotsPerPartition,
            String latency,
            double idealSecs,
            double wallSecs,
            double ratio) {}

    /** Rate and cost of short calls with a worker, and without Kafka for comparison. */
    public record Throughput(
            int requests,
            int partitions,
            int slotsPerPartition,
            String latency,
            double requestsPerSec,
            double workerCpuSecsPer1000,
            double bareRequestsPerSec,
            double bareCpuSecsPer1000) {}

    /** Time from a request's append until its result is readable, without the API's own time, in milliseconds. */
    public record Overhead(
            int requests, double requestsPerSec, double medianMs, double p90Ms, double p99Ms, double maxMs) {}

    /** @param progress receives a sentence about each measurement */
    public Bench(Consumer<String> progress) {
        this.progress = progress;
    }

    public Schedule schedule(int requests, int partitions, int slots, Latency latency) {
        SandboxSettings settings = SANDBOX.withLatency(latency);
        double[] drawn = new double[requests];
        for (int index = 0; index < requests; index++) {
            drawn[index] = settings.latencyFor("schedule", index, 1).toNanos() / 1e9;
        }
        double ideal = ListSchedule.makespan(drawn, partitions * slots);
        try (Lab lab = new Lab(settings.withLatency(Latency.parse("fixed:5ms")), partitions, slots)) {
            progress.accept("warming up");
            lab.run("warm-up", 10 * partitions * slots);
            lab.sandbox().apply(settings);
            progress.accept("schedule: %,d requests, ideally %.1f s".formatted(requests, ideal));
            double wall = lab.run("schedule", requests);
            return new Schedule(requests, partitions, slots, latency.toString(), ideal, wall, wall / ideal);
        }
    }

    public Throughput throughput(int requests, int partitions, int slots, Latency latency) {
        int warmUp = Math.max(partitions * slots, requests / 2);
        try (Lab lab = new Lab(SANDBOX.withLatency(latency), partitions, slots)) {
            progress.accept("throughput: warming up with %,d requests".formatted(warmUp));
            lab.run("warm-up", warmUp);
            double cpu = lab.worker().cpuSeconds();
            progress.accept("throughput: %,d requests through Kafka".formatted(requests));
            double wall = lab.run("throughput", requests);
            cpu = lab.worker().cpuSeconds() - cpu;
            progress.accept("throughput: %,d requests without Kafka".formatted(requests));
            BareLoop.Figures bare = bareLoop(lab, partitions * slots, warmUp, requests);
            return new Throughput(
                    requests,
                    partitions,
                    slots,
                    latency.toString(),
                    requests / wall,
                    1_000 * cpu / requests,
                    requests / bare.seconds(),
                    1_000 * bare.cpuSeconds() / requests);
        }
    }

    /** In its own process, like the worker. */
    private static BareLoop.Figures bareLoop(Lab lab, int concurrency, int warmUp, int requests) {
        Path output = lab.directory().resolve("bare.json");
        try (ChildJvm bare = ChildJvm.start(
                output,
                Map.of(),
                "bench-bare-loop",
                lab.sandbox().baseUrl(),
                Integer.toString(concurrency),
                Integer.toString(warmUp),
                Integer.toString(requests))) {
            while (bare.isAlive()) {
                LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
            }
            // A JVM writes lines of its own before, such as that it has picked up JDK_JAVA_OPTIONS.
            List<String> lines = Files.readAllLines(output);
            return JSON.readValue(lines.get(lines.size() - 1), BareLoop.Figures.class);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public Overhead overhead(int requests, double perSecond, int partitions, int slots) {
        SandboxSettings settings = SANDBOX.withLatency(Latency.parse("fixed:50ms"));
        try (Lab lab = new Lab(settings, partitions, slots)) {
            progress.accept("overhead: warming up");
            lab.run("warm-up", 2_000);
            progress.accept("overhead: %,d requests, %.0f per second".formatted(requests, perSecond));
            long[] sent = new long[requests];
            double[] overhead = new double[requests];
            try (Lab.Reader reader = lab.read("overhead")) {
                long interval = (long) (1e9 / perSecond);
                long due = System.nanoTime();
                for (int index = 0; index < requests; index++, due += interval) {
                    while (System.nanoTime() < due) {
                        reader.readOnce(i -> overhead[i] = millisSince(sent[i], settings, i));
                    }
                    sent[index] = System.nanoTime();
                    lab.send("overhead", index, requests);
                }
                reader.readUntil(requests, i -> overhead[i] = millisSince(sent[i], settings, i));
            }
            Arrays.sort(overhead);
            return new Overhead(
                    requests,
                    perSecond,
                    percentile(overhead, 50),
                    percentile(overhead, 90),
                    percentile(overhead, 99),
                    overhead[requests - 1]);
        }
    }

    private static double millisSince(long sent, SandboxSettings settings, int index) {
        return (System.nanoTime() - sent) / 1e6
                - settings.latencyFor("overhead", index, 1).toNanos() / 1e6;
    }

    static double percentile(double[] sorted, int percent) {
        return sorted[Math.min(sorted.length - 1, (int) Math.ceil(sorted.length * percent / 100.0) - 1)];
    }
}
