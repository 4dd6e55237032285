package io.github.genaistreams.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.genaistreams.sandbox.Latency;
import io.github.genaistreams.sandbox.SandboxSettings;
import io.github.genaistreams.sandbox.SandboxStats;
import io.github.genaistreams.wire.ItemKeys;
import io.github.genaistreams.wire.JournalCodec;
import io.github.genaistreams.worker.GenAiConfig;
import io.github.genaistreams.worker.Worker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A worker is killed while it submits background responses, and while the API works on those before them. */
class BackgroundCrashTest {

    private static final int REQUESTS = 200;
    private static final int PARTITIONS = 4;
    private static final int SLOTS = 20;

    /** In the second round: all of the first one are with the API, or done, and most of the rest is not submitted. */
    private static final int SUBMITTED_AT_THE_KILL = SLOTS * PARTITIONS + 10;

    @TempDir
    Path dir;

    @Test
    void resumesAskingAndNeverSubmitsAResponseTwiceWhoseNameWasCommitted() {
        SandboxSettings api = SandboxSettings.DEFAULTS.withLatency(Latency.parse("uniform:1s-4s"));
        try (TestCluster cluster = TestCluster.start(api, PARTITIONS);
                SeenRecords results = cluster.results()) {
            cluster.submit("background", REQUESTS, r -> r.background(true));
            try (WorkerProcess worker = WorkerProcess.start(dir.resolve("worker.log"), settings(cluster))) {
                await().atMost(Duration.ofSeconds(60))
                        .pollInterval(Duration.ofMillis(1))
                        .until(() -> submissions(cluster) >= SUBMITTED_AT_THE_KILL);
                worker.kill();
            }
            SandboxStats atTheKill = cluster.sandbox().stats("background");
            Set<Integer> committed = namedInTheJournal(cluster);
            assertThat(atTheKill.callsOf("background")).isLessThan(REQUESTS);
            assertThat(committed).as("of them there is something to resume").hasSizeGreaterThan(SLOTS);

            try (Worker worker = Worker.start(new GenAiConfig(settings(cluster)))) {
                results.readUntil(() -> results.items() == REQUESTS, Duration.ofSeconds(90));
                assertThat(worker.hasFailed()).isFalse();
            }
            results.readFor(Duration.ofSeconds(1));

            assertThat(results.batch("background")).hasSize(REQUESTS).allSatisfy((index, all) -> {
                assertThat(all).hasSize(1);
                assertThat(all.get(0).success()).isTrue();
                assertThat(all.get(0).attempts()).isEqualTo(1);
            });
            SandboxStats after = cluster.sandbox().stats("background");
            for (int index = 0; index < REQUESTS; index++) {
                boolean mayBeTwice = atTheKill.callsOf("background", index) == 1 && !committed.contains(index);
                assertThat(after.callsOf("background", index))
                        .as("submissions of item " + index)
                        .isBetween(1, mayBeTwice ? 2 : 1);
            }
        }
    }

    private static long submissions(TestCluster cluster) {
        return cluster.sandbox().stats("background").callsOf("background");
    }

    /** The items whose response's ID was ever committed, as the journal's changelog has it for the next owner. */
    private static Set<Integer> namedInTheJournal(TestCluster cluster) {
        String changelog = "genai-worker-responses-journal-changelog";
        Set<Integer> named = new HashSet<>();
        try (var consumer = new KafkaConsumer<>(
                Map.of("bootstrap.servers", cluster.kafka().bootstrapServers(), "isolation.level", "read_committed"),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = IntStream.range(0, PARTITIONS)
                    .mapToObj(partition -> new TopicPartition(changelog, partition))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            // Of committed records: what the killed worker has left open ends behind them.
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (partitions.stream().anyMatch(partition -> consumer.position(partition) < ends.get(partition))) {
                for (ConsumerRecord<byte[], byte[]> entry : consumer.poll(Duration.ofMillis(100))) {
                    if (entry.value() != null
                            && JournalCodec.decode(entry.value()).remoteJob() != null) {
                        named.add(ItemKeys.decode(entry.key()).index());
                    }
                }
            }
        }
        return named;
    }

    private Map<String, String> settings(TestCluster cluster) {
        Map<String, String> settings = cluster.worker(dir.resolve("state"), SLOTS);
        settings.put(GenAiConfig.WORKER_ID, "worker-1");
        return settings;
    }
}
