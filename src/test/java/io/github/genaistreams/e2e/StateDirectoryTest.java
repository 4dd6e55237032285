package io.github.genaistreams.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.genaistreams.sandbox.SandboxSettings;
import io.github.genaistreams.worker.GenAiConfig;
import io.github.genaistreams.worker.Worker;
import io.github.genaistreams.worker.WorkerException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A worker starts on a state directory that is not what it left. */
class StateDirectoryTest {

    private static final String GROUP = "genai-worker";
    private static final int ITEMS = 8;
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir
    Path dir;

    /** All that is in it is in Kafka, too. */
    @Test
    void answersAllOpenItemsOnceIfItCannotBeOpened() {
        assertAllAreAnsweredOnceAfter(List.of(group -> deleteIn(group, "CURRENT")));
    }

    @Test
    @Tag("long")
    void answersAllOpenItemsOnceWhateverIsMissingFromItOrTooMuch() {
        assertAllAreAnsweredOnceAfter(List.of(
                StateDirectoryTest::addGarbage,
                group -> deleteIn(group, ".log"),
                group -> deleteIn(group, ".sst"),
                group -> deleteIn(group, "MANIFEST"),
                StateDirectoryTest::cutFiles));
    }

    private void assertAllAreAnsweredOnceAfter(List<Damage> damages) {
        try (TestCluster cluster = TestCluster.start(SandboxSettings.DEFAULTS, 2);
                SeenRecords results = cluster.results()) {
            Map<String, String> settings = cluster.worker(dir, 10);
            int batch = 0;
            for (Damage damage : damages) {
                String name = "batch-" + batch++;
                leaveOpen(cluster, settings, name);
                damage.to(dir.resolve(GROUP));
                try (Worker worker = startedAgain(settings)) {
                    results.readUntil(() -> results.items(name) == ITEMS, PATIENCE);
                    assertThat(worker.hasFailed()).isFalse();
                }
            }
            results.readFor(Duration.ofMillis(500));
            for (int i = 0; i < batch; i++) {
                assertThat(results.batch("batch-" + i).values()).allSatisfy(all -> assertThat(all)
                        .singleElement()
                        .satisfies(result -> assertThat(result.success()).isTrue()));
                assertThat(cluster.sandbox().stats("batch-" + i).callsOf("batch-" + i))
                        .isEqualTo(ITEMS);
            }
        }
    }

    /** The cluster was set up anew, say, and the worker kept its volume. */
    @Test
    @Tag("long")
    void takesNothingOfAnotherCluster() {
        try (TestCluster before = TestCluster.start(SandboxSettings.DEFAULTS, 2);
                SeenRecords results = before.results()) {
            before.submit("now", ITEMS, r -> r);
            try (Worker worker = Worker.start(new GenAiConfig(before.worker(dir, 10)))) {
                results.readUntil(() -> results.items("now") == ITEMS, PATIENCE);
            }
            leaveOpen(before, before.worker(dir, 10), "before");
        }
        try (TestCluster cluster = TestCluster.start(SandboxSettings.DEFAULTS, 2);
                SeenRecords results = cluster.results()) {
            cluster.submit("now", ITEMS, r -> r);
            try (Worker worker = Worker.start(new GenAiConfig(cluster.worker(dir, 10)))) {
                results.readUntil(() -> results.items("now") == ITEMS, PATIENCE);
                results.readFor(Duration.ofSeconds(1));
                assertThat(worker.hasFailed()).isFalse();
            }
            assertThat(results.batch("now").values())
                    .allSatisfy(all -> assertThat(all).singleElement().satisfies(result -> assertThat(result.success())
                            .isTrue()));
            assertThat(results.items("before")).isZero();
        }
    }

    /** As whoever runs it does when it ends: what cannot be opened is gone the second time. */
    private Worker startedAgain(Map<String, String> settings) {
        try {
            return Worker.start(new GenAiConfig(settings));
        } catch (WorkerException e) {
            assertThat(e).hasMessageContaining("was damaged and is deleted: start the worker again");
            return Worker.start(new GenAiConfig(settings));
        }
    }

    private interface Damage {
        void to(Path group);
    }

    private static void leaveOpen(TestCluster cluster, Map<String, String> settings, String batch) {
        cluster.submit(batch, ITEMS, r -> r);
        try (Worker worker = Worker.start(new GenAiConfig(settings), Set.of(batch))) {
            await().atMost(PATIENCE).until(() -> worker.lanes().size() == ITEMS);
        }
    }

    private static void addGarbage(Path group) {
        files(group, "CURRENT").forEach(file -> write(file.resolveSibling("000999.sst"), "garbage"));
        write(group.resolve("garbage"), "garbage");
        write(group.getParent().resolve("garbage"), "garbage");
        write(group.resolve("9_9").resolve("garbage"), "garbage");
        write(group.resolveSibling("another-group").resolve("1_0/garbage"), "garbage");
    }

    private static void deleteIn(Path group, String name) {
        files(group, name).forEach(file -> {
            try {
                Files.delete(file);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    private static void cutFiles(Path group) {
        files(group, "").filter(file -> file.toString().contains("rocksdb")).forEach(file -> write(file, "x"));
    }

    private static Stream<Path> files(Path group, String name) {
        try (Stream<Path> all = Files.walk(group)) {
            return all
                    .filter(file -> Files.isRegularFile(file)
                            && file.getFileName().toString().contains(name))
                    .toList()
                    .stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void write(Path file, String content) {
        try {
            Files.createDirectories(file.getParent());
            Files.writeString(file, content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
