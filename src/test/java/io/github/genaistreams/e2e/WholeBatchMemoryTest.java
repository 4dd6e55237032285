package io.github.genaistreams.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.sandbox.Latency;
import io.github.genaistreams.sandbox.SandboxSettings;
import io.github.genaistreams.worker.GenAiConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.BitSet;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A record with a whole batch is much more in memory than on the topic. */
class WholeBatchMemoryTest {

    @TempDir
    Path dir;

    @Tag("long")
    @Test
    void splitsARecordOfAHundredThousandItemsInAWorkerOf256Megabytes() {
        split(100_000, "-Xmx256m");
    }

    /** A batch without an answer that is paid: what is shown is that each item comes out once. The worker is killed in between. */
    private void split(int items, String memory) {
        SandboxSettings api = SandboxSettings.DEFAULTS.withLatency(Latency.parse("fixed:1ms"));
        try (TestCluster cluster = TestCluster.start(api, 2);
                SeenRecords results = cluster.results();
                var producer = cluster.producer()) {
            String prompts = IntStream.range(0, items)
                    .mapToObj(i -> "\"Which river has the number " + i + "?\"")
                    .collect(Collectors.joining(","));
            producer.send(new ProducerRecord<>(
                    cluster.topics().requests("responses"),
                    0,
                    null,
                    ("{\"batch_id\":\"w\",\"model\":\"gpt-4o-mini\",\"user_prompts\":[" + prompts + "]}")
                            .getBytes(UTF_8)));
            // Refused by each worker alike, so that nothing is waited for but the splitting.
            producer.send(new ProducerRecord<>(
                    cluster.topics().control(),
                    "w".getBytes(UTF_8),
                    "{\"batch_id\":\"w\",\"cancel\":true}".getBytes(UTF_8)));
            producer.flush();

            Map<String, String> settings = cluster.worker(dir.resolve("state"), 50);
            settings.put(GenAiConfig.THREAD_FAILURES_MAX, "0");
            Path log = dir.resolve("worker.log");
            try (WorkerProcess first = WorkerProcess.start(log, settings, memory)) {
                results.readUntil(() -> results.items() > items / 20, Duration.ofMinutes(3));
                first.kill();
            }
            try (WorkerProcess second = WorkerProcess.start(log, settings, memory)) {
                results.readUntil(() -> results.items() == items, Duration.ofMinutes(8));
                assertThat(second.isAlive()).isTrue();
                assertThat(second.log()).doesNotContain("OutOfMemoryError");
            }
            BitSet once = new BitSet();
            for (int i = 0; i < items; i++) {
                once.set(i, results.of("w", i).size() == 1);
            }
            assertThat(once.cardinality()).isEqualTo(items);
        }
    }
}
