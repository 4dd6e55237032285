package io.github.genaistreams.serve.batch;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.genaistreams.serve.batch.Stored.StoredFile;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Files of which the topic has other chunks between, no longer all, or none since it was made anew. */
class FileContentTest {

    private static final TopicPartition PARTITION = new TopicPartition("files", 1);
    private static final StoredFile FILE =
            new StoredFile("file-1", "a", 1, 2, "x.jsonl", "batch", 6, PARTITION.partition(), 3, 6, 3);

    private final MockConsumer<byte[], byte[]> consumer = new MockConsumer<>("earliest");
    private final FileContent content =
            new FileContent(() -> consumer, null, PARTITION.topic(), 2, 1_000, Duration.ZERO);

    @BeforeEach
    void begin() {
        has(0, 7);
    }

    private void has(long beginning, long end) {
        consumer.updateBeginningOffsets(Map.of(PARTITION, beginning));
        consumer.updateEndOffsets(Map.of(PARTITION, end));
    }

    private void comes(long offset, String file, String chunk) {
        consumer.schedulePollTask(() -> consumer.addRecord(new ConsumerRecord<>(
                PARTITION.topic(), PARTITION.partition(), offset, file.getBytes(UTF_8), chunk.getBytes(UTF_8))));
    }

    private String read() throws IOException {
        try (InputStream in = content.read(FILE)) {
            return new String(in.readAllBytes(), UTF_8);
        }
    }

    @Test
    void chunksOfOtherFilesAreLeftOut() throws IOException {
        comes(3, "file-1", "ab");
        comes(4, "file-2", "xx");
        comes(5, "file-1", "cd");
        comes(6, "file-1", "ef");

        assertThat(read()).isEqualTo("abcdef");
        assertThat(consumer.closed()).isTrue();
    }

    @Test
    void aFileWithoutItsBeginningIsGone() {
        comes(5, "file-1", "cd");

        assertThatThrownBy(this::read).isInstanceOf(FileContent.GoneException.class);
    }

    @Test
    void aFileWithoutItsEndIsGone() {
        comes(3, "file-1", "ab");
        comes(8, "file-2", "xx");

        assertThatThrownBy(this::read).isInstanceOf(FileContent.GoneException.class);
    }

    @Test
    void aFileOfATopicThatWasMadeAnewIsGone() {
        has(0, 4);
        comes(3, "file-2", "xx");

        assertThatThrownBy(this::read).isInstanceOf(FileContent.GoneException.class);
    }

    /** It may answer later. */
    @Test
    void aSilentKafkaIsNoLostFile() {
        assertThatThrownBy(this::read).isInstanceOf(IOException.class).isNotInstanceOf(FileContent.GoneException.class);
    }
}
