package io.github.genaistreams.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.genaistreams.sandbox.Fault;
import io.github.genaistreams.sandbox.SandboxSettings;
import io.github.genaistreams.worker.GenAiConfig;
import io.github.genaistreams.worker.Worker;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** A rebalance waits for calls in flight, but not for ever. */
class DrainTest {

    private static final Duration DRAIN_TIMEOUT = Duration.ofSeconds(4);

    @RegisterExtension
    final Spans spans = new Spans();

    @TempDir
    Path dir;

    @Test
    void givesPartitionsAwayAfterTheDrainTimeoutAndAnswersEverythingOnce() {
        SandboxSettings healthy = SandboxSettings.DEFAULTS;
        try (TestCluster cluster = TestCluster.start(healthy.withFault(Fault.HANG, 1), 2);
                SeenRecords results = cluster.results();
                Worker first = worker(cluster, "a")) {
            cluster.submit("held", 20, r -> r.timeoutSecs(20));
            await().atMost(Duration.ofSeconds(30)).until(() -> first.lanes().inFlight() == 20);
            await("a worker that only waits makes no transactions")
                    .atMost(Duration.ofSeconds(10))
                    .until(() -> {
                        long before = cluster.transactionSteps();
                        results.readFor(Duration.ofMillis(500));
                        return cluster.transactionSteps() == before;
                    });

            long start = System.nanoTime();
            try (Worker second = worker(cluster, "b")) {
                await().atMost(Duration.ofSeconds(40))
                        .until(() -> second.lanes().inFlight() == 10);

                assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(DRAIN_TIMEOUT);
                assertThat(first.lanes().inFlight()).isEqualTo(10);

                cluster.sandbox().apply(healthy);
                cluster.submit("after", 20, r -> r);
                assertThat(first.isRunning()).isTrue();
            }
            // The second worker hands its partition back; what hung is called again when it times out.
            results.readUntil(
                    () -> results.items("held") == 20 && results.items("after") == 20, Duration.ofSeconds(90));
            results.readFor(Duration.ofSeconds(1));
            assertThat(results.batch("held")).hasSize(20).allSatisfy((index, all) -> {
                assertThat(all).hasSize(1);
                assertThat(all.get(0).success()).isTrue();
            });
            assertThat(results.batch("after")).hasSize(20).allSatisfy((index, all) -> assertThat(all)
                    .hasSize(1));
        }
        spans.assertAllEndedOnce();
        List<String> abandoned = spans.of("held").stream()
                .filter(span -> span.getAttributes().get(AttributeKey.booleanKey("genai_streams.abandoned")) != null)
                .map(SpanData::getSpanId)
                .toList();
        assertThat(abandoned).hasSizeGreaterThanOrEqualTo(10);
        assertThat(spans.of("held"))
                .as("calls that were made again say in place of which")
                .flatExtracting(SpanData::getLinks)
                .extracting(link -> link.getSpanContext().getSpanId())
                .containsAll(abandoned);
    }

    private Worker worker(TestCluster cluster, String name) {
        Map<String, String> settings = cluster.worker(dir.resolve(name), 10);
        settings.put(GenAiConfig.DRAIN_TIMEOUT_MS, Long.toString(DRAIN_TIMEOUT.toMillis()));
        return Worker.start(new GenAiConfig(settings));
    }
}
