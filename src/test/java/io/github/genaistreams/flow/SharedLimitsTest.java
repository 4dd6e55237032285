package io.github.genaistreams.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.flow.LimitSettings.Adaptive;
import io.github.genaistreams.flow.Simulation.Buckets;
import io.github.genaistreams.flow.Simulation.Reply;
import io.github.genaistreams.flow.Simulation.Server;
import io.github.genaistreams.flow.Simulation.Slowing;
import io.github.genaistreams.flow.Simulation.Window;
import io.github.genaistreams.flow.Simulation.Worker;
import io.github.genaistreams.model.ApiLimits;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Three workers share an account, in virtual time ({@link Simulation}). The minutes before a measurement use up what the
 * API's buckets hold at first, so that no part of the quota is counted twice.
 */
class SharedLimitsTest {

    private static final Duration BEFORE = Duration.ofMinutes(3);
    private static final Duration MEASURED = Duration.ofMinutes(5);

    private static final double NONE = 1e9;

    /** Which of the two limits is reached. */
    enum Scarce {
        REQUESTS(600, NONE),
        TOKENS(NONE, 300_000);

        final double rpm;
        final double tpm;

        Scarce(double rpm, double tpm) {
            this.rpm = rpm;
            this.tpm = tpm;
        }

        LimitSettings configured() {
            return new LimitSettings(0, 0, (long) rpm, (long) tpm, Adaptive.OFF);
        }

        double used(Simulation simulation) {
            return this == REQUESTS
                    ? simulation.admitted / (rpm * MEASURED.toMinutes())
                    : simulation.tokens / (tpm * MEASURED.toMinutes());
        }
    }

    private final List<Worker> workers = new ArrayList<>();

    @ParameterizedTest
    @CsvSource({"REQUESTS,true", "REQUESTS,false", "TOKENS,true", "TOKENS,false"})
    void usesAConfiguredLimit(Scarce scarce, boolean hasHeaders) {
        for (boolean boundsOutput : new boolean[] {true, false}) {
            var simulation = group(new Buckets(scarce.rpm, scarce.tpm, hasHeaders), boundsOutput, scarce.configured());

            simulation.run(MEASURED);

            assertThat(scarce.used(simulation)).isBetween(0.97, 1.1);
            assertThat(simulation.refusedPart()).isLessThan(0.03);
        }
    }

    /** A large call may not fit for a moment. After its refusal, the worker is slower for a while. */
    @ParameterizedTest
    @CsvSource({"REQUESTS,0.97", "TOKENS,0.94"})
    void usesAConfiguredLimitOfAServerThatCountsTheLastMinute(Scarce scarce, double least) {
        var simulation = group(new Window(scarce.rpm, scarce.tpm), true, scarce.configured());

        simulation.run(MEASURED);

        assertThat(scarce.used(simulation)).isGreaterThan(least);
        assertThat(simulation.refusedPart()).isLessThan(0.03);
    }

    @ParameterizedTest
    @CsvSource({"REQUESTS,true", "REQUESTS,false", "TOKENS,true", "TOKENS,false"})
    void usesALimitWhileAWorkerJoinsAndLeaves(Scarce scarce, boolean hasHeaders) {
        var simulation = group(new Buckets(scarce.rpm, scarce.tpm, hasHeaders), true, scarce.configured());

        simulation.run(Duration.ofMinutes(1));
        // A partition of each of two workers goes to a new one: nobody has it for some seconds.
        workers.get(0).share = 1 / 6.0;
        workers.get(1).share = 1 / 6.0;
        simulation.run(Duration.ofSeconds(3));
        Worker fourth = simulation.join(scarce.configured(), 2 / 6.0, 100);
        simulation.run(Duration.ofMinutes(2));
        fourth.share = 0;
        simulation.run(Duration.ofSeconds(3));
        workers.get(0).share = 1 / 3.0;
        workers.get(1).share = 1 / 3.0;
        simulation.run(MEASURED.minusSeconds(186));

        assertThat(scarce.used(simulation)).isGreaterThan(0.97);
        assertThat(simulation.refusedPart()).isLessThan(0.03);
    }

    @ParameterizedTest
    @EnumSource
    void usesALimitThatOnlyHeadersTell(Scarce scarce) {
        for (boolean boundsOutput : new boolean[] {true, false}) {
            var simulation = group(new Buckets(scarce.rpm, scarce.tpm, true), boundsOutput, LimitSettings.NONE);

            simulation.run(MEASURED);

            assertThat(scarce.used(simulation)).isGreaterThan(0.9);
            assertThat(simulation.refusedPart()).isLessThan(0.03);
        }
    }

    @ParameterizedTest
    @EnumSource
    void borrowsTheSharesOfWorkersWithoutWork(Scarce scarce) {
        var simulation = new Simulation(new Buckets(scarce.rpm, scarce.tpm, true), true, 1);
        simulation.join(scarce.configured(), 1 / 3.0, 200);

        simulation.run(BEFORE);
        simulation.admitted = simulation.tokens = simulation.refused = 0;
        simulation.run(MEASURED);

        assertThat(scarce.used(simulation)).isGreaterThan(0.9);
        assertThat(simulation.refusedPart()).isLessThan(0.03);
    }

    @Test
    void usesALimitOfWhichTheApiCountsLessThanItself() {
        var server = new Buckets(NONE, 300_000, true);
        server.chargesAnswers = false;
        var simulation = new Simulation(server, false, 1);
        simulation.join(Scarce.TOKENS.configured(), 1, 200);

        simulation.run(BEFORE);
        simulation.admitted = simulation.tokens = simulation.refused = 0;
        simulation.run(MEASURED);

        assertThat(Scarce.TOKENS.used(simulation)).isGreaterThan(0.9);
        assertThat(simulation.refusedPart()).isLessThan(0.03);
    }

    /** It is no limit per minute: all of it may be used at once, and then nothing is refused but a call a minute. */
    @ParameterizedTest
    @CsvSource({"1,true", "1,false", "3,true", "3,false"})
    void usesUpALimitOfALongerTimeThanAMinute(int group, boolean isEven) {
        var simulation = new Simulation(new Simulation.Period(1_200, Duration.ofMinutes(20), isEven), true, 1);
        for (int i = 0; i < group; i++) {
            simulation.join(LimitSettings.NONE, 1.0 / group, 30);
        }

        simulation.run(Duration.ofMinutes(8));
        assertThat(simulation.admitted).isGreaterThan(1_150);
        simulation.run(Duration.ofMinutes(32));

        assertThat(simulation.admitted).isBetween(isEven ? 3_200L : 2_350L, isEven ? 3_600L : 2_400L);
        assertThat(simulation.refused).isLessThan(isEven ? 10 : 40L * group);
    }

    /** With half of the limit gone, and nothing that says so but refusals, or the headers. */
    @ParameterizedTest
    @CsvSource({"REQUESTS,true", "REQUESTS,false", "TOKENS,true", "TOKENS,false"})
    void leavesAnotherProgramItsPart(Scarce scarce, boolean hasHeaders) {
        var server = new Buckets(scarce.rpm, scarce.tpm, hasHeaders);
        server.othersPart = 0.5;
        var simulation = group(server, true, scarce.configured());

        simulation.run(MEASURED);

        assertThat(scarce.used(simulation)).isBetween(0.47, 0.6);
        assertThat(simulation.refusedPart()).isLessThan(hasHeaders ? 0.03 : 0.07);
    }

    @ParameterizedTest
    @ValueSource(ints = {8, 32, 100})
    void findsTheBestConcurrencyOfAServerThatGetsSlower(int best) {
        // Calls in flight / latency is highest at the best one.
        double atOnce = averageAtOnce(calls -> 1 + calls / best * (calls / best), Integer.MAX_VALUE);

        assertThat(atOnce).isBetween(0.8 * best, 1.2 * best);
    }

    @ParameterizedTest
    @ValueSource(ints = {8, 32, 100})
    void findsWhereALatencyBeginsToGrow(int best) {
        double atOnce = averageAtOnce(calls -> calls <= best ? 1 : calls / best * (calls / best), Integer.MAX_VALUE);

        assertThat(atOnce).isBetween(0.8 * best, 1.2 * best);
    }

    /** More calls than it works on stand in its queue: they bring nothing, and harm nothing. */
    @ParameterizedTest
    @ValueSource(ints = {8, 32, 100})
    void keepsAQueueShort(int best) {
        double atOnce = averageAtOnce(calls -> Math.max(1, calls / best), Integer.MAX_VALUE);

        assertThat(atOnce).isBetween(0.9 * best, 2.0 * best);
    }

    @ParameterizedTest
    @ValueSource(ints = {8, 32, 100})
    void staysBelowWhatAServerRefuses(int best) {
        double atOnce = averageAtOnce(calls -> 1, best);

        assertThat(atOnce).isBetween(0.8 * best, 1.0 * best);
        assertThat(last.refusedPart()).isLessThan(0.03);
    }

    @Test
    void onlyLogsThatFewerCallsWouldBeEnough() {
        Worker crowded = observe(50);
        assertThat(crowded.inFlight).isEqualTo(80);
        assertThat(crowded.paces.overloadedModels())
                .singleElement()
                .satisfies(overloaded -> assertThat(overloaded.better()).isLessThan(80));

        assertThat(observe(100).paces.overloadedModels()).isEmpty();
    }

    private static Worker observe(int most) {
        var simulation = new Simulation(new Slowing(calls -> 1, most), false, 1);
        Worker worker = simulation.join(new LimitSettings(0, 0, 0, 0, Adaptive.OBSERVE), 1, 80);
        simulation.run(Duration.ofMinutes(1));
        return worker;
    }

    /** As a gateway to several servers does. Fewer calls at once would not change that. */
    @Test
    void doesNotGiveWayToAServerThatRefusesAtRandom() {
        var random = new Random(1);
        var server = new Server() {
            @Override
            public Reply receive(long tokens, int inFlight, long now) {
                return new Reply(random.nextDouble() > 0.05, ApiLimits.NONE);
            }
        };
        var simulation = new Simulation(server, false, 1);
        Worker worker = simulation.join(new LimitSettings(0, 0, 0, 0, Adaptive.ON), 1, 100);

        simulation.run(Duration.ofMinutes(5));

        assertThat(averageAtOnce(simulation, worker)).isGreaterThan(80);
    }

    private Simulation last;

    private double averageAtOnce(DoubleUnaryOperator slower, int most) {
        var simulation = new Simulation(new Slowing(slower, most), false, 1);
        last = simulation;
        Worker worker = simulation.join(new LimitSettings(0, 0, 0, 0, Adaptive.ON), 1, 400);
        simulation.run(Duration.ofMinutes(5));
        simulation.admitted = simulation.refused = 0;
        return averageAtOnce(simulation, worker);
    }

    private static double averageAtOnce(Simulation simulation, Worker worker) {
        long sum = 0;
        for (int i = 0; i < 300; i++) {
            simulation.run(Duration.ofSeconds(1));
            sum += worker.inFlight;
        }
        return sum / 300.0;
    }

    private Simulation group(Server server, boolean boundsOutput, LimitSettings settings) {
        var simulation = new Simulation(server, boundsOutput, 1);
        workers.clear();
        for (int i = 0; i < 3; i++) {
            workers.add(simulation.join(settings, 1 / 3.0, 100));
        }
        simulation.run(BEFORE);
        simulation.admitted = simulation.tokens = simulation.refused = 0;
        return simulation;
    }
}
