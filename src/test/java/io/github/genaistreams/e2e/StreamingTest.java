package io.github.genaistreams.e2e;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.mapping;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.model.ResponseDelta;
import io.github.genaistreams.sandbox.Fault;
import io.github.genaistreams.sandbox.Latency;
import io.github.genaistreams.sandbox.SandboxSettings;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.worker.GenAiConfig;
import io.github.genaistreams.worker.Worker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Streamed answers through Kafka, from an API whose streams break in every way. */
class StreamingTest {

    private static final int REQUESTS = 200;

    @TempDir
    Path dir;

    @Test
    void answersEveryRequestOnceAndShowsTheTextAsItCame() {
        SandboxSettings api = SandboxSettings.DEFAULTS
                .withLatency(Latency.parse("uniform:100ms-400ms"))
                .withFaults(Map.of(
                        Fault.STREAM_CUT, 0.1,
                        Fault.STREAM_ERROR, 0.05,
                        Fault.STREAM_ERROR_NESTED, 0.05,
                        Fault.STREAM_FAILED, 0.05,
                        Fault.SLOW_DRIP, 0.1));
        try (TestCluster cluster = TestCluster.start(api, 2);
                SeenRecords results = cluster.results();
                SeenRecords deltas = SeenRecords.of(
                        cluster.kafka().bootstrapServers(), cluster.topics().deltas())) {
            Map<String, String> settings = cluster.worker(dir, 20);
            settings.put(GenAiConfig.DELTAS_ENABLED, "true");
            try (Worker worker = Worker.start(new GenAiConfig(settings))) {
                cluster.submit(
                        "streams",
                        REQUESTS,
                        r -> r.stream(true).maxRetries(20).retryDelayMinMs(50).retryDelayMaxMs(200));
                results.readUntil(() -> results.items() == REQUESTS, Duration.ofSeconds(90));
                results.readFor(Duration.ofSeconds(1));
                deltas.readFor(Duration.ofSeconds(2));
                assertThat(worker.hasFailed()).isFalse();
            }

            Map<String, String> texts = deltas.records().stream()
                    .map(record -> Codecs.RESPONSE_DELTA.decode(record.value()))
                    .collect(groupingBy(
                            delta -> delta.index() + "/" + delta.attempt(), mapping(ResponseDelta::delta, joining())));
            assertThat(results.batch("streams")).hasSize(REQUESTS).allSatisfy((index, all) -> {
                assertThat(all).hasSize(1);
                assertThat(all.get(0).success()).isTrue();
                assertThat(texts.get(index + "/" + all.get(0).attempts()))
                        .isEqualTo(all.get(0).outputText());
            });
            List<Integer> attempts = results.batch("streams").values().stream()
                    .map(all -> all.get(0).attempts())
                    .toList();
            assertThat(attempts).anyMatch(n -> n > 1);
        }
    }
}
