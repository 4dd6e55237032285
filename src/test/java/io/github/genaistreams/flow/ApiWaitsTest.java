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

/** What the API says of limits and waits is taken for what it is. */
class ApiWaitsTest {

    private final PacesCase test = new PacesCase();

    @Test
    void doesNotBelieveTheLimitsOfAnErrorThatIsNoRateLimit() {
        CallPaces paces = paces(LimitSettings.NONE);
        var proxys = new ApiLimits(new Figure(1, 0, Duration.ZERO), null);
        for (Sign sign : new Sign[] {Sign.TURNED_AWAY, Sign.FAILING, Sign.ANSWERED}) {
            var report = new CallReport(sign, "item", "words", TOOK, null, false, proxys);
            paces.ended(demand("m", 0), 0, report, false, test.now);
        }
        test.start(paces, demand("m", 0));
        assertThat(paces.refusal("m", test.now)).isNull();

        test.refuse(paces, proxys);
        test.start(paces, demand("m", 0));
        assertThat(paces.refusal("m", test.now)).isEqualTo(Bound.REQUESTS_PER_MINUTE);
    }

    @Test
    void obeysTheLimitsThatTheAnswersToSubmissionsName() {
        CallPaces paces = paces(LimitSettings.NONE);
        long reserved = test.start(paces, demand("m", 0));
        test.accept(paces, new ApiLimits(new Figure(60, 59, Duration.ofSeconds(1)), null), reserved);
        test.start(paces, demand("m", 0));
        assertThat(paces.refusal("m", test.now)).isEqualTo(Bound.REQUESTS_PER_MINUTE);

        for (int i = 0; i < 20; i++) {
            var ended = new CallReport(Sign.ANSWERED, "item", null, TOOK, usage(1, 1), false, ApiLimits.NONE);
            paces.jobEnded(demand("m", 0), 0, ended, test.now);
        }
        assertThat(paces.refusal("m", test.now)).as("polls name no limits").isEqualTo(Bound.REQUESTS_PER_MINUTE);
    }

    @Test
    void correctsALimitByPollsThatNameTheSameOne() {
        CallPaces paces = paces(LimitSettings.NONE);
        var named = new ApiLimits(new Figure(60, 59, Duration.ZERO), null);
        paces.heard("m", named, test.now, test.now);
        test.start(paces, demand("m", 0));
        assertThat(paces.refusal("m", test.now))
                .as("polls have limits of their own")
                .isNull();
        test.accept(paces, named, test.start(paces, demand("m", 0)));
        test.now += 1_000;

        paces.heard("m", new ApiLimits(new Figure(60, 1, Duration.ofSeconds(59)), null), test.now, test.now);

        test.start(paces, demand("m", 0));
        assertThat(paces.refusal("m", test.now + 10_000)).as("3 a minute").isEqualTo(Bound.REQUESTS_PER_MINUTE);
    }

    /** Such as Groq's: 14,400 requests a day, and 30 a minute that no header names. */
    @Test
    void doesNotTakeALimitOfADayForOneOfAMinute() {
        CallPaces paces = paces(LimitSettings.NONE);
        var atFirst = new ApiLimits(new Figure(14_400, 14_395, Duration.ofSeconds(30)), null);
        test.end(paces, demand("m", 0), test.start(paces, demand("m", 0)), null, atFirst);
        var later = new ApiLimits(new Figure(14_400, 14_370, Duration.ofSeconds(180)), null);
        test.end(paces, demand("m", 0), 0, null, later);
        assertThat(test.startsAtOnce(paces)).as("no limit per minute").isEqualTo(1_000);

        test.now += 1_000;
        test.refuse(paces, new ApiLimits(new Figure(14_400, 0, Duration.ofHours(5)), null));

        assertThat(paces.refusal("m", test.now)).isEqualTo(Bound.API_WAIT);
        assertThat(paces.refusal("other", test.now)).isNull();
    }

    @Test
    void doesNotBorrowOnALimitOfADay() {
        var paces = new CallPaces(new LimitSettings(0, 0, 600, 0, Adaptive.OFF), () -> 1 / 3.0, new Random(1));
        int starts = 0;
        for (long end = test.now + 300_000; test.now < end; test.now += 5) {
            if (paces.refusal("m", test.now) == null) {
                long reserved = test.start(paces, demand("m", 0));
                var day = new ApiLimits(new Figure(14_400, 14_000, Duration.ofHours(1)), null);
                test.end(paces, demand("m", 0), reserved, null, day);
                starts++;
            }
        }
        assertThat(starts).isBetween(950, 1_001);
    }

    @Test
    void startsNoCallOfAModelBeforeTheApiWantsOne() {
        CallPaces paces = paces(LimitSettings.NONE);
        test.refuse(paces, new ApiLimits(null, null, Duration.ofSeconds(20)));

        assertThat(paces.refusal("m", test.now + 19_000)).isEqualTo(Bound.API_WAIT);
        assertThat(paces.refusal("other", test.now)).isNull();
        assertThat(paces.refusal("m", test.now + 22_001)).isNull();
    }

    /** A server without capacity for a call has said nothing of the others. */
    @Test
    void doesNotWaitForTheDelayOfAnErrorThatIsNoRateLimit() {
        CallPaces paces = paces(LimitSettings.NONE);
        var asked = new ApiLimits(null, null, Duration.ofSeconds(20));
        for (Sign sign : new Sign[] {Sign.CROWDED, Sign.TURNED_AWAY, Sign.ANSWERED}) {
            paces.ended(
                    demand("m", 0), 0, new CallReport(sign, "item", "words", TOOK, null, true, asked), false, test.now);
        }

        assertThat(paces.refusal("m", test.now)).isNull();
    }
}
