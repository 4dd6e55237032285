package io.github.genaistreams.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StateTopicsTest {

    private static final Uuid ID = Uuid.randomUuid();

    @TempDir
    Path group;

    private Path state;

    @BeforeEach
    void haveState() throws IOException {
        state = Files.createDirectories(group.resolve("1_0")).resolve("state");
        Files.createFile(state);
    }

    @Test
    void deletesStateOfATopicThatWasCreatedAgain() {
        StateTopics.check(group, Map.of("requests", ID, "retries", ID));
        StateTopics.check(group, Map.of("requests", ID, "retries", Uuid.randomUuid()));
        assertThat(state.getParent()).doesNotExist();
    }

    /** Also those of an API that had no key meanwhile. */
    @Test
    void keepsStateOfTheSameTopicsHoweverOftenAWorkerStarts() {
        StateTopics.check(group, Map.of("requests", ID, "documents", ID));
        StateTopics.check(group, Map.of("requests", ID));
        StateTopics.check(group, Map.of("requests", ID, "documents", ID, "more", Uuid.randomUuid()));
        assertThat(state).exists();
        StateTopics.check(group, Map.of("documents", Uuid.randomUuid()));
        assertThat(state).doesNotExist();
    }

    @Test
    void keepsStateOfAnEarlierVersion() {
        StateTopics.check(group, Map.of("requests", ID));
        assertThat(state).exists();
    }

    @Test
    void saysWhichDirectoryItCannotWrite() throws IOException {
        Files.createDirectory(group.resolve(StateTopics.MARK));
        assertThatThrownBy(() -> StateTopics.check(group, Map.of("requests", ID)))
                .isInstanceOf(WorkerException.class)
                .hasMessageContaining(group.toString());
    }
}
