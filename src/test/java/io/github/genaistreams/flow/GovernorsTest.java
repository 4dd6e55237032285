package io.github.genaistreams.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.flow.LimitSettings.Adaptive;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class GovernorsTest {

    private static final long NOW = 1_000_000;

    private final Governor team = new Governor(
            new LimitSettings(1, 0, 0, 0, Adaptive.OFF),
            () -> 1,
            new HoldSettings(Duration.ofHours(1), true, true),
            () -> "key",
            HoldListener.NONE);
    private final Governors governors = Governors.of(Map.of("team", team));

    private static Demand of(String credential) {
        return new Demand(credential, "m", 0, 100, 0, true, false);
    }

    @Test
    void appliesTheLimitsOfACredentialToItsCallsOnly() {
        assertThat(governors.tryAcquire(of("team"), NOW)).isNotNull();
        assertThat(governors.tryAcquire(of("team"), NOW)).isNull();
        for (int i = 0; i < 100; i++) {
            assertThat(governors.tryAcquire(of("other"), NOW)).isNotNull();
        }
    }

    @Test
    void countsACallThatContinuesForItsCredential() {
        governors.acquire(of("team"));
        governors.acquire(of("other"));

        assertThat(team.atWork()).isEqualTo(1);
    }

    @Test
    void tellsOfTheHoldOfACredentialAndEndsIt() {
        governors.tryAcquire(of("team"), NOW).settle(new CallReport(Sign.KEY_REFUSED, "item", "401"), NOW);
        assertThat(governors.hold("team", NOW)).isPresent();
        assertThat(governors.hold("other", NOW)).isEmpty();

        governors.resume("other", NOW);
        assertThat(governors.hold("team", NOW)).isPresent();
        governors.resume("team", NOW);
        assertThat(governors.hold("team", NOW)).isEmpty();
    }
}
