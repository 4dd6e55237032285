package io.github.genaistreams.cli.output;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.client.read.BatchProgress;
import io.github.genaistreams.model.Cost;
import io.github.genaistreams.model.CostTotal;
import io.github.genaistreams.model.Usage;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class BarTextTest {

    private static final Instant NOW = Instant.parse("2026-01-31T14:03:00Z");
    private static final CostTotal COST = CostTotal.NONE.plus(Cost.ofUsd(new BigDecimal("0.125")));

    @Test
    void callsThatHangAreSeenAndSoIsTheTimeThatPasses() {
        var activity = new Activity(50, null, 0, null);

        assertThat(text(progress(200, 0, 0), activity, Duration.ofSeconds(160), 0)
                        .line(100, NOW, ZoneOffset.UTC))
                .isEqualTo("┄".repeat(30) + " requests 0/200 · 2:40 · 50 in flight");
    }

    @Test
    void theNextAttemptIsATimeOfDayAsLongAsItIsToCome() {
        var progress = progress(200, 10, 2);

        assertThat(text(progress, new Activity(0, NOW.plusSeconds(62), 0, null), Duration.ZERO, 0)
                        .line(100, NOW, ZoneOffset.ofHours(1)))
                .contains("0 in flight · next try 15:04:02 · 2 failed");
        assertThat(text(progress, new Activity(0, NOW.minusSeconds(1), 0, null), Duration.ZERO, 0)
                        .line(100, NOW, ZoneOffset.UTC))
                .doesNotContain("next try");
    }

    @Test
    void theStartIsShownAndSoIsEarlierWorkThatComesFirst() {
        assertThat(new BarText("request", "starting", null, Activity.UNKNOWN, Duration.ofSeconds(3), Duration.ZERO, 0)
                        .line(80, NOW, ZoneOffset.UTC))
                .isEqualTo("starting · 0:03");
        assertThat(text(progress(5, 0, 0), new Activity(50, null, 1234, null), Duration.ZERO, 0)
                        .line(100, NOW, ZoneOffset.UTC))
                .contains("requests 0/5 · 0:00 · 1,234 of earlier batches · 50 in flight");
    }

    @Test
    void ofAWorkerElsewhereItIsKnownThatNothingCame() {
        assertThat(new BarText(
                                "item",
                                "",
                                progress(9, 2, 0),
                                Activity.UNKNOWN,
                                Duration.ofSeconds(60),
                                Duration.ofSeconds(42),
                                0)
                        .line(100, NOW, ZoneOffset.UTC))
                .contains("items 2/9 · 1:00 · nothing new for 0:42")
                .doesNotContain("in flight");
    }

    @Test
    void rateAndTimeLeftAreShownOnceSomethingHasCome() {
        assertThat(text(progress(200, 98, 2), new Activity(7, null, 0, null), Duration.ofSeconds(20), 5)
                        .line(140, NOW, ZoneOffset.UTC))
                .contains("requests 100/200 · 0:20 · 7 in flight · 0:20 left · 5.0/s · 2 failed · $0.1250");
    }

    @Test
    void documentsAreCountedInPagesAndCents() {
        assertThat(text(new BatchProgress(9, 2, 0, 2, 7, Usage.NONE, COST, 0), Activity.UNKNOWN, Duration.ZERO, 0)
                        .line(120, NOW, ZoneOffset.UTC))
                .contains("7 pages", "12.5 ¢");
    }

    @Test
    void aSizeThatNobodyHasSaidIsAQuestionMark() {
        assertThat(text(progress(null, 3, 0), Activity.UNKNOWN, Duration.ZERO, 0)
                        .line(80, NOW, ZoneOffset.UTC))
                .startsWith("requests 3 of ?");
    }

    @Test
    void onANarrowTerminalWhatMattersLeastIsLeftOut() {
        var text = text(progress(200, 98, 2), new Activity(7, NOW.plusSeconds(9), 12, null), Duration.ofSeconds(20), 5);

        assertThat(text.line(39, NOW, ZoneOffset.UTC)).isEqualTo("requests 100/200 · 0:20 · 7 in flight");
        assertThat(text.line(20, NOW, ZoneOffset.UTC)).isEqualTo("requests 100/200");
    }

    @Property(tries = 300)
    void noLineIsWiderThanTheTerminal(
            @ForAll @IntRange(min = 1, max = 200) int room,
            @ForAll @IntRange(max = 2_000_000_000) int received,
            @ForAll @IntRange(max = 100_000) int inFlight) {
        var activity = new Activity(inFlight, NOW.plusSeconds(5), inFlight * 3L, null);

        assertThat(text(progress(2_000_000_000, received, 0), activity, Duration.ofDays(3), 0.001)
                        .line(room, NOW, ZoneOffset.UTC)
                        .length())
                .isLessThanOrEqualTo(room);
    }

    private static BarText text(BatchProgress progress, Activity activity, Duration elapsed, double perSecond) {
        return new BarText("request", "starting", progress, activity, elapsed, Duration.ZERO, perSecond);
    }

    private static BatchProgress progress(Integer size, int succeeded, int failed) {
        CostTotal cost = failed > 0 ? COST : CostTotal.NONE;
        return new BatchProgress(size, succeeded, failed, (long) succeeded + failed, 0, Usage.NONE, cost, 0);
    }
}
