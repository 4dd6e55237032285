package io.github.genaistreams.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.sandbox.Latency;
import io.github.genaistreams.sandbox.SandboxSettings;
import io.github.genaistreams.worker.GenAiConfig;
import io.github.genaistreams.worker.Worker;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Three workers use an account's limits of requests and of tokens, which the sandbox enforces, with prompts of mixed
 * length and answers that take their time. The simulation in {@code flow} has the same in many forms, and takes no time.
 */
@Tag("long")
class GoodputTest {

    private static final int RPM = 1_000;
    private static final int TPM = 300_000;
    private static final int MAX_OUTPUT = 200;

    /** Until what the buckets of the sandbox hold at first is used up. */
    private static final Duration BEFORE = Duration.ofSeconds(90);

    private static final Duration MEASURED = Duration.ofMinutes(5);

    enum Way {
        CONFIGURED(0.97),
        CONFIGURED_WHILE_A_WORKER_JOINS_AND_LEAVES(0.97),
        HEADERS(0.9);

        private final double least;

        Way(double least) {
            this.least = least;
        }
    }

    @TempDir
    Path dir;

    @ParameterizedTest
    @EnumSource
    void usesTheLimitsAndDoesNotPassThem(Way way) throws Exception {
        List<Worker> workers = new ArrayList<>();
        var sandbox = SandboxSettings.DEFAULTS
                .withLatency(Latency.parse("lognormal:1s,0.5"))
                .withRpm(RPM)
                .withTpm(TPM);
        try (TestCluster cluster = TestCluster.start(sandbox, 6);
                SeenRecords results = cluster.results()) {
            var random = new Random(1);
            int items = 8_000;
            cluster.submit("b", items, request -> request.userPrompt(
                            "w".repeat((int) Math.min(6_000, 40 + 400 * Math.exp(random.nextGaussian()))))
                    .maxOutputTokens(MAX_OUTPUT));
            for (int i = 0; i < 3; i++) {
                workers.add(worker(cluster, "worker-" + i, way));
            }
            results.readFor(BEFORE);
            Instant from = Instant.now();
            if (way == Way.CONFIGURED_WHILE_A_WORKER_JOINS_AND_LEAVES) {
                results.readFor(Duration.ofMinutes(1));
                Worker fourth = worker(cluster, "fourth", way);
                workers.add(fourth);
                results.readFor(Duration.ofMinutes(2));
                fourth.close();
            }
            Instant to = from.plus(MEASURED);
            results.readFor(Duration.between(Instant.now(), to).plusSeconds(1));

            double charged = results.batch("b").values().stream()
                    .flatMap(List::stream)
                    .filter(result -> result.completedAt().isAfter(from)
                            && result.completedAt().isBefore(to))
                    .mapToLong(GoodputTest::charge)
                    .sum();
            double refused = (double) cluster.sandbox().stats().limited()
                    / cluster.sandbox().stats().requests();
            System.out.printf("%s: used %.4f, refused %.4f%n", way, charged / (TPM * MEASURED.toMinutes()), refused);
            assertThat(results.items()).as("there was work all the time").isLessThan(items);
            assertThat(charged / (TPM * MEASURED.toMinutes())).isBetween(way.least, 1.1);
            assertThat(refused).isLessThan(0.03);
        } finally {
            workers.forEach(Worker::close);
        }
    }

    /** What the sandbox counts of a call: its input, and the bound of its answer. */
    private static long charge(CallResult result) {
        return result.usage() == null ? 0 : result.usage().inputTokens() + MAX_OUTPUT;
    }

    private Worker worker(TestCluster cluster, String name, Way way) {
        Map<String, String> settings = cluster.worker(dir.resolve(name), 20);
        if (way != Way.HEADERS) {
            settings.put("openai.requests.per.minute", Integer.toString(RPM));
            settings.put("openai.tokens.per.minute", Integer.toString(TPM));
        }
        return Worker.start(new GenAiConfig(settings));
    }
}
