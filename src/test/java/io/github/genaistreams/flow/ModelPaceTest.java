package io.github.genaistreams.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.model.ApiLimits;
import io.github.genaistreams.model.ApiLimits.Figure;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What an API says of one model; {@link ModelPacesTest} has models beside each other. */
class ModelPaceTest {

    private static final Duration DAY = Duration.ofHours(24);
    private static final Figure A_MINUTE = new Figure(60, 30, Duration.ofSeconds(30));
    private static final Figure A_DAY = new Figure(10_000, 0, DAY);

    private final ModelPace pace = new ModelPace(true, new Random(1));
    private final long now = 1_790_000_000_000L;

    private static ApiLimits retryAfter(Duration time) {
        return new ApiLimits(null, null, time);
    }

    @Test
    void letsCallsStartOfWhichNothingIsKnown() {
        assertThat(pace.refusal(1, now)).isNull();
        assertThat(pace.inFlight()).isZero();
        assertThat(pace.usedAt()).isEqualTo(Long.MIN_VALUE);
    }

    @Test
    void waitsForAsLongAsTheApiHasAskedWithARefusal() {
        pace.ended(Sign.LIMITED, retryAfter(Duration.ofSeconds(20)), now - 1, now);
        assertThat(pace.refusal(1, now)).isEqualTo(Bound.API_WAIT);
        assertThat(pace.refusal(1, now + 19_999)).isEqualTo(Bound.API_WAIT);
        assertThat(pace.refusal(1, now + 22_001)).as("a tenth more at most").isNull();
    }

    @Test
    void endsTheWaitWhenALaterCallIsAnsweredAndWithNoOtherSign() {
        pace.ended(Sign.LIMITED, retryAfter(Duration.ofSeconds(20)), now - 1, now);
        pace.ended(Sign.ANSWERED, ApiLimits.NONE, now - 1, now + 1);
        assertThat(pace.refusal(1, now + 2)).as("it began before the refusal").isEqualTo(Bound.API_WAIT);
        pace.ended(Sign.FAILING, ApiLimits.NONE, now + 1, now + 2);
        pace.ended(Sign.CROWDED, ApiLimits.NONE, now + 1, now + 2);
        assertThat(pace.refusal(1, now + 2)).isEqualTo(Bound.API_WAIT);

        pace.ended(Sign.ACCEPTED, ApiLimits.NONE, now + 1, now + 2);
        assertThat(pace.refusal(1, now + 2)).isNull();
    }

    @Test
    void keepsALimitOfADayApartFromThatOfAMinute() {
        ApiLimits rest = pace.correctLong(new ApiLimits(A_DAY, A_MINUTE), 1, now);

        assertThat(rest.requests()).isNull();
        assertThat(rest.tokens()).isEqualTo(A_MINUTE);
        pace.start(1, now);
        assertThat(pace.refusal(1, now + 1)).isEqualTo(Bound.API_WAIT);
        assertThat(pace.refusal(1, now + DAY.toMillis())).isNull();
    }

    @Test
    void countsTheTokensOfACallAgainstALimitOfTokens() {
        pace.correctLong(new ApiLimits(null, new Figure(10_000, 100, DAY)), 1, now);
        pace.start(60, now);
        assertThat(pace.refusal(1, now)).isNull();
        pace.start(40, now);
        assertThat(pace.refusal(1, now)).isEqualTo(Bound.API_WAIT);
    }

    @Test
    void countsOneForEachCallAgainstALimitOfRequests() {
        pace.correctLong(new ApiLimits(new Figure(10_000, 2, DAY), null), 1, now);
        pace.start(1_000, now);
        assertThat(pace.refusal(1, now)).isNull();
        pace.start(1_000, now);
        assertThat(pace.refusal(1, now)).isEqualTo(Bound.API_WAIT);
    }

    @Test
    void startsNoMoreCallsInAMinuteThanTheApiSaysAreLeft() {
        pace.level().correct(new ApiLimits(new Figure(60, 1, Duration.ofSeconds(59)), null), 60, 0, now, now);
        assertThat(pace.refusal(1, now)).isNull();
        pace.start(1, now);

        assertThat(pace.refusal(1, now)).isEqualTo(Bound.REQUESTS_PER_MINUTE);
    }

    @Test
    void slowsDownAfterARefusalForALimitOfAMinute() {
        pace.level().correct(new ApiLimits(A_MINUTE, null), 60, 0, now, now);
        double before = pace.level().requests().perMinute(now + 2);

        pace.ended(Sign.ANSWERED, ApiLimits.NONE, now + 1, now + 2);
        assertThat(pace.level().requests().perMinute(now + 2)).isEqualTo(before);
        pace.ended(Sign.LIMITED, ApiLimits.NONE, now + 1, now + 2);
        assertThat(pace.level().requests().perMinute(now + 2)).isLessThan(before);
    }

    @Test
    void letsFewerCallsRunAtOnceWhenTheApiSaysThatThereAreTooMany() {
        int before = pace.adaptive().limit();
        for (int i = 0; i < before; i++) {
            pace.join();
        }

        for (int i = 0; i < 100; i++) {
            pace.adapt(Sign.FAILING, now + i, now + i);
        }
        assertThat(pace.adaptive().limit()).as("no sign of that").isEqualTo(before);
        for (int i = 0; i < 100; i++) {
            pace.adapt(Sign.CROWDED, now + i, now + i);
        }
        assertThat(pace.adaptive().limit()).isLessThan(before);
    }

    @Test
    void triesOneCallInALongWait() {
        pace.ended(Sign.LIMITED, retryAfter(Duration.ofHours(2)), now - 1, now);
        long later = now + 60_000;
        assertThat(pace.refusal(1, later)).isNull();

        pace.start(1, later);
        assertThat(pace.refusal(1, later)).isEqualTo(Bound.API_WAIT);
    }

    @Test
    void takesOnlyTheShareOfTheWorkerOfALongLimit() {
        pace.correctLong(new ApiLimits(new Figure(10_000, 4, DAY), null), 0.25, now);
        pace.start(1, now);

        assertThat(pace.refusal(0.25, now)).isEqualTo(Bound.API_WAIT);
    }

    /** So far it looked as if it were for a minute. */
    @Test
    void forgetsALimitOfAMinuteThatTurnsOutToBeOfADay() {
        Figure early = new Figure(10_000, 9_999, Duration.ofSeconds(1));
        pace.level().correct(new ApiLimits(early, early), 10_000, 10_000, now, now);
        assertThat(pace.level().requests().limit()).isEqualTo(10_000);

        pace.correctLong(new ApiLimits(new Figure(10_000, 9_000, DAY), null), 1, now);

        assertThat(pace.level().requests().limit()).isZero();
        assertThat(pace.level().tokens().limit()).isEqualTo(10_000);
    }

    @Test
    void knowsTheFiguresThatAnAnswerHasNamedBefore() {
        pace.level().correct(new ApiLimits(A_MINUTE, null), 60, 0, now, now);
        pace.correctLong(new ApiLimits(null, A_DAY), 1, now);

        assertThat(pace.known(new ApiLimits(A_MINUTE, A_DAY))).isEqualTo(new ApiLimits(A_MINUTE, A_DAY));
        assertThat(pace.known(new ApiLimits(A_DAY, A_MINUTE))).isEqualTo(new ApiLimits(null, null));
        assertThat(pace.known(new ApiLimits(A_MINUTE, null))).isEqualTo(new ApiLimits(A_MINUTE, null));
        assertThat(pace.known(ApiLimits.NONE)).isSameAs(ApiLimits.NONE);
    }

    @Test
    void forgetsOnlyTheLimitThatAnswersNoLongerName() {
        pace.correctLong(new ApiLimits(A_DAY, A_DAY), 1, now);
        for (int i = 0; i < MinutePace.MAX_UNNAMED; i++) {
            pace.answeredWith(new ApiLimits(null, A_DAY));
        }
        assertThat(pace.known(new ApiLimits(A_DAY, null)).requests()).isNull();
        assertThat(pace.known(new ApiLimits(null, A_DAY)).tokens()).isEqualTo(A_DAY);

        for (int i = 0; i < MinutePace.MAX_UNNAMED; i++) {
            pace.answeredWith(ApiLimits.NONE);
        }
        assertThat(pace.known(new ApiLimits(null, A_DAY)).tokens()).isNull();

        pace.correctLong(new ApiLimits(A_DAY, null), 1, now);
        for (int i = 0; i < MinutePace.MAX_UNNAMED; i++) {
            pace.answeredWith(new ApiLimits(A_DAY, null));
        }
        assertThat(pace.known(new ApiLimits(A_DAY, null)).requests()).isEqualTo(A_DAY);
    }

    @Test
    void countsCallsInFlightAndNeverLessThanNone() {
        pace.start(1, now);
        pace.join();
        assertThat(pace.inFlight()).isEqualTo(2);
        for (int i = 0; i < 3; i++) {
            pace.leave();
        }
        assertThat(pace.inFlight()).isZero();
        pace.used(now);
        assertThat(pace.usedAt()).isEqualTo(now);
    }
}
