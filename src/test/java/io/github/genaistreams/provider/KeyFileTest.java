package io.github.genaistreams.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.github.genaistreams.MostlyWaits;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

class KeyFileTest {

    @TempDir
    private Path dir;

    @MostlyWaits
    @Test
    void usesTheNewKeyAfterTheFileHasChanged() throws Exception {
        Path file = Files.writeString(dir.resolve("key"), " sk-old\n");
        var key = new KeyFile(file);
        assertThat(key.current().reveal()).isEqualTo("sk-old");

        Files.writeString(file, "sk-new");
        Files.setLastModifiedTime(file, FileTime.from(Instant.now().plusSeconds(10)));

        await().atMost(Duration.ofSeconds(10))
                .untilAsserted(() -> assertThat(key.current().reveal()).isEqualTo("sk-new"));
    }

    @MostlyWaits
    @Test
    void keepsItsKeyWhileTheFileIsGoneOrEmpty() throws Exception {
        Path file = Files.writeString(dir.resolve("key"), "sk-old");
        var key = new KeyFile(file);

        Files.delete(file);
        await().pollDelay(Duration.ofMillis(1_100))
                .untilAsserted(() -> assertThat(key.current().reveal()).isEqualTo("sk-old"));
        Files.writeString(file, "");
        await().pollDelay(Duration.ofMillis(1_100))
                .untilAsserted(() -> assertThat(key.current().reveal()).isEqualTo("sk-old"));
        Files.writeString(file, "sk-new");
        await().untilAsserted(() -> assertThat(key.current().reveal()).isEqualTo("sk-new"));
    }

    @MostlyWaits
    @ParameterizedTest
    @ValueSource(strings = {"sk-new\nsk-other", "sk new", "sk-\u00fc"})
    void keepsItsKeyAndSaysSoOnceWhenTheFileHoldsWhatCanBeNone(String content) throws Exception {
        Path file = Files.writeString(dir.resolve("key"), "sk-old");
        var key = new KeyFile(file);
        var log = new ListAppender<ILoggingEvent>();
        // Other tests log at the same time, of files of their own.
        log.list = new CopyOnWriteArrayList<>();
        log.start();
        var logger = (Logger) LoggerFactory.getLogger(KeyFile.class);
        logger.addAppender(log);

        Files.writeString(file, content);
        Files.setLastModifiedTime(file, FileTime.from(Instant.now().plusSeconds(10)));
        await().untilAsserted(() -> {
            assertThat(key.current().reveal()).isEqualTo("sk-old");
            assertThat(of(file, log)).isNotEmpty();
        });
        await().pollDelay(Duration.ofMillis(1_100))
                .untilAsserted(() -> assertThat(key.current().reveal()).isEqualTo("sk-old"));
        logger.detachAppender(log);

        assertThat(of(file, log)).singleElement().satisfies(message -> assertThat(message)
                .contains("key", "position")
                .doesNotContain("sk-"));
        Files.writeString(file, "sk-new");
        await().untilAsserted(() -> assertThat(key.current().reveal()).isEqualTo("sk-new"));
    }

    private static List<String> of(Path file, ListAppender<ILoggingEvent> log) {
        return log.list.stream()
                .map(ILoggingEvent::getFormattedMessage)
                .filter(message -> message.contains(file.toString()))
                .toList();
    }

    @Test
    void wantsAKeyToBeginWith() throws Exception {
        Path empty = Files.writeString(dir.resolve("empty"), "\n");

        assertThatThrownBy(() -> new KeyFile(empty)).hasMessageContaining("empty");
        assertThatThrownBy(() -> new KeyFile(dir.resolve("missing"))).hasMessageContaining("missing");
    }
}
