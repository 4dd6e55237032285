package io.github.genaistreams.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.local.Latency;
import io.github.genaistreams.local.SandboxSettings;
import io.github.genaistreams.wire.ItemKeys;
import io.github.genaistreams.worker.GenAiConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How long readers hear nothing while the workers of a group are restarted, or killed, one after the other under load. */
@Tag("long")
class RestartTest {

    private static final int PARTITIONS = 6;
    private static final int SLOTS = 5;
    private static final int WORKERS = 3;
    private static final Duration PATIENCE = Duration.ofSeconds(120);

    /** A killed worker's pod is back after this. */
    private static final Duration BACK_AFTER = Duration.ofSeconds(25);

    @TempDir
    Path dir;

    private final List<WorkerProcess> workers = new ArrayList<>();
    private int processes;

    @AfterEach
    void end() {
        workers.forEach(WorkerProcess::close);
    }

    /** With calls that are longer than most of what is allowed: whoever gives partitions away goes on answering meanwhile. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldGoOnWhileWorkersAreRestarted(boolean named) {
        SandboxSettings api = SandboxSettings.DEFAULTS.withLatency(Latency.parse("lognormal:400ms,0.6"));
        try (TestCluster cluster = TestCluster.start(api, PARTITIONS);
                ResultReader results = cluster.results()) {
            Feed feed = new Feed(cluster, results, "restart", 600);
            Silence silence = start(cluster, results, feed, named);
            for (int i = 0; i < WORKERS; i++) {
                WorkerProcess old = workers.get(i);
                old.signal("TERM");
                feed.until(silence.or(() -> !old.isAlive()), PATIENCE);
                assertThat(old.terminate(PATIENCE)).isZero();
                workers.set(i, worker(cluster, i, "state-" + i, named));
                awaitWork(feed, silence, workers.get(i));
            }
            finish(results, feed, silence, "restart");

            assertThat(cluster.sandbox().stats("restart").callsOf("restart")).isEqualTo(feed.sent());
            silence.assertAtMost(Duration.ofSeconds(5), Duration.ofSeconds(10));
        }
    }

    @Test
    void shouldGoOnAfterTheSessionOfWorkersThatAreKilledOneAfterTheOther() {
        SandboxSettings api = SandboxSettings.DEFAULTS.withLatency(Latency.parse("lognormal:400ms,0.6"));
        try (TestCluster cluster = TestCluster.start(api, PARTITIONS);
                ResultReader results = cluster.results()) {
            Feed feed = new Feed(cluster, results, "kills", 600);
            Silence silence = start(cluster, results, feed, false);
            for (int i = 0; i < WORKERS; i++) {
                workers.get(i).kill();
                long killed = System.nanoTime();
                feed.until(silence.or(() -> System.nanoTime() - killed > BACK_AFTER.toNanos()), PATIENCE);
                workers.set(i, worker(cluster, i, "again-" + i, false));
                awaitWork(feed, silence, workers.get(i));
            }
            finish(results, feed, silence, "kills");
            silence.assertAtMost(Duration.ofSeconds(15), Duration.ofSeconds(15));
        }
    }

    private Silence start(TestCluster cluster, ResultReader results, Feed feed, boolean named) {
        for (int i = 0; i < WORKERS; i++) {
            workers.add(worker(cluster, i, "state-" + i, named));
        }
        for (WorkerProcess worker : workers) {
            awaitWork(feed, new Silence(results), worker);
        }
        return new Silence(results);
    }

    private static void awaitWork(Feed feed, Silence silence, WorkerProcess worker) {
        feed.until(silence.or(() -> worker.log().contains("batch_start")), PATIENCE);
    }

    private static void finish(ResultReader results, Feed feed, Silence silence, String batch) {
        int before = feed.sent();
        feed.until(silence.or(() -> feed.sent() > before), PATIENCE);
        silence.end();
        results.readUntil(() -> results.items() == feed.sent(), PATIENCE);
        results.readFor(Duration.ofSeconds(1));
        assertThat(results.batch(batch)).hasSize(feed.sent()).allSatisfy((index, all) -> assertThat(all)
                .hasSize(1));
    }

    private WorkerProcess worker(TestCluster cluster, int number, String state, boolean named) {
        Map<String, String> settings = cluster.worker(dir.resolve(state), SLOTS);
        if (named) {
            settings.put(GenAiConfig.WORKER_ID, "worker-" + number);
        }
        return WorkerProcess.start(dir.resolve("worker-" + processes++ + ".log"), settings);
    }

    /** The longest times without a result, of all and of one request partition. */
    private static final class Silence {

        private final ResultReader results;
        private final long[] last = new long[PARTITIONS];
        private final int[] items = new int[PARTITIONS];
        private long lastOfAll = System.nanoTime();
        private long longest;
        private long longestOfAll;
        private int read;
        private boolean ended;

        private Silence(ResultReader results) {
            this.results = results;
            read = results.records().size();
            Arrays.fill(last, lastOfAll);
        }

        /** Looks at what was read before each look at the condition. */
        private BooleanSupplier or(BooleanSupplier condition) {
            return () -> {
                look();
                return condition.getAsBoolean();
            };
        }

        private void look() {
            if (ended) {
                return;
            }
            long now = System.nanoTime();
            for (; read < results.records().size(); read++) {
                int partition = partitionOf(read);
                items[partition]++;
                last[partition] = now;
                lastOfAll = now;
            }
            longestOfAll = Math.max(longestOfAll, now - lastOfAll);
            for (long each : last) {
                longest = Math.max(longest, now - each);
            }
        }

        private int partitionOf(int record) {
            return ItemKeys.decode(results.records().get(record).key()).index() % PARTITIONS;
        }

        private void end() {
            look();
            ended = true;
        }

        private void assertAtMost(Duration ofAll, Duration ofOne) {
            System.out.printf("restart: longest silence %.1f s, of one partition %.1f s%n", longestOfAll / 1e9, longest / 1e9);
            assertThat(items).doesNotContain(0);
            assertThat(Duration.ofNanos(longestOfAll)).isLessThan(ofAll);
            assertThat(Duration.ofNanos(longest)).isLessThan(ofOne);
        }
    }
}
