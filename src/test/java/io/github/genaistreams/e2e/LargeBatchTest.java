package io.github.genaistreams.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.cli.GenAi;
import io.github.genaistreams.client.FakeWorker;
import io.github.genaistreams.model.BatchStatus;
import io.github.genaistreams.sandbox.SandboxSettings;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.ItemKeys;
import io.github.genaistreams.wire.Topics;
import io.github.genaistreams.worker.GenAiConfig;
import io.github.genaistreams.worker.Worker;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A batch in order whose first item is the last to be answered: all the others wait for it, on disk. */
class LargeBatchTest {

    private static final int PARTITIONS = 4;
    private static final int SMALL = 3_000;

    @TempDir
    Path dir;

    @Test
    void releasesALargeBatchInOrder() throws IOException {
        try (TestCluster cluster = TestCluster.start(SandboxSettings.DEFAULTS, PARTITIONS);
                Sequence ordered = new Sequence(cluster)) {
            try (Worker worker = Worker.start(new GenAiConfig(submit(cluster, SMALL)))) {
                ordered.readTo(SMALL, Duration.ofMinutes(3), () -> 0);
                assertThat(worker.hasFailed()).isFalse();
            }
            assertIsComplete(ordered.lastStatus(), SMALL);
            GenAi.Outcome read = new GenAi()
                    .with("GENAI_BOOTSTRAP_SERVERS", cluster.kafka().bootstrapServers())
                    .run("results", "large", "--format", "csv", "--quiet");
            assertThat(read.status()).as(read.err()).isZero();
            assertIsInOrder(read.out().lines(), SMALL);
        }
    }

    @Test
    @Tag("long")
    void releasesAMillionInOrderFromASmallHeapAndReadsThemWithASmallerOne() {
        int items = 1_000_000;
        try (TestCluster cluster = TestCluster.start(SandboxSettings.DEFAULTS, PARTITIONS);
                Sequence ordered = new Sequence(cluster)) {
            Map<String, String> settings = submit(cluster, items);
            long start = System.nanoTime();
            try (WorkerProcess worker = WorkerProcess.start(
                    dir.resolve("worker.log"), settings, "-Xmx512m", "-XX:NativeMemoryTracking=off")) {
                ordered.readTo(items, Duration.ofMinutes(40), worker::residentBytes);
                assertThat(worker.isAlive()).isTrue();
                ordered.assertMemoryIsFlat();
                assertThat(worker.terminate(Duration.ofSeconds(60))).isZero();
            }
            assertIsComplete(ordered.lastStatus(), items);
            System.out.printf(
                    "large: %,d items in order after %.1f s, worker resident %s MB%n",
                    items, (System.nanoTime() - start) / 1e9, ordered.residentByQuarter());
            readAll(cluster, items);
        }
    }

    /** The worst order there is for a reader: all others wait for the first. */
    @Test
    @Tag("long")
    void readsAMillionInOrderWithASmallHeapThoughTheFirstIsTheLast() {
        int items = 1_000_000;
        try (TestCluster cluster = TestCluster.start(SandboxSettings.DEFAULTS, PARTITIONS);
                FakeWorker worker =
                        new FakeWorker(cluster.kafka().bootstrapServers(), Topics.withDefaultPrefix(), PARTITIONS)) {
            for (int residue = 3; residue >= 0; residue--) {
                for (int from = residue == 0 ? 4 : residue; from < items; from += 40_000) {
                    int end = Math.min(items, from + 40_000);
                    worker.answers(
                            "large",
                            items,
                            IntStream.iterate(from, index -> index < end, index -> index + 4)
                                    .toArray());
                }
            }
            worker.answers("large", items, 0);
            readAll(cluster, items);
        }
    }

    /** All but the first item, and that one after them. Returns the settings of a worker for them. */
    private Map<String, String> submit(TestCluster cluster, int items) {
        try (var producer = cluster.producer()) {
            for (int index = 1; index < items; index++) {
                producer.send(cluster.record("large", index, items, r -> r));
            }
            producer.flush();
            producer.send(cluster.record("large", 0, items, r -> r));
        }
        Map<String, String> settings = cluster.worker(dir.resolve("state"), 50);
        settings.put(GenAiConfig.RESULTS_ORDERED, "true");
        return settings;
    }

    private static void assertIsComplete(BatchStatus last, int items) {
        assertThat(last.state()).isEqualTo(BatchStatus.State.COMPLETED);
        assertThat(last.succeeded()).isEqualTo(items);
        assertThat(last.duplicates()).isZero();
    }

    private static void assertIsInOrder(Stream<String> csv, int items) {
        int[] next = {-1};
        csv.forEach(line -> {
            assertThat(line).startsWith(next[0] < 0 ? "index," : next[0] + ",");
            next[0]++;
        });
        assertThat(next[0]).isEqualTo(items);
    }

    /** As a person would, from the topic that is not in order, in a process whose heap could not hold them. */
    private void readAll(TestCluster cluster, int items) {
        Path out = dir.resolve("large.csv");
        long start = System.nanoTime();
        int status = WorkerProcess.run(
                out,
                "-Xmx160m",
                "results",
                "large",
                "--format",
                "csv",
                "--quiet",
                "--bootstrap-server",
                cluster.kafka().bootstrapServers());
        assertThat(status).isZero();
        try (var lines = Files.lines(out)) {
            assertIsInOrder(lines, items);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        System.out.printf(
                "large: read in order by a client with -Xmx160m in %.1f s%n", (System.nanoTime() - start) / 1e9);
    }

    /** Reads the ordered topic and keeps nothing but its place. */
    private static final class Sequence implements AutoCloseable {

        private final SeenRecords results;
        private final SeenRecords statuses;
        private int next;

        /** Of the worker, in MB, one for each look. */
        private final List<Long> resident = new ArrayList<>();

        Sequence(TestCluster cluster) {
            results = SeenRecords.of(
                    cluster.kafka().bootstrapServers(), cluster.topics().resultsOrdered());
            statuses = SeenRecords.of(
                    cluster.kafka().bootstrapServers(), cluster.topics().batches());
        }

        void readTo(int items, Duration patience, LongSupplier residentBytes) {
            long end = System.nanoTime() + patience.toNanos();
            while (next < items) {
                assertThat(System.nanoTime())
                        .as("time for %d items, at %d", items, next)
                        .isLessThan(end);
                results.readFor(Duration.ofMillis(100));
                for (ConsumerRecord<byte[], byte[]> record : results.records()) {
                    assertThat(ItemKeys.decode(record.key()).index()).isEqualTo(next);
                    next++;
                }
                results.records().clear();
                resident.add(residentBytes.getAsLong() >> 20);
            }
            results.readFor(Duration.ofMillis(500));
            assertThat(results.records()).isEmpty();
        }

        /** The most of each quarter of the time. */
        List<Long> residentByQuarter() {
            int quarter = Math.max(1, resident.size() / 4);
            return IntStream.range(0, 4)
                    .mapToObj(i -> resident.stream()
                            .skip((long) i * quarter)
                            .limit(quarter)
                            .mapToLong(mb -> mb)
                            .max()
                            .orElse(0))
                    .toList();
        }

        /** What is outside of the heap is not bounded by -Xmx; all of it together must not grow with the batch. */
        void assertMemoryIsFlat() {
            List<Long> most = residentByQuarter();
            assertThat(most).allMatch(mb -> mb < 512 + 500);
            assertThat(most.get(3)).isLessThanOrEqualTo(Math.max(512, most.get(1)) * 6 / 5);
        }

        BatchStatus lastStatus() {
            statuses.readFor(Duration.ofSeconds(3));
            var all = statuses.records();
            return Codecs.BATCH_STATUS.decode(all.get(all.size() - 1).value());
        }

        @Override
        public void close() {
            results.close();
            statuses.close();
        }
    }
}
