package io.github.genaistreams.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.sandbox.ApiSandbox;
import io.github.genaistreams.sandbox.Latency;
import io.github.genaistreams.sandbox.SandboxSettings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class BareLoopTest {

    @Test
    void makesEachCallOnce() {
        try (var sandbox = ApiSandbox.start(SandboxSettings.DEFAULTS.withLatency(Latency.parse("fixed:1ms")))) {
            var figures = new BareLoop(sandbox.baseUrl(), 3).run(4, 10);

            assertThat(figures.requests()).isEqualTo(10);
            assertThat(figures.seconds()).isPositive();
            assertThat(sandbox.stats().batches().get("warm-up")).hasSize(4);
            assertThat(sandbox.stats().batches().get("bare")).hasSize(10);
            assertThat(sandbox.stats().requests()).isEqualTo(14);
        }
    }
}
