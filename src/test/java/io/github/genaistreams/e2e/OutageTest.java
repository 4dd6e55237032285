package io.github.genaistreams.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.genaistreams.flow.HoldReason;
import io.github.genaistreams.provider.Secret;
import io.github.genaistreams.sandbox.ApiSandbox;
import io.github.genaistreams.sandbox.Fault;
import io.github.genaistreams.sandbox.Latency;
import io.github.genaistreams.sandbox.SandboxSettings;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.worker.GenAiConfig;
import io.github.genaistreams.worker.Worker;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An API that is away, a key that is refused, an account without money: nothing is spent on them, and nothing is lost. */
class OutageTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    Path dir;

    @Test
    void failsNoItemAndProbesNowAndThenWhileTheApiIsAway() throws Exception {
        outage(Duration.ofSeconds(2));
    }

    @Tag("long")
    @Test
    void doesSoForThreeMinutes() throws Exception {
        outage(Duration.ofMinutes(1));
    }

    /** Refused, then hanging, then 503, each for so long. */
    private void outage(Duration each) throws Exception {
        SandboxSettings healthy = SandboxSettings.DEFAULTS.withLatency(Latency.parse("fixed:100ms"));
        ApiSandbox api = ApiSandbox.start(healthy);
        try (TestCluster cluster = TestCluster.start(healthy, 2);
                SeenRecords results = cluster.results()) {
            Map<String, String> settings = cluster.worker(dir, 20);
            settings.put(GenAiConfig.OPENAI_BASE_URL, api.baseUrl());
            try (Worker worker = Worker.start(new GenAiConfig(settings))) {
                cluster.submit("outage", 600, request -> request.timeoutSecs(1));
                results.readUntil(() -> results.items("outage") > 100, PATIENCE);

                api.close();
                await().atMost(PATIENCE).until(() -> !worker.holds().isEmpty());
                long refused = probes(worker, results, each);
                healthy = healthy.withPort(api.port());
                api = ApiSandbox.start(healthy.withFault(Fault.HANG, 1));
                long hanging = probes(worker, results, each);
                api.apply(healthy.withFault(Fault.OVERLOADED, 1));
                long overloaded = probes(worker, results, each);
                assertThat(worker.holds())
                        .singleElement()
                        .satisfies(held -> assertThat(held.hold().reason()).isEqualTo(HoldReason.OUTAGE));

                api.apply(healthy);
                long start = System.nanoTime();
                results.readUntil(() -> results.items("outage") == 600, PATIENCE);
                System.out.printf(
                        "outage: %d, %d and %d probes in %d s each, then %d items done in %.1f s%n",
                        refused, hanging, overloaded, each.toSeconds(), 600 - 100, (System.nanoTime() - start) / 1e9);
            }
            assertThat(results.batch("outage")).allSatisfy((index, all) -> {
                assertThat(all).hasSize(1);
                assertThat(all.get(0).success()).isTrue();
            });
        } finally {
            api.close();
        }
    }

    /** Calls in this time, at most one a second. */
    private static long probes(Worker worker, SeenRecords results, Duration time) {
        long before = worker.stats().calls();
        results.readFor(time);
        long calls = worker.stats().calls() - before;
        assertThat(calls).isLessThanOrEqualTo(time.toSeconds() + 1);
        return calls;
    }

    @Test
    void makesAFewCallsWithAWrongKeyAndAllOfThemOnceItsFileIsCorrected() throws Exception {
        SandboxSettings api = SandboxSettings.DEFAULTS.withRequiredKey(new Secret("sk-right"));
        Path key = Files.writeString(dir.resolve("key"), "sk-wrong");
        try (TestCluster cluster = TestCluster.start(api, 2);
                SeenRecords results = cluster.results();
                SeenRecords statuses = cluster.raw(cluster.topics().batches())) {
            Map<String, String> settings = cluster.worker(dir.resolve("state"), 50);
            settings.remove(GenAiConfig.OPENAI_API_KEY);
            settings.put("openai.api.key.file", key.toString());
            try (Worker worker = Worker.start(new GenAiConfig(settings))) {
                cluster.submit("key", 800, request -> request);
                await().atMost(PATIENCE)
                        .until(() -> worker.stats().accepted() > 200
                                && !worker.holds().isEmpty());
                await("its status says so").atMost(PATIENCE).until(() -> {
                    statuses.readFor(Duration.ofMillis(100));
                    return statuses.records().stream()
                            .map(ConsumerRecord::value)
                            .map(Codecs.BATCH_STATUS::decode)
                            .anyMatch(status -> status.waiting() != null
                                    && status.waiting().reason().equals("key_refused"));
                });
                // 4, unless this machine takes more than two seconds for the first answer.
                long calls = cluster.sandbox().stats().requests();
                System.out.printf("outage: %d calls with a wrong key%n", calls);
                assertThat(calls).isLessThanOrEqualTo(16);

                Files.writeString(key, "sk-right");
                results.readUntil(() -> results.items("key") == 800, PATIENCE);
            }
            assertThat(results.batch("key")).allSatisfy((index, all) -> {
                assertThat(all).hasSize(1);
                assertThat(all.get(0).success()).isTrue();
                assertThat(all.get(0).attempts()).isEqualTo(1);
            });
        }
    }
}
