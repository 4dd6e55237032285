package io.github.genaistreams.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.sandbox.Latency;
import io.github.genaistreams.sandbox.SandboxSettings;
import io.github.genaistreams.wire.ItemKeys;
import io.github.genaistreams.worker.GenAiConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListTransactionsOptions;
import org.apache.kafka.clients.admin.TransactionListing;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.common.GroupState;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How long readers hear nothing while the workers of a group are restarted, or killed, one after the other under load. */
@Tag("long")
class RestartTest {

    private static final String GROUP = "genai-worker";
    private static final int PARTITIONS = 6;
    private static final int SLOTS = 10;
    private static final int WORKERS = 3;
    private static final Duration PATIENCE = Duration.ofSeconds(120);

    /** A killed worker's pod is back after this. */
    private static final Duration BACK_AFTER = Duration.ofSeconds(25);

    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(200);

    @TempDir
    Path dir;

    private final List<WorkerProcess> workers = new ArrayList<>();
    private int processes;

    @AfterEach
    void end() {
        workers.forEach(WorkerProcess::close);
    }

    /** Partitions of a worker with a name wait for it until it is back, however long its start takes; others go on elsewhere. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void goesOnWhileWorkersAreRestarted(boolean named) {
        SandboxSettings api = SandboxSettings.DEFAULTS.withLatency(Latency.parse("lognormal:400ms,0.6"));
        try (TestCluster cluster = TestCluster.start(api, PARTITIONS);
                SeenRecords results = cluster.results()) {
            Feed feed = new Feed(cluster, results, "restart", 600);
            Silence silence = start(cluster, results, feed, named);
            long longest = 0;
            for (int i = 0; i < WORKERS; i++) {
                WorkerProcess old = workers.get(i);
                long begun = System.nanoTime();
                old.signal("TERM");
                feed.until(silence.or(() -> !old.isAlive()), PATIENCE);
                assertThat(old.awaitExit(PATIENCE)).isZero();
                long gone = System.nanoTime();
                workers.set(i, process(settings(cluster, i, "state-" + i, named)));
                awaitWork(feed, silence, workers.get(i));
                long back = System.nanoTime();
                longest = Math.max(longest, back - begun);
                System.out.printf(
                        "restart: stopped in %.1f s, back at work in %.1f s%n",
                        (gone - begun) / 1e9, (back - gone) / 1e9);
            }
            finish(results, feed, silence, "restart");

            assertThat(cluster.sandbox().stats("restart").callsOf("restart")).isEqualTo(feed.sent());
            Duration ofOne = named ? Duration.ofNanos(longest).plusSeconds(3) : Duration.ofSeconds(10);
            silence.assertAtMost(Duration.ofSeconds(5), ofOne);
        }
    }

    @Test
    void goesOnAfterTheSessionOfWorkersThatAreKilledOneAfterTheOtherInATransaction() throws Exception {
        SandboxSettings api = SandboxSettings.DEFAULTS.withLatency(Latency.parse("lognormal:400ms,0.6"));
        try (TestCluster cluster = TestCluster.start(api, PARTITIONS);
                SeenRecords results = cluster.results()) {
            Feed feed = new Feed(cluster, results, "kills", 600);
            Silence silence = start(cluster, results, feed, false);
            for (int i = 0; i < WORKERS; i++) {
                killInATransaction(cluster, feed, silence, workers.get(i), "state-" + i);
                long killed = System.nanoTime();
                feed.until(silence.or(() -> System.nanoTime() - killed > BACK_AFTER.toNanos()), PATIENCE);
                workers.set(i, process(settings(cluster, i, "again-" + i, false)));
                awaitWork(feed, silence, workers.get(i));
            }
            finish(results, feed, silence, "kills");
            silence.assertAtMost(Duration.ofSeconds(15), Duration.ofSeconds(15));
        }
    }

    /** The group waits for one that was killed, and everybody with it; but not who is told to stop. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void stopsCleanWhileTheGroupWaits(boolean named) throws Exception {
        SandboxSettings api = SandboxSettings.DEFAULTS.withLatency(Latency.parse("lognormal:400ms,0.6"));
        try (TestCluster cluster = TestCluster.start(api, PARTITIONS);
                SeenRecords results = cluster.results();
                Admin admin = admin(cluster)) {
            Feed feed = new Feed(cluster, results, "stop", 300);
            Map<String, String> settings = settings(cluster, 0, "killed", named);
            settings.put("kafka.session.timeout.ms", "45000");
            WorkerProcess killed = start(settings);
            WorkerProcess stops = start(settings(cluster, 1, "stops", named));
            for (WorkerProcess worker : List.of(killed, stops)) {
                feed.until(() -> worker.log().contains("batch_start"), PATIENCE);
            }
            killed.kill();
            WorkerProcess joins = start(settings(cluster, 2, "joins", named));
            feed.until(() -> isWaiting(admin), PATIENCE);
            // Those that are there hear of it with their next heartbeat.
            results.readFor(Duration.ofSeconds(2));

            for (WorkerProcess worker : List.of(stops, joins)) {
                long begun = System.nanoTime();
                assertThat(worker.terminate(PATIENCE)).isZero();
                long took = System.nanoTime() - begun;
                System.out.printf("restart: stopped in %.1f s%n", took / 1e9);
                assertThat(worker.log()).contains("clean=true").doesNotContain(" ERROR ");
                assertThat(Duration.ofNanos(took)).isLessThan(Duration.ofSeconds(10));
            }
            assertThat(isWaiting(admin)).isTrue();
            assertThat(openTransactions(admin, "stops")).isEmpty();

            start(settings(cluster, 1, "stops", named));
            results.readUntil(() -> results.items() == feed.sent(), PATIENCE);
            int inFlight = PARTITIONS / 2 * SLOTS;
            assertThat(cluster.sandbox().stats("stop").callsOf("stop")).isLessThanOrEqualTo(feed.sent() + inFlight);
        }
    }

    private static boolean isWaiting(Admin admin) {
        try {
            return admin.describeConsumerGroups(List.of(GROUP))
                            .describedGroups()
                            .get(GROUP)
                            .get()
                            .groupState()
                    == GroupState.PREPARING_REBALANCE;
        } catch (InterruptedException | ExecutionException e) {
            throw new AssertionError(e);
        }
    }

    private void killInATransaction(TestCluster cluster, Feed feed, Silence silence, WorkerProcess worker, String state)
            throws Exception {
        try (Admin admin = admin(cluster)) {
            for (int tries = 0; tries < 300; tries++) {
                // Stopped, so that the transaction does not end between the look and the kill.
                worker.signal("STOP");
                if (hasResults(admin, openTransactions(admin, state))) {
                    worker.kill();
                    return;
                }
                worker.signal("CONT");
                // It works meanwhile: what it does not do before its end is no part of what is measured.
                long next = System.nanoTime() + BETWEEN_LOOKS.toNanos();
                feed.until(silence.or(() -> System.nanoTime() > next), PATIENCE);
            }
        }
        throw new AssertionError("no transaction was open in 300 looks");
    }

    /** Results in it stop all their readers. */
    private static boolean hasResults(Admin admin, List<String> transactions) throws Exception {
        return admin.describeTransactions(transactions).all().get().values().stream()
                .flatMap(transaction -> transaction.topicPartitions().stream())
                .anyMatch(partition -> partition.topic().equals("genai.results"));
    }

    /** Of the worker with this state directory. */
    private List<String> openTransactions(Admin admin, String state) throws Exception {
        String metadata = Files.readString(dir.resolve(state).resolve(GROUP + "/kafka-streams-process-metadata"));
        String process = metadata.replaceAll(".*\"processId\":\"([^\"]*)\".*", "$1");
        return admin
                .listTransactions(new ListTransactionsOptions().filterStates(List.of(TransactionState.ONGOING)))
                .all()
                .get()
                .stream()
                .map(TransactionListing::transactionalId)
                .filter(id -> id.contains(process))
                .toList();
    }

    private static Admin admin(TestCluster cluster) {
        return Admin.create(Map.of("bootstrap.servers", cluster.kafka().bootstrapServers()));
    }

    private Silence start(TestCluster cluster, SeenRecords results, Feed feed, boolean named) {
        for (int i = 0; i < WORKERS; i++) {
            start(settings(cluster, i, "state-" + i, named));
        }
        for (WorkerProcess worker : workers) {
            awaitWork(feed, new Silence(results), worker);
        }
        return new Silence(results);
    }

    private static void awaitWork(Feed feed, Silence silence, WorkerProcess worker) {
        feed.until(silence.or(() -> worker.log().contains("batch_start")), PATIENCE);
    }

    private static void finish(SeenRecords results, Feed feed, Silence silence, String batch) {
        int before = feed.sent();
        feed.until(silence.or(() -> feed.sent() > before), PATIENCE);
        silence.end();
        results.readUntil(() -> results.items() == feed.sent(), PATIENCE);
        results.readFor(Duration.ofSeconds(1));
        assertThat(results.batch(batch)).hasSize(feed.sent()).allSatisfy((index, all) -> assertThat(all)
                .hasSize(1));
    }

    private WorkerProcess start(Map<String, String> settings) {
        WorkerProcess worker = process(settings);
        workers.add(worker);
        return worker;
    }

    private WorkerProcess process(Map<String, String> settings) {
        return WorkerProcess.start(dir.resolve("worker-" + processes++ + ".log"), settings);
    }

    private Map<String, String> settings(TestCluster cluster, int number, String state, boolean named) {
        Map<String, String> settings = cluster.worker(dir.resolve(state), SLOTS);
        if (named) {
            settings.put(GenAiConfig.WORKER_ID, "worker-" + number);
        }
        return settings;
    }

    /** The longest times without a result, of all and of one request partition. */
    private static final class Silence {

        private final SeenRecords results;
        private final long[] last = new long[PARTITIONS];
        private final int[] items = new int[PARTITIONS];
        private long lastOfAll = System.nanoTime();
        private long longest;
        private long longestOfAll;
        private int read;
        private boolean ended;

        private Silence(SeenRecords results) {
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
            System.out.printf(
                    "restart: longest silence %.1f s, of one partition %.1f s%n", longestOfAll / 1e9, longest / 1e9);
            assertThat(items).doesNotContain(0);
            assertThat(Duration.ofNanos(longestOfAll)).isLessThan(ofAll);
            assertThat(Duration.ofNanos(longest)).isLessThan(ofOne);
        }
    }
}
