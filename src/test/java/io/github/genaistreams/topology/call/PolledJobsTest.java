package io.github.genaistreams.topology.call;

import static io.github.genaistreams.topology.call.CallCase.request;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.model.CallResult;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Calls whose API takes on a job and is asked for its outcome. */
class PolledJobsTest {

    @RegisterExtension
    final CallCase test = new CallCase();

    @Test
    void pollsAJobThatTheApiHasAcceptedAndNeverSubmitsItAgain() {
        test.send(request(0));
        test.call(0).accept("resp_1");
        test.tick();
        assertThat(test.journal())
                .singleElement()
                .satisfies(entry -> assertThat(entry.remoteJob().id()).isEqualTo("resp_1"));

        test.driver.advanceWallClockTime(Duration.ofSeconds(1));
        assertThat(test.api.polled()).isEmpty();
        test.driver.advanceWallClockTime(Duration.ofSeconds(1));
        assertThat(test.api.polled()).containsExactly("resp_1");
        test.call(0).accept("resp_1");
        test.tick();
        test.driver.advanceWallClockTime(Duration.ofSeconds(2));
        test.call(0).succeed("in the end");
        test.tick();

        assertThat(test.api.polled()).containsExactly("resp_1", "resp_1");
        assertThat(test.onlyResult().outputText()).isEqualTo("in the end");
        assertThat(test.api.calls).hasSize(1);
        assertThat(test.journal()).isEmpty();
        assertThat(test.lanes.size()).isZero();
    }

    @Test
    void keepsTheSlotOfAJobThatTheApiWorksOn() {
        for (int i = 0; i < 3; i++) {
            test.send(request(i));
        }
        test.call(0).accept("resp_0");
        test.call(1).accept("resp_1");
        test.tick();
        assertThat(test.api.openCalls()).isEmpty();
        assertThat(test.lanes.inFlight()).isZero();

        test.driver.advanceWallClockTime(Duration.ofSeconds(2));
        test.call(0).succeed("done");
        test.tick();

        assertThat(test.api.openCalls()).containsExactlyInAnyOrder(1, 2);
        assertThat(test.api.calls).hasSize(3);
    }

    @Test
    void givesAJobUpWhenItsTimeIsOver() {
        test.send(request(0).toBuilder().totalWaitSecs(10).build());
        test.call(0).accept("resp_0");
        test.tick();
        for (int i = 0; i < 6; i++) {
            test.driver.advanceWallClockTime(Duration.ofSeconds(2));
            if (!test.api.openCalls().isEmpty()) {
                test.call(0).accept("resp_0");
            }
            test.tick();
        }

        CallResult result = test.onlyResult();
        assertThat(result.success()).isFalse();
        assertThat(result.error().code()).isEqualTo("total_wait");
        assertThat(test.api.cancelled).containsExactly("resp_0");
        assertThat(test.lanes.size()).isZero();
    }

    @Test
    void submitsAnewWhenTheJobHasFailedForTheTimeBeing() {
        test.send(request(0));
        test.call(0).accept("resp_0");
        test.tick();
        test.driver.advanceWallClockTime(Duration.ofSeconds(2));
        test.call(0).retry(Duration.ZERO);
        test.tick();
        test.driver.advanceWallClockTime(Duration.ofSeconds(3));

        assertThat(test.api.calls).hasSize(2);
        assertThat(test.journal()).singleElement().satisfies(entry -> {
            assertThat(entry.attempt()).isEqualTo(2);
            assertThat(entry.remoteJob()).isNull();
        });
    }
}
