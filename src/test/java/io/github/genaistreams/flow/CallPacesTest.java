package io.github.genaistreams.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.flow.LimitSettings.Adaptive;
import io.github.genaistreams.model.ApiLimits;
import io.github.genaistreams.model.ApiLimits.Figure;
import io.github.genaistreams.model.Usage;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CallPacesTest {

    private static final Duration TOOK = Duration.ofMillis(100);

    private long now = 1_000_000;

    @Test
    void shouldCountAllModelsForTheAccountAndEachForWhatTheApiNames() {
        CallPaces paces = paces(new LimitSettings(0, 0, 60, 0, Adaptive.OFF));
        start(paces, demand("a", 0));
        assertThat(paces.refusal("b", now)).isEqualTo(Bound.REQUESTS_PER_MINUTE);

        CallPaces unlimited = paces(LimitSettings.NONE);
        long reserved = start(unlimited, demand("a", 0));
        end(unlimited, demand("a", 0), reserved, null, new ApiLimits(new Figure(60, 59, Duration.ofSeconds(1)), null));
        start(unlimited, demand("a", 0));
        assertThat(unlimited.refusal("a", now)).isEqualTo(Bound.REQUESTS_PER_MINUTE);
        assertThat(unlimited.refusal("b", now)).isNull();
    }

    @Test
    void shouldReserveTokensAndSettleThemWithTheUsage() {
        CallPaces paces = paces(new LimitSettings(0, 0, 0, 60_000, Adaptive.OFF));
        long reserved = start(paces, demand("m", 0));
        assertThat(reserved).isEqualTo(100 + 500);
        now += 400;
        assertThat(paces.refusal("m", now)).isEqualTo(Bound.TOKENS_PER_MINUTE);

        end(paces, demand("m", 0), reserved, usage(120, 80), ApiLimits.NONE);

        assertThat(paces.refusal("m", now)).as("200 of the 600").isNull();
    }

    /** The API charges the bound of an answer, even if the answer is shorter. */
    @Test
    void shouldNotTakeBackWhatTheBoundOfAnAnswerCosts() {
        CallPaces paces = paces(new LimitSettings(0, 0, 0, 60_000, Adaptive.OFF));
        long reserved = start(paces, demand("m", 500));
        now += 400;

        end(paces, demand("m", 500), reserved, usage(100, 80), ApiLimits.NONE);

        assertThat(paces.refusal("m", now)).isEqualTo(Bound.TOKENS_PER_MINUTE);
    }

    /** Such as one with more tokens than the account has in a minute: the API refuses it, whatever it costs here. */
    @Test
    void shouldGiveBackTheTokensOfACallThatHasCertainlyUsedNone() {
        CallPaces paces = paces(new LimitSettings(0, 0, 0, 60_000, Adaptive.OFF));
        Demand huge = demand("m", Integer.MAX_VALUE);
        long reserved = start(paces, huge);
        now += 100;
        assertThat(paces.refusal("m", now)).isEqualTo(Bound.TOKENS_PER_MINUTE);

        paces.ended(
                huge,
                reserved,
                new CallReport(Sign.ANSWERED, "i", "400", TOOK, null, true, ApiLimits.NONE),
                false,
                now);

        assertThat(paces.refusal("m", now)).isNull();
    }

    @Test
    void shouldWaitALittleAfterARefusedCallHoweverLargeItIs() {
        CallPaces paces = paces(new LimitSettings(0, 0, 0, 60_000, Adaptive.OFF));
        Demand huge = demand("m", Integer.MAX_VALUE);
        long reserved = start(paces, huge);

        paces.ended(
                huge, reserved, new CallReport(Sign.LIMITED, "i", "429", TOOK, null, true, ApiLimits.NONE), false, now);

        now += 1_000;
        assertThat(paces.refusal("m", now)).isEqualTo(Bound.TOKENS_PER_MINUTE);
        now += 7_000;
        assertThat(paces.refusal("m", now)).isNull();
    }

    @Test
    void shouldWaitNoLongerForAHugeCallThanForTheLargestThatTheApiTakes() {
        CallPaces paces = paces(new LimitSettings(0, 0, 0, 60_000, Adaptive.OFF));
        Demand huge = demand("m", Integer.MAX_VALUE);
        long reserved = start(paces, huge);
        paces.ended(
                huge,
                reserved,
                new CallReport(Sign.FAILING, "i", "500", TOOK, null, false, ApiLimits.NONE),
                false,
                now);

        now += 59_000;
        assertThat(paces.refusal("m", now)).isEqualTo(Bound.TOKENS_PER_MINUTE);
        now += 2_000;
        assertThat(paces.refusal("m", now)).isNull();
        reserved = start(paces, huge);
        end(paces, huge, reserved, usage(100, 80), ApiLimits.NONE);
        now += 61_000;
        assertThat(paces.refusal("m", now)).isNull();
    }

    @Test
    void shouldSettleNothingForACallThatWasStartedElsewhere() {
        CallPaces paces = paces(new LimitSettings(0, 0, 0, 60_000, Adaptive.OFF));
        paces.join("m");

        end(paces, demand("m", 0), 0, usage(100_000, 80), ApiLimits.NONE);

        assertThat(paces.refusal("m", now)).isNull();
    }

    @Test
    void shouldBlameTheLimitThatIsUsedUp() {
        CallPaces paces = paces(new LimitSettings(0, 0, 600, 600_000, Adaptive.OFF));
        for (int i = 0; i < 10; i++) {
            now += 1_000;
            refuse(paces, new ApiLimits(new Figure(600, 500, Duration.ofSeconds(10)), new Figure(600_000, 0, TOOK)));
        }

        assertThat(startsInAMinute(paces)).isBetween(590, 601);
    }

    @Test
    void shouldBlameBothLimitsWithoutFigures() {
        CallPaces paces = paces(new LimitSettings(0, 0, 600, 600_000, Adaptive.OFF));
        for (int i = 0; i < 10; i++) {
            now += 1_000;
            refuse(paces, ApiLimits.NONE);
        }

        assertThat(startsInAMinute(paces)).isLessThan(400);
    }

    @Test
    void shouldBlameNoLimitForALackOfCapacity() {
        CallPaces paces = paces(new LimitSettings(0, 0, 600, 600_000, Adaptive.OFF));
        for (int i = 0; i < 10; i++) {
            now += 1_000;
            var report = new CallReport(Sign.CROWDED, "item", "words", TOOK, null, true, ApiLimits.NONE);
            paces.ended(demand("m", 0), 0, report, false, now);
        }

        assertThat(startsInAMinute(paces)).isBetween(590, 601);
    }

    @Test
    void shouldBoundCallsAtOnceOnlyWhereNoLimitIsKnown() {
        CallPaces paces = paces(new LimitSettings(0, 0, 0, 0, Adaptive.ON));
        long reserved = 0;
        for (int i = 0; i < 8; i++) {
            reserved = start(paces, demand("m", 0));
        }
        assertThat(paces.refusal("m", now)).isEqualTo(Bound.ADAPTIVE);
        assertThat(paces.refusal("other", now)).isNull();

        end(paces, demand("m", 0), reserved, null, new ApiLimits(new Figure(60, 59, TOOK), null));

        assertThat(paces.refusal("m", now)).isNull();
        now += 1_000;
        start(paces, demand("m", 0));
        start(paces, demand("other", 0));
    }

    /** The API has limits of its own for each model, and the setting is one for all. */
    @Test
    void shouldNotExceedTheAccountsLimitWithSeveralModels() {
        var paces = new CallPaces(new LimitSettings(0, 0, 600, 0, Adaptive.OFF), () -> 1 / 3.0, new Random(1));
        assertThat(startsIn(paces, 5, 600, "a", "b"))
                .as("three workers stay below 600")
                .isBetween(950, 1_001);
        assertThat(startsIn(paces, 5, 300, "a", "b"))
                .as("the API grants no more")
                .isGreaterThan(2_000);
        assertThat(startsIn(paces, 5, 600, "a", "b")).isBetween(950, 1_050);
        now += 300_000;
        assertThat(startsIn(paces, 5, 600, "a")).as("one model").isGreaterThan(2_000);
        assertThat(startsIn(paces, 5, 600, "a", "mistyped")).as("costs nothing").isGreaterThan(2_500);
    }

    /** Starts calls of these models in turns for so many minutes, each of which has this limit, and much of it left. */
    private int startsIn(CallPaces paces, int minutes, long limit, String... models) {
        int starts = 0;
        var limits = new ApiLimits(new Figure(limit, limit, Duration.ZERO), null);
        for (long end = now + minutes * 60_000L; now < end; now += 5) {
            String model = models[starts % models.length];
            if (paces.refusal(model, now) == null) {
                long reserved = paces.start(demand(model, 0), now);
                boolean isMistyped = model.equals("mistyped");
                ApiLimits told = isMistyped ? ApiLimits.NONE : limits;
                var report = new CallReport(Sign.ANSWERED, "item", null, Duration.ZERO, null, isMistyped, told);
                paces.ended(demand(model, 0), reserved, report, false, now);
                starts++;
            }
        }
        return starts;
    }

    /** A proxy in front of a server without limits names its own when it refuses a call. */
    @Test
    void shouldForgetALimitThatTheApiNoLongerNames() {
        CallPaces paces = paces(LimitSettings.NONE);
        refuse(paces, new ApiLimits(new Figure(1, 0, Duration.ZERO), new Figure(1, 0, Duration.ZERO)));
        start(paces, demand("m", 0));
        assertThat(paces.refusal("m", now)).isEqualTo(Bound.REQUESTS_PER_MINUTE);

        for (int i = 0; i < 10; i++) {
            assertThat(paces.refusal("m", now)).isNotNull();
            end(paces, demand("m", 0), 0, null, i == 0 ? new ApiLimits(new Figure(1, 1, TOOK), null) : ApiLimits.NONE);
        }
        assertThat(paces.refusal("m", now)).as("nine").isEqualTo(Bound.REQUESTS_PER_MINUTE);
        end(paces, demand("m", 0), 0, null, ApiLimits.NONE);

        assertThat(paces.refusal("m", now)).isNull();
    }

    @Test
    void shouldNotBelieveTheLimitsOfAnErrorThatIsNoRateLimit() {
        CallPaces paces = paces(LimitSettings.NONE);
        var proxys = new ApiLimits(new Figure(1, 0, Duration.ZERO), null);
        for (Sign sign : new Sign[] {Sign.TURNED_AWAY, Sign.FAILING, Sign.ANSWERED}) {
            var report = new CallReport(sign, "item", "words", TOOK, null, false, proxys);
            paces.ended(demand("m", 0), 0, report, false, now);
        }
        start(paces, demand("m", 0));
        assertThat(paces.refusal("m", now)).isNull();

        refuse(paces, proxys);
        start(paces, demand("m", 0));
        assertThat(paces.refusal("m", now)).isEqualTo(Bound.REQUESTS_PER_MINUTE);
    }

    @Test
    void shouldObeyTheLimitsThatTheAnswersToSubmissionsName() {
        CallPaces paces = paces(LimitSettings.NONE);
        long reserved = start(paces, demand("m", 0));
        accept(paces, new ApiLimits(new Figure(60, 59, Duration.ofSeconds(1)), null), reserved);
        start(paces, demand("m", 0));
        assertThat(paces.refusal("m", now)).isEqualTo(Bound.REQUESTS_PER_MINUTE);

        for (int i = 0; i < 20; i++) {
            var ended = new CallReport(Sign.ANSWERED, "item", null, TOOK, usage(1, 1), false, ApiLimits.NONE);
            paces.jobEnded(demand("m", 0), 0, ended, now);
        }
        assertThat(paces.refusal("m", now)).as("polls name no limits").isEqualTo(Bound.REQUESTS_PER_MINUTE);
    }

    @Test
    void shouldCorrectALimitByPollsThatNameTheSameOne() {
        CallPaces paces = paces(LimitSettings.NONE);
        var named = new ApiLimits(new Figure(60, 59, Duration.ZERO), null);
        paces.heard("m", named, now, now);
        start(paces, demand("m", 0));
        assertThat(paces.refusal("m", now)).as("polls have limits of their own").isNull();
        accept(paces, named, start(paces, demand("m", 0)));
        now += 1_000;

        paces.heard("m", new ApiLimits(new Figure(60, 1, Duration.ofSeconds(59)), null), now, now);

        start(paces, demand("m", 0));
        assertThat(paces.refusal("m", now + 10_000)).as("3 a minute").isEqualTo(Bound.REQUESTS_PER_MINUTE);
    }

    /** Such as Groq's: 14,400 requests a day, and 30 a minute that no header names. */
    @Test
    void shouldNotTakeALimitOfADayForOneOfAMinute() {
        CallPaces paces = paces(LimitSettings.NONE);
        var atFirst = new ApiLimits(new Figure(14_400, 14_395, Duration.ofSeconds(30)), null);
        end(paces, demand("m", 0), start(paces, demand("m", 0)), null, atFirst);
        var later = new ApiLimits(new Figure(14_400, 14_370, Duration.ofSeconds(180)), null);
        end(paces, demand("m", 0), 0, null, later);
        assertThat(startsAtOnce(paces)).as("no limit per minute").isEqualTo(1_000);

        now += 1_000;
        refuse(paces, new ApiLimits(new Figure(14_400, 0, Duration.ofHours(5)), null));

        assertThat(paces.refusal("m", now)).isEqualTo(Bound.API_WAIT);
        assertThat(paces.refusal("other", now)).isNull();
    }

    @Test
    void shouldNotBorrowOnALimitOfADay() {
        var paces = new CallPaces(new LimitSettings(0, 0, 600, 0, Adaptive.OFF), () -> 1 / 3.0, new Random(1));
        int starts = 0;
        for (long end = now + 300_000; now < end; now += 5) {
            if (paces.refusal("m", now) == null) {
                long reserved = start(paces, demand("m", 0));
                var day = new ApiLimits(new Figure(14_400, 14_000, Duration.ofHours(1)), null);
                end(paces, demand("m", 0), reserved, null, day);
                starts++;
            }
        }
        assertThat(starts).isBetween(950, 1_001);
    }

    @Test
    void shouldStartNoCallOfAModelBeforeTheApiWantsOne() {
        CallPaces paces = paces(LimitSettings.NONE);
        refuse(paces, new ApiLimits(null, null, Duration.ofSeconds(20)));

        assertThat(paces.refusal("m", now + 19_000)).isEqualTo(Bound.API_WAIT);
        assertThat(paces.refusal("other", now)).isNull();
        assertThat(paces.refusal("m", now + 22_001)).isNull();
    }

    /** A server without capacity for a call has said nothing of the others. */
    @Test
    void shouldNotWaitForTheDelayOfAnErrorThatIsNoRateLimit() {
        CallPaces paces = paces(LimitSettings.NONE);
        var asked = new ApiLimits(null, null, Duration.ofSeconds(20));
        for (Sign sign : new Sign[] {Sign.CROWDED, Sign.TURNED_AWAY, Sign.ANSWERED}) {
            paces.ended(demand("m", 0), 0, new CallReport(sign, "item", "words", TOOK, null, true, asked), false, now);
        }

        assertThat(paces.refusal("m", now)).isNull();
    }

    private int startsAtOnce(CallPaces paces) {
        int starts = 0;
        for (; starts < 1_000 && paces.refusal("m", now) == null; starts++) {
            paces.start(demand("m", 0), now);
        }
        return starts;
    }

    private void accept(CallPaces paces, ApiLimits limits, long reserved) {
        var accepted = new CallReport(Sign.ACCEPTED, "item", null, TOOK, null, false, limits);
        paces.ended(demand("m", 0), reserved, accepted, false, now);
    }

    @Test
    void shouldForgetModelsThatNobodyUses() {
        CallPaces paces = paces(LimitSettings.NONE);
        exhaust(paces, "first");

        answer(paces, 199, false);
        assertThat(paces.refusal("first", now)).isEqualTo(Bound.REQUESTS_PER_MINUTE);
        answer(paces, 200, false);

        assertThat(paces.refusal("first", now)).isNull();
    }

    @Test
    void shouldKeepAModelWithCallsInFlight() {
        CallPaces paces = paces(LimitSettings.NONE);
        paces.join("first");
        exhaust(paces, "first");

        answer(paces, 300, false);

        assertThat(paces.refusal("first", now)).isEqualTo(Bound.REQUESTS_PER_MINUTE);
    }

    @Test
    void shouldKeepAModelThatWorksOverNamesThatTheApiDoesNotKnow() {
        CallPaces paces = paces(LimitSettings.NONE);
        exhaust(paces, "first");

        answer(paces, 1_000, true);
        for (int i = 0; i < 1_000; i++) {
            paces.refusal("asked for " + i, now);
        }

        assertThat(paces.refusal("first", now)).isEqualTo(Bound.REQUESTS_PER_MINUTE);
    }

    /** Uses up what the API says that this model has. */
    private void exhaust(CallPaces paces, String model) {
        long reserved = start(paces, demand(model, 0));
        end(paces, demand(model, 0), reserved, null, new ApiLimits(new Figure(1, 0, Duration.ofMinutes(1)), null));
        paces.leave(model);
        start(paces, demand(model, 0));
        paces.leave(model);
    }

    private void answer(CallPaces paces, int models, boolean isUnknown) {
        for (int i = 0; i < models; i++) {
            Demand demand = demand("model " + i, 0);
            long reserved = start(paces, demand);
            String words = isUnknown ? "404" : null;
            var report = new CallReport(Sign.ANSWERED, "item", words, TOOK, null, isUnknown, ApiLimits.NONE);
            paces.ended(demand, reserved, report, false, now);
            paces.leave(demand.model());
        }
    }

    private int startsInAMinute(CallPaces paces) {
        int starts = 0;
        // Until what has gone before does not count any more.
        now += 1_000;
        for (long end = now + 60_000; now < end; now += 5) {
            while (paces.refusal("m", now) == null) {
                long reserved = paces.start(demand("m", 0), now);
                end(paces, demand("m", 0), reserved, usage(1, 1), ApiLimits.NONE);
                starts++;
            }
        }
        return starts;
    }

    private long start(CallPaces paces, Demand demand) {
        assertThat(paces.refusal(demand.model(), now)).isNull();
        return paces.start(demand, now);
    }

    private void end(CallPaces paces, Demand demand, long reserved, Usage usage, ApiLimits limits) {
        paces.ended(
                demand, reserved, new CallReport(Sign.ANSWERED, "item", null, TOOK, usage, false, limits), false, now);
    }

    private void refuse(CallPaces paces, ApiLimits limits) {
        paces.ended(
                demand("m", 0), 0, new CallReport(Sign.LIMITED, "item", "words", TOOK, null, true, limits), false, now);
    }

    private static CallPaces paces(LimitSettings settings) {
        return new CallPaces(settings, () -> 1, new Random(1));
    }

    private static Demand demand(String model, long maxOutputTokens) {
        return new Demand("default", model, 0, 400, maxOutputTokens, true, false);
    }

    private static Usage usage(long input, long output) {
        return new Usage(input, Map.of(), output, Map.of(), input + output);
    }
}
