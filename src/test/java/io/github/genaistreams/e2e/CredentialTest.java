package io.github.genaistreams.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.sandbox.ApiSandbox;
import io.github.genaistreams.sandbox.Fault;
import io.github.genaistreams.sandbox.Latency;
import io.github.genaistreams.sandbox.SandboxSettings;
import io.github.genaistreams.worker.GenAiConfig;
import io.github.genaistreams.worker.Worker;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One worker, several keys. */
class CredentialTest {

    private static final int REQUESTS = 60;
    private static final int CAPACITY = 60;

    @TempDir
    Path dir;

    @Test
    void callsEachItemWithTheCredentialItNamesAndHoldsEachToItsOwnLimits() throws Exception {
        SandboxSettings slow = SandboxSettings.DEFAULTS.withLatency(Latency.parse("fixed:50ms"));
        try (TestCluster cluster = TestCluster.start(slow, 2);
                ApiSandbox other = ApiSandbox.start(slow);
                SeenRecords results = cluster.results()) {
            Path key = Files.writeString(dir.resolve("key"), "sk-team");
            Map<String, String> settings = cluster.worker(dir.resolve("state"), 20);
            settings.put("openai.credentials", "team");
            settings.put("openai.credentials.team.api.key.file", key.toString());
            settings.put("openai.credentials.team.base.url", other.baseUrl());
            settings.put("openai.credentials.team.max.concurrent.requests", "3");
            settings.put(GenAiConfig.LANE_CAPACITY, Integer.toString(CAPACITY));
            try (Worker worker = Worker.start(new GenAiConfig(settings))) {
                cluster.submit("mixed", REQUESTS, request -> request.credential(null));
                cluster.submit("team", REQUESTS, request -> request.credential("team"));
                cluster.submit("unknown", 1, request -> request.credential("nobody"));
                results.readUntil(() -> results.items() == 2 * REQUESTS + 1, Duration.ofSeconds(60));
                assertThat(cluster.sandbox().stats().requests()).isEqualTo(REQUESTS);
                assertThat(other.stats().requests()).isEqualTo(REQUESTS);

                // More than a lane may hold of what can be called, and all of it has to wait.
                other.apply(
                        SandboxSettings.DEFAULTS.withFault(Fault.RATE_LIMIT, 1).withRetryAfter(Duration.ofMinutes(2)));
                cluster.submit("waiting", 4 * CAPACITY, request -> request.credential("team"));
                cluster.submit("behind", REQUESTS, request -> request.credential(null));
                results.readUntil(() -> results.items("behind") == REQUESTS, Duration.ofSeconds(60));
                assertThat(results.items("waiting")).isZero();
                assertThat(worker.lanes().size()).isEqualTo(4 * CAPACITY);
                assertThat(worker.hasFailed()).isFalse();
            }

            assertThat(other.stats().maxInFlight()).isLessThanOrEqualTo(3);
            assertThat(cluster.sandbox().stats().maxInFlight()).isGreaterThan(3);
            CallResult unknown = results.batch("unknown").get(0).get(0);
            assertThat(unknown.success()).isFalse();
            assertThat(unknown.attempts()).isZero();
            assertThat(unknown.error().param()).isEqualTo("credential");
            assertThat(unknown.error().message()).contains("default, team");
        }
    }
}
