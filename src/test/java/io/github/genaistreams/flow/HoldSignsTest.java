package io.github.genaistreams.flow;

import static io.github.genaistreams.flow.HoldReason.KEY_REFUSED;
import static io.github.genaistreams.flow.HoldReason.OUTAGE;
import static io.github.genaistreams.flow.HoldReason.QUOTA_EXHAUSTED;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class HoldSignsTest {

    private static final long NOW = 1_000_000;

    private final HoldSigns signs = new HoldSigns(new HoldSettings(Duration.ofHours(1), true, true));

    private boolean refuse(Object item) {
        return signs.isEnough(KEY_REFUSED, new CallReport(Sign.KEY_REFUSED, item, "401"), false, true, 0, NOW);
    }

    private boolean fail(Object item, int inFlight) {
        return signs.isEnough(OUTAGE, new CallReport(Sign.UNREACHED, item, "refused"), true, false, inFlight, NOW);
    }

    @ParameterizedTest
    @EnumSource
    void findsAReasonInFailuresAndRefusalsOnly(Sign sign) {
        HoldReason expected =
                switch (sign) {
                    case UNREACHED, TURNED_AWAY, FAILING -> OUTAGE;
                    case KEY_REFUSED -> KEY_REFUSED;
                    case QUOTA_EXHAUSTED -> QUOTA_EXHAUSTED;
                    default -> null;
                };

        assertThat(signs.reason(sign)).isEqualTo(expected);
        assertThat(new HoldSigns(HoldSettings.NEVER).reason(sign)).isNull();
    }

    @Test
    void takesForASignOfLifeWhateverComesFromAnApiThatWorks() {
        Set<Sign> none = EnumSet.of(Sign.UNREACHED, Sign.TURNED_AWAY, Sign.FAILING, Sign.NONE);

        for (Sign sign : Sign.values()) {
            assertThat(HoldSigns.isOfLife(sign)).as(sign.name()).isEqualTo(!none.contains(sign));
        }
    }

    @Test
    void believesTheFirstRefusalOfAKeyThatHasNeverWorked() {
        assertThat(refuse("a")).isTrue();
    }

    @Test
    void believesRefusalsOfSeveralItemsInARowIfTheKeyHasWorked() {
        signs.alive(NOW);
        assertThat(refuse("a")).isFalse();
        assertThat(refuse("a")).as("the same item").isFalse();
        assertThat(refuse("b")).isFalse();
        assertThat(refuse("c")).isTrue();
    }

    @Test
    void forgetsRefusalsBeforeASignOfLife() {
        signs.alive(NOW);
        refuse("a");
        refuse("b");
        signs.alive(NOW);

        assertThat(refuse("c")).isFalse();
    }

    @Test
    void forgetsRefusalsWhenAHoldBeginsOrEndsButNotThatTheKeyWorks() {
        signs.alive(NOW);
        refuse("a");
        refuse("b");
        signs.forget(NOW);

        assertThat(refuse("c")).isFalse();
    }

    @Test
    void believesTheFirstRefusalOfAnotherKey() {
        signs.alive(NOW);
        signs.forgetKey();

        assertThat(refuse("a")).isTrue();
    }

    @Test
    void takesFailuresForAnOutageOnlyIfThereAreAsManyAsCallsInFlight() {
        fail("a", 0);
        fail("b", 0);
        assertThat(fail("c", 4)).isFalse();
        assertThat(fail("d", 4)).isTrue();
        assertThat(signs.isAlive()).isFalse();
    }

    @Test
    void forgetsFailuresWithAHoldOrASignOfLife() {
        fail("a", 0);
        signs.forget(NOW);
        assertThat(signs.isAlive()).isTrue();

        fail("b", 0);
        signs.alive(NOW);
        assertThat(signs.isAlive()).isTrue();
    }

    @Test
    void seesNoOutageAfterItGaveUpUntilTheNextSignOfLife() {
        signs.giveUp();
        signs.forget(NOW);
        assertThat(signs.reason(Sign.UNREACHED)).isNull();
        assertThat(signs.reason(Sign.KEY_REFUSED)).isEqualTo(KEY_REFUSED);

        signs.alive(NOW);
        assertThat(signs.reason(Sign.UNREACHED)).isEqualTo(OUTAGE);
    }
}
