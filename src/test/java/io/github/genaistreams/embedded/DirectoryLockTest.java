package io.github.genaistreams.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirectoryLockTest {

    @TempDir
    Path directory;

    @Test
    void waitsForOneWhoOnlyLooks() {
        DirectoryLock brief = DirectoryLock.of(directory);
        Executor soon = CompletableFuture.delayedExecutor(60, TimeUnit.MILLISECONDS);
        var released = CompletableFuture.runAsync(brief::close, soon);

        try (DirectoryLock lock = DirectoryLock.of(directory)) {
            assertThat(released).isCompleted();
            assertThat(DirectoryLock.isHeld(directory)).isTrue();
        }
        assertThat(DirectoryLock.isHeld(directory)).isFalse();
    }

    @Test
    void namesTheOwnerOfOneThatStays() {
        try (DirectoryLock lock = DirectoryLock.of(directory)) {
            assertThatThrownBy(() -> DirectoryLock.of(directory))
                    .isInstanceOf(LocalKafkaException.class)
                    .hasMessageContaining("in use by another local Kafka (process "
                            + ProcessHandle.current().pid() + ")");
        }
    }
}
