package io.github.genaistreams.flow;

import static io.github.genaistreams.flow.PacesCase.TOOK;
import static io.github.genaistreams.flow.PacesCase.demand;
import static io.github.genaistreams.flow.PacesCase.paces;
import static io.github.genaistreams.flow.PacesCase.usage;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.flow.LimitSettings.Adaptive;
import io.github.genaistreams.model.ApiLimits;
import io.github.genaistreams.model.ApiLimits.Figure;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CallPacesTest {

    private final PacesCase test = new PacesCase();

    @Test
    void countsAllModelsForTheAccountAndEachForWhatTheApiNames() {
        CallPaces paces = paces(new LimitSettings(0, 0, 60, 0, Adaptive.OFF));
        test.start(paces, demand("a", 0));
        assertThat(paces.refusal("b", test.now)).isEqualTo(Bound.REQUESTS_PER_MINUTE);

        CallPaces unlimited = paces(LimitSettings.NONE);
        long reserved = test.start(unlimited, demand("a", 0));
        test.end(
                unlimited,
                demand("a", 0),
                reserved,
                null,
                new ApiLimits(new Figure(60, 59, Duration.ofSeconds(1)), null));
        test.start(unlimited, demand("a", 0));
        assertThat(unlimited.refusal("a", test.now)).isEqualTo(Bound.REQUESTS_PER_MINUTE);
        assertThat(unlimited.refusal("b", test.now)).isNull();
    }

    @Test
    void reservesTokensAndSettlesThemWithTheUsage() {
        CallPaces paces = paces(new LimitSettings(0, 0, 0, 60_000, Adaptive.OFF));
        long reserved = test.start(paces, demand("m", 0));
        assertThat(reserved).isEqualTo(100 + 500);
        test.now += 400;
        assertThat(paces.refusal("m", test.now)).isEqualTo(Bound.TOKENS_PER_MINUTE);

        test.end(paces, demand("m", 0), reserved, usage(120, 80), ApiLimits.NONE);

        assertThat(paces.refusal("m", test.now)).as("200 of the 600").isNull();
    }

    /** The API charges the bound of an answer, even if the answer is shorter. */
    @Test
    void doesNotTakeBackWhatTheBoundOfAnAnswerCosts() {
        CallPaces paces = paces(new LimitSettings(0, 0, 0, 60_000, Adaptive.OFF));
        long reserved = test.start(paces, demand("m", 500));
        test.now += 400;

        test.end(paces, demand("m", 500), reserved, usage(100, 80), ApiLimits.NONE);

        assertThat(paces.refusal("m", test.now)).isEqualTo(Bound.TOKENS_PER_MINUTE);
    }

    /** Such as one with more tokens than the account has in a minute: the API refuses it, whatever it costs here. */
    @Test
    void givesBackTheTokensOfACallThatHasCertainlyUsedNone() {
        CallPaces paces = paces(new LimitSettings(0, 0, 0, 60_000, Adaptive.OFF));
        Demand huge = demand("m", Integer.MAX_VALUE);
        long reserved = test.start(paces, huge);
        test.now += 100;
        assertThat(paces.refusal("m", test.now)).isEqualTo(Bound.TOKENS_PER_MINUTE);

        paces.ended(
                huge,
                reserved,
                new CallReport(Sign.ANSWERED, "i", "400", TOOK, null, true, ApiLimits.NONE),
                false,
                test.now);

        assertThat(paces.refusal("m", test.now)).isNull();
    }

    @Test
    void waitsALittleAfterARefusedCallHoweverLargeItIs() {
        CallPaces paces = paces(new LimitSettings(0, 0, 0, 60_000, Adaptive.OFF));
        Demand huge = demand("m", Integer.MAX_VALUE);
        long reserved = test.start(paces, huge);

        paces.ended(
                huge,
                reserved,
                new CallReport(Sign.LIMITED, "i", "429", TOOK, null, true, ApiLimits.NONE),
                false,
                test.now);

        test.now += 1_000;
        assertThat(paces.refusal("m", test.now)).isEqualTo(Bound.TOKENS_PER_MINUTE);
        test.now += 7_000;
        assertThat(paces.refusal("m", test.now)).isNull();
    }

    @Test
    void waitsNoLongerForAHugeCallThanForTheLargestThatTheApiTakes() {
        CallPaces paces = paces(new LimitSettings(0, 0, 0, 60_000, Adaptive.OFF));
        Demand huge = demand("m", Integer.MAX_VALUE);
        long reserved = test.start(paces, huge);
        paces.ended(
                huge,
                reserved,
                new CallReport(Sign.FAILING, "i", "500", TOOK, null, false, ApiLimits.NONE),
                false,
                test.now);

        test.now += 59_000;
        assertThat(paces.refusal("m", test.now)).isEqualTo(Bound.TOKENS_PER_MINUTE);
        test.now += 2_000;
        assertThat(paces.refusal("m", test.now)).isNull();
        reserved = test.start(paces, huge);
        test.end(paces, huge, reserved, usage(100, 80), ApiLimits.NONE);
        test.now += 61_000;
        assertThat(paces.refusal("m", test.now)).isNull();
    }

    @Test
    void settlesNothingForACallThatWasStartedElsewhere() {
        CallPaces paces = paces(new LimitSettings(0, 0, 0, 60_000, Adaptive.OFF));
        paces.join("m");

        test.end(paces, demand("m", 0), 0, usage(100_000, 80), ApiLimits.NONE);

        assertThat(paces.refusal("m", test.now)).isNull();
    }

    @Test
    void blamesTheLimitThatIsUsedUp() {
        CallPaces paces = paces(new LimitSettings(0, 0, 600, 600_000, Adaptive.OFF));
        for (int i = 0; i < 10; i++) {
            test.now += 1_000;
            test.refuse(
                    paces, new ApiLimits(new Figure(600, 500, Duration.ofSeconds(10)), new Figure(600_000, 0, TOOK)));
        }

        assertThat(test.startsInAMinute(paces)).isBetween(590, 601);
    }

    @Test
    void blamesBothLimitsWithoutFigures() {
        CallPaces paces = paces(new LimitSettings(0, 0, 600, 600_000, Adaptive.OFF));
        for (int i = 0; i < 10; i++) {
            test.now += 1_000;
            test.refuse(paces, ApiLimits.NONE);
        }

        assertThat(test.startsInAMinute(paces)).isLessThan(400);
    }

    @Test
    void blamesNoLimitForALackOfCapacity() {
        CallPaces paces = paces(new LimitSettings(0, 0, 600, 600_000, Adaptive.OFF));
        for (int i = 0; i < 10; i++) {
            test.now += 1_000;
            var report = new CallReport(Sign.CROWDED, "item", "words", TOOK, null, true, ApiLimits.NONE);
            paces.ended(demand("m", 0), 0, report, false, test.now);
        }

        assertThat(test.startsInAMinute(paces)).isBetween(590, 601);
    }

    @Test
    void boundsCallsAtOnceOnlyWhereNoLimitIsKnown() {
        CallPaces paces = paces(new LimitSettings(0, 0, 0, 0, Adaptive.ON));
        long reserved = 0;
        for (int i = 0; i < 8; i++) {
            reserved = test.start(paces, demand("m", 0));
        }
        assertThat(paces.refusal("m", test.now)).isEqualTo(Bound.ADAPTIVE);
        assertThat(paces.refusal("other", test.now)).isNull();

        test.end(paces, demand("m", 0), reserved, null, new ApiLimits(new Figure(60, 59, TOOK), null));

        assertThat(paces.refusal("m", test.now)).isNull();
        test.now += 1_000;
        test.start(paces, demand("m", 0));
        test.start(paces, demand("other", 0));
    }

    /** The API has limits of its own for each model, and the setting is one for all. */
    @Test
    void doesNotExceedTheAccountsLimitWithSeveralModels() {
        var paces = new CallPaces(new LimitSettings(0, 0, 600, 0, Adaptive.OFF), () -> 1 / 3.0, new Random(1));
        assertThat(test.startsIn(paces, 5, 600, "a", "b"))
                .as("three workers stay below 600")
                .isBetween(950, 1_001);
        assertThat(test.startsIn(paces, 5, 300, "a", "b"))
                .as("the API grants no more")
                .isGreaterThan(2_000);
        assertThat(test.startsIn(paces, 5, 600, "a", "b")).isBetween(950, 1_050);
        test.now += 300_000;
        assertThat(test.startsIn(paces, 5, 600, "a")).as("one model").isGreaterThan(2_000);
        assertThat(test.startsIn(paces, 5, 600, "a", "mistyped"))
                .as("costs nothing")
                .isGreaterThan(2_500);
    }
}
