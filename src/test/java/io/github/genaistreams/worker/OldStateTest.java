package io.github.genaistreams.worker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OldStateTest {

    private final Instant now = Instant.now();

    @TempDir
    Path group;

    @Test
    void isDeletedWithAllThatIsInIt() throws IOException {
        Path old = task("0_1", OldState.MAX_WAIT.plusMinutes(1));

        OldState.delete(group, now);

        assertThat(old).doesNotExist();
    }

    @Test
    void isLeftIfItWasWrittenToSince() throws IOException {
        Path fresh = task("0_2", OldState.MAX_WAIT.minusMinutes(1));
        Path written = task("0_3", Duration.ofDays(3));
        Files.setLastModifiedTime(
                written.resolve("rocksdb/responses-journal/000007.sst"), FileTime.from(now.minusSeconds(5)));

        OldState.delete(group, now);

        assertThat(List.of(fresh, written))
                .allSatisfy(task -> assertThat(task.resolve("rocksdb/responses-journal/000007.sst"))
                        .exists());
    }

    @Test
    void isAsOldAsTheLastWorkerThatRanWithItHoweverOftenItWasStarted() throws IOException {
        OldState.isCurrent(group, now.minus(OldState.MAX_WAIT).minusSeconds(1));
        Path started = task("0_1", Duration.ofSeconds(5));

        OldState.delete(group, now);
        assertThat(started).doesNotExist();

        // What is read from Kafka after that is new.
        Path readAgain = task("0_1", Duration.ofSeconds(1));
        OldState.delete(group, now);
        assertThat(readAgain).exists();
    }

    @Test
    void isLeftWhileAWorkerRunsWithItNowAndThen() throws IOException {
        OldState.isCurrent(group, now.minus(Duration.ofDays(3)));
        OldState.isCurrent(group, now.minus(OldState.MAX_WAIT).plusSeconds(1));
        Path task = task("0_1", Duration.ofSeconds(5));

        OldState.delete(group, now);

        assertThat(task).exists();
    }

    @Test
    void isDeletedIfNoWorkerComesToRunWithItSinceItsAgeWasSeen() throws IOException {
        Path task = task("0_1", Duration.ofHours(1));
        OldState.delete(group, now);
        assertThat(task).exists();

        Instant later = now.plus(OldState.MAX_WAIT).minusSeconds(3_599);
        Files.setLastModifiedTime(task, FileTime.from(later));
        OldState.delete(group, later);

        assertThat(task).doesNotExist();
    }

    @Test
    void isNotWhatBelongsToTheProcess() throws IOException {
        Path process = Files.writeString(group.resolve("kafka-streams-process-metadata"), "{}");
        Files.setLastModifiedTime(process, FileTime.from(now.minus(Duration.ofDays(30))));

        OldState.delete(group, now);
        OldState.delete(group.resolve("another"), now);

        assertThat(process).exists();
    }

    @Test
    void isDeletedBeforeKafkaKnowsNothingOfDeletions() {
        // Kafka's default of delete.retention.ms.
        assertThat(OldState.MAX_WAIT.multipliedBy(2)).isLessThanOrEqualTo(Duration.ofDays(1));
    }

    private Path task(String name, Duration age) throws IOException {
        Path task = group.resolve(name);
        Files.createDirectories(task.resolve("rocksdb/responses-journal"));
        Files.writeString(task.resolve("rocksdb/responses-journal/000007.sst"), "x");
        try (Stream<Path> files = Files.walk(task)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.setLastModifiedTime(file, FileTime.from(now.minus(age)));
            }
        }
        return task;
    }
}
