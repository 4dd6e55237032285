package io.github.genaistreams.client.read;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.genaistreams.client.kafka.BatchClientException;
import io.github.genaistreams.client.read.EarlyResults.Content;
import io.github.genaistreams.client.read.EarlyResults.Pending;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EarlyResultsTest {

    @Test
    void givesBackWhatItKeptInAnyOrderWhereverItWaited() {
        var random = new Random(3);
        try (var early = new EarlyResults(2_000)) {
            // Twice, since the file is used again once nothing in it waits.
            for (int round = 0; round < 2; round++) {
                List<Integer> waiting = new ArrayList<>();
                List<Pending> places = new ArrayList<>();
                for (int i = 0; i < 200; i++) {
                    places.add(early.keep(null, 0, record(i)));
                    waiting.add(i);
                }
                while (!waiting.isEmpty()) {
                    int i = waiting.remove(random.nextInt(waiting.size()));
                    Content content = early.content(places.get(i));
                    assertThat(early.content(places.get(i)).value()).isEqualTo(value(i));
                    early.release(places.get(i));
                    assertThat(content.value()).isEqualTo(value(i));
                    assertThat(content.headers()).isEqualTo(record(i).headers());
                }
            }
        }
    }

    @Test
    void survivesAnInterruptOfTheReader() {
        try (var early = new EarlyResults(0)) {
            Pending first = early.keep(null, 0, record(7));
            Thread.currentThread().interrupt();
            Pending second = early.keep(null, 0, record(8));

            assertThat(early.content(first).value()).isEqualTo(value(7));
            assertThat(early.content(second).value()).isEqualTo(value(8));
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    /** Neither by a kill, which ends a process without a close, nor by a close. */
    @Test
    void leavesNoFileBehind(@TempDir Path directory) throws IOException {
        try (var early = new EarlyResults(0, directory)) {
            Pending kept = early.keep(null, 0, record(1));

            assertThat(directory).isEmptyDirectory();
            assertThat(early.content(kept).value()).isEqualTo(value(1));
        }
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void saysWhereThereIsNoRoom(@TempDir Path directory) {
        Path missing = directory.resolve("missing");
        try (var early = new EarlyResults(0, missing)) {
            assertThatThrownBy(() -> early.keep(null, 0, record(1)))
                    .isInstanceOf(BatchClientException.class)
                    .hasMessageContaining(missing.toString())
                    .hasMessageContaining("-Djava.io.tmpdir");
        }
    }

    @Test
    void saysWhatToDoWhenTheFileCannotBeReadAgain() {
        var early = new EarlyResults(0);
        Pending place = early.keep(null, 0, record(1));
        early.close();

        assertThatThrownBy(() -> early.content(place))
                .isInstanceOf(BatchClientException.class)
                .hasMessageContaining("start reading again");
    }

    private static ConsumerRecord<byte[], byte[]> record(int i) {
        var record = new ConsumerRecord<>("results", 0, i, new byte[0], value(i));
        record.headers()
                .add("naïve", ("v" + i).getBytes(UTF_8))
                .add("empty", new byte[0])
                .add("none", null);
        return record;
    }

    private static byte[] value(int i) {
        return ("value " + i).repeat(1 + i % 9).getBytes(UTF_8);
    }
}
