package io.github.genaistreams.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.local.Latency;
import io.github.genaistreams.local.SandboxSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListTransactionsOptions;
import org.apache.kafka.clients.admin.TransactionListing;
import org.apache.kafka.clients.admin.TransactionState;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How long readers of results hear nothing when a worker vanishes in the middle of a transaction. */
@Tag("long")
class KillTest {

    private static final int PARTITIONS = 4;
    private static final int REQUESTS = 30_000;

    @TempDir
    Path dir;

    @Test
    void shouldBeSilentForNotMuchLongerThanTheSessionOfTheOneKilled() throws Exception {
        SandboxSettings api = SandboxSettings.DEFAULTS.withLatency(Latency.fixed(Duration.ofMillis(100)));
        try (TestCluster cluster = TestCluster.start(api, PARTITIONS);
                ResultReader results = cluster.results();
                Admin admin =
                        Admin.create(Map.of("bootstrap.servers", cluster.kafka().bootstrapServers()));
                WorkerProcess stays = worker(cluster, "stays");
                WorkerProcess dies = worker(cluster, "dies")) {
            cluster.submit("kill", REQUESTS, r -> r);
            stays.awaitLog("summary", Duration.ofSeconds(120));
            dies.awaitLog("summary", Duration.ofSeconds(120));
            results.readUntil(() -> results.items() > 1_000, Duration.ofSeconds(60));
            killInATransaction(dies, admin);

            long longest = 0;
            long last = System.nanoTime();
            int seen = results.items();
            while (seen < REQUESTS) {
                results.readFor(Duration.ofMillis(20));
                if (results.items() > seen) {
                    longest = Math.max(longest, System.nanoTime() - last);
                    last = System.nanoTime();
                    seen = results.items();
                }
                assertThat(Duration.ofNanos(System.nanoTime() - last)).isLessThan(Duration.ofSeconds(60));
            }
            System.out.printf("kill: longest silence %.1f s%n", longest / 1e9);
            assertThat(results.batch("kill").values())
                    .allSatisfy(all -> assertThat(all).hasSize(1));
            // The session of 10 s, and what it takes to see its end, to end the transaction, and to restore what the
            // other had.
            assertThat(Duration.ofNanos(longest)).isLessThan(Duration.ofSeconds(15));
        }
    }

    /** What it has written so far is in the partition that all of the batch share. */
    private void killInATransaction(WorkerProcess dies, Admin admin) throws Exception {
        String metadata = Files.readString(dir.resolve("dies/genai-worker/kafka-streams-process-metadata"));
        String process = metadata.replaceAll(".*\"processId\":\"([^\"]*)\".*", "$1");
        for (int tries = 0; tries < 50; tries++) {
            // Stopped, so that the transaction does not end between the look and the kill.
            dies.signal("STOP");
            if (hasOpenTransaction(admin, process)) {
                dies.kill();
                return;
            }
            dies.signal("CONT");
        }
        throw new AssertionError("no transaction was open in 50 looks");
    }

    /** One that has results in it, which stops their readers. */
    private static boolean hasOpenTransaction(Admin admin, String process) throws Exception {
        List<String> open = admin
                .listTransactions(new ListTransactionsOptions().filterStates(List.of(TransactionState.ONGOING)))
                .all()
                .get()
                .stream()
                .map(TransactionListing::transactionalId)
                .filter(id -> id.contains(process))
                .toList();
        return admin.describeTransactions(open).all().get().values().stream()
                .flatMap(transaction -> transaction.topicPartitions().stream())
                .anyMatch(partition -> partition.topic().equals("genai.results"));
    }

    private WorkerProcess worker(TestCluster cluster, String name) {
        return WorkerProcess.start(dir.resolve(name + ".log"), cluster.worker(dir.resolve(name), 10));
    }
}
