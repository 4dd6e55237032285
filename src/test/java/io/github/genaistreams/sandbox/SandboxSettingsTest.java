package io.github.genaistreams.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.genaistreams.provider.Secret;
import java.util.EnumMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SandboxSettingsTest {

    private static final int DRAWS = 5_000;

    @Test
    void meetsEachFaultAtItsRate() {
        var settings =
                SandboxSettings.DEFAULTS.withFault(Fault.RATE_LIMIT, 0.10).withFault(Fault.HANG, 0.02);

        Map<Fault, Integer> met = faults(settings);

        assertThat(met.keySet()).containsExactlyInAnyOrder(Fault.RATE_LIMIT, Fault.HANG);
        assertThat(met.get(Fault.RATE_LIMIT)).isCloseTo(DRAWS / 10, within(85));
        assertThat(met.get(Fault.HANG)).isCloseTo(DRAWS / 50, within(40));
        assertThat(faults(settings)).isEqualTo(met);
    }

    @Test
    void decidesForEachAttemptIndependently() {
        var settings = SandboxSettings.DEFAULTS.withFault(Fault.SERVER_ERROR, 0.5);
        int both = 0;
        for (int index = 0; index < DRAWS; index++) {
            if (settings.faultFor("b", index, 1).isPresent()
                    && settings.faultFor("b", index, 2).isPresent()) {
                both++;
            }
        }
        assertThat(both).isCloseTo(DRAWS / 4, within(125));
    }

    private static Map<Fault, Integer> faults(SandboxSettings settings) {
        var met = new EnumMap<Fault, Integer>(Fault.class);
        for (int index = 0; index < DRAWS; index++) {
            settings.faultFor("batch", index, 1).ifPresent(fault -> met.merge(fault, 1, Integer::sum));
        }
        return met;
    }

    @ParameterizedTest
    @CsvSource({
        "429=0.1, RATE_LIMIT, 0.1",
        "rate_limit=10%, RATE_LIMIT, 0.1",
        "Bad-Gateway=1, BAD_GATEWAY, 1",
        "502=0, BAD_GATEWAY, 0",
        "hang=5%, HANG, 0.05"
    })
    void readsFaultRates(String text, Fault fault, double rate) {
        assertThat(Fault.parseRate(text)).isEqualTo(Map.entry(fault, rate));
    }

    @Test
    void explainsFaultRatesItCannotRead() {
        assertThatThrownBy(() -> Fault.parseRate("429")).hasMessageContaining("KIND=RATE");
        assertThatThrownBy(() -> Fault.parseRate("418=1")).hasMessageContainingAll("418", "rate_limit = 429", "hang");
        assertThatThrownBy(() -> Fault.parseRate("hang=often")).hasMessageContaining("number");
        assertThatThrownBy(() -> Fault.parseRate("hang=1.5")).hasMessageContaining("0 to 1");
        assertThatThrownBy(() ->
                        SandboxSettings.DEFAULTS.withFault(Fault.HANG, 0.6).withFault(Fault.RESET, 0.6))
                .hasMessageContaining("together");
    }

    @Test
    void doesNotShowTheRequiredKey() {
        assertThat(SandboxSettings.DEFAULTS
                        .withRequiredKey(new Secret("sk-hidden"))
                        .toString())
                .doesNotContain("sk-hidden");
    }
}
