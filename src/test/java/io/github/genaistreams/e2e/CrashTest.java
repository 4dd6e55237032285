package io.github.genaistreams.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.model.BatchStatus;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.sandbox.Fault;
import io.github.genaistreams.sandbox.Latency;
import io.github.genaistreams.sandbox.SandboxSettings;
import io.github.genaistreams.sandbox.SandboxStats;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.ItemKeys;
import io.github.genaistreams.worker.GenAiConfig;
import io.github.genaistreams.worker.Worker;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A worker process is killed three times, in the middle of a batch and of a small one behind it in the topic. */
class CrashTest {

    private static final int KILLS = 3;
    private static final int PARTITIONS = 4;
    private static final int SLOTS = 25;
    private static final int LATE = 40;

    @TempDir
    Path dir;

    @Test
    void writesEveryResultExactlyOnceAndRepeatsOnlyCallsThatWereInFlight() throws Exception {
        killInABatchOf(400);
    }

    @Test
    @Tag("long")
    void doesSoWithALargerBatchAndTakesInTheSmallOneEarly() throws Exception {
        Map<Integer, List<CallResult>> late = killInABatchOf(2_400);

        Instant lastOfLate = late.values().stream()
                .map(all -> all.get(0).completedAt())
                .max(Comparator.naturalOrder())
                .orElseThrow();
        assertThat(lastOfLate).isBefore(lastBegan);
    }

    /** When the last worker began, with a quarter of the batch left. */
    private Instant lastBegan;

    /** Returns the results of the small batch. */
    private Map<Integer, List<CallResult>> killInABatchOf(int requests) throws Exception {
        SandboxSettings api = SandboxSettings.DEFAULTS
                .withLatency(Latency.parse("lognormal:350ms,0.4"))
                .withFaults(Map.of(Fault.RATE_LIMIT, 0.20, Fault.SERVER_ERROR, 0.05, Fault.RESET, 0.02))
                .withRetryAfter(Duration.ofMillis(200));
        try (TestCluster cluster = TestCluster.start(api, PARTITIONS);
                SeenRecords results = cluster.results();
                SeenRecords ordered = SeenRecords.of(
                        cluster.kafka().bootstrapServers(), cluster.topics().resultsOrdered());
                SeenRecords statuses = SeenRecords.of(
                        cluster.kafka().bootstrapServers(), cluster.topics().batches())) {
            cluster.submit("crash", requests, r -> r.maxRetries(20)
                    .retryDelayMinMs(100)
                    .retryDelayMaxMs(1_000));
            cluster.submit("late", LATE, r -> r.maxRetries(20));

            long answeredButNotCommitted = 0;
            for (int kill = 1; kill <= KILLS; kill++) {
                try (WorkerProcess worker = WorkerProcess.start(dir.resolve("worker.log"), settings(cluster))) {
                    int enough = kill * requests / (KILLS + 1);
                    results.readUntil(() -> results.items() >= enough, Duration.ofSeconds(60));
                    worker.kill();
                }
                Committed.of(cluster, "crash").assertThatNothingIsBetween();
                results.readFor(Duration.ofMillis(500));
                answeredButNotCommitted += cluster.sandbox().stats("crash").succeeded("crash") - results.items("crash");
            }
            try (Worker worker = Worker.start(new GenAiConfig(settings(cluster)))) {
                lastBegan = Instant.now();
                results.readUntil(() -> results.items() == requests + LATE, Duration.ofSeconds(90));
                ordered.readUntil(() -> ordered.records().size() >= requests + LATE, Duration.ofSeconds(30));
                assertThat(worker.hasFailed()).isFalse();
            }
            results.readFor(Duration.ofSeconds(1));

            ordered.readFor(Duration.ofSeconds(1));
            statuses.readFor(Duration.ofSeconds(1));
            assertThatAllIsThereOnce("crash", requests, results, ordered, statuses);
            assertThatAllIsThereOnce("late", LATE, results, ordered, statuses);

            SandboxStats stats = cluster.sandbox().stats("crash");
            long repeated = stats.repeatedAfterSuccess("crash");
            System.out.printf(
                    "crash: %d requests, %d calls, %d repeated after success, %d answered but not committed at the kills%n",
                    requests, stats.callsOf("crash"), repeated, answeredButNotCommitted);
            // But for calls so short that not even their start was committed.
            assertThat(IntStream.range(0, requests)
                            .filter(index -> stats.item("crash", index).repeatedAfterSuccess() > 0)
                            .filter(index -> Boolean.TRUE.equals(
                                    results.of("crash", index).get(0).possibleDuplicate()))
                            .count())
                    .as("results that say so, of those that were answered twice")
                    .isGreaterThanOrEqualTo(repeated / 2);
            assertThat(repeated).isLessThanOrEqualTo(answeredButNotCommitted);
            assertThat(answeredButNotCommitted).isLessThanOrEqualTo((long) KILLS * PARTITIONS * SLOTS);
            return results.batch("late");
        }
    }

    private static void assertThatAllIsThereOnce(
            String batch, int requests, SeenRecords results, SeenRecords ordered, SeenRecords statuses) {
        assertThat(results.batch(batch)).hasSize(requests).allSatisfy((index, all) -> {
            assertThat(all).hasSize(1);
            assertThat(all.get(0).success()).isTrue();
        });
        assertThat(ordered.records().stream()
                        .map(record -> ItemKeys.decode(record.key()))
                        .filter(key -> key.batchId().equals(batch))
                        .map(ItemKey::index))
                .containsExactlyElementsOf(IntStream.range(0, requests).boxed().toList());
        BatchStatus last = statuses.records().stream()
                .map(record -> Codecs.BATCH_STATUS.decode(record.value()))
                .filter(status -> status.batchId().equals(batch))
                .reduce((earlier, later) -> later)
                .orElseThrow();
        assertThat(last.state()).isEqualTo(BatchStatus.State.COMPLETED);
        assertThat(last.succeeded()).isEqualTo(requests);
        assertThat(last.duplicates()).isZero();
    }

    private Map<String, String> settings(TestCluster cluster) {
        Map<String, String> settings = cluster.worker(dir.resolve("state"), SLOTS);
        // A static member: its successor need not wait for the session of the one killed to end.
        settings.put(GenAiConfig.WORKER_ID, "worker-1");
        settings.put(GenAiConfig.RESULTS_ORDERED, "true");
        // So that records of the small batch are taken in ahead.
        settings.put(GenAiConfig.LANE_CAPACITY, Integer.toString(SLOTS));
        return settings;
    }
}
