package io.github.genaistreams.topology.call;

import static io.github.genaistreams.topology.call.OneTask.request;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.flow.Governor;
import io.github.genaistreams.flow.Governors;
import io.github.genaistreams.flow.HoldListener;
import io.github.genaistreams.flow.HoldSettings;
import io.github.genaistreams.flow.LaneSettings;
import io.github.genaistreams.flow.LimitSettings;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.model.RetryRecord;
import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.wire.Codecs;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** In which turns the outcomes of calls are handled, and what each means for its item. */
class OutcomesTest {

    private static final CallOutcome WRONG_KEY = new CallOutcome.Failed(
            new CallError("Incorrect API key provided", "invalid_request_error", "invalid_api_key", null, false, 401),
            null,
            "req-1");

    /** With a credential that a refused key holds, or may hold. */
    private static OneTask heldByItsKey() {
        var holds = new HoldSettings(Duration.ZERO, true, true);
        var governor = new Governor(LimitSettings.NONE, () -> 1, holds, () -> "key", HoldListener.NONE);
        return new OneTask(new LaneSettings(2, 10, 1 << 20), Governors.of(Map.of("default", governor)));
    }

    private static List<Integer> attempts(OneTask task) {
        return task.retries().stream()
                .map(record -> Codecs.RESPONSES_RETRY.decode(((Outbox.RoutedRetry) record.value()).value()))
                .map(RetryRecord<ResponsesRequest>::attempt)
                .toList();
    }

    @Test
    void handlesOutcomesInTheOrderInWhichTheyCame() {
        var task = new OneTask(new LaneSettings(3, 10, 1 << 20));
        for (int i = 0; i < 3; i++) {
            task.send(request(i));
        }
        for (int i : new int[] {2, 0, 1}) {
            task.call(i).succeed("x");
        }
        task.tick();

        assertThat(task.results()).extracting(CallResult::index).containsExactly(2, 0, 1);
    }

    /** The stream thread must come back to Kafka in time; no outcome is lost for that. */
    @Test
    void handlesABoundedNumberInATurnAndTheOthersInLaterTurns() {
        var task = new OneTask(new LaneSettings(250, 250, 1 << 20));
        for (int i = 0; i < 250; i++) {
            task.send(request(0).toBuilder().index(i).batchSize(250).build());
        }
        for (int i = 0; i < 250; i++) {
            task.call(i).succeed("x");
        }
        task.turn();
        assertThat(task.results()).hasSizeBetween(1, 200);
        for (int turn = 0; turn < 250 && task.results().size() < 250; turn++) {
            task.turn();
        }

        assertThat(task.results())
                .extracting(CallResult::index)
                .containsExactlyElementsOf(IntStream.range(0, 250).boxed().toList());
        assertThat(task.isEmpty()).isTrue();
    }

    /** Otherwise, slots would stay empty for the rest of a turn. */
    @Test
    void startsAnotherCallAfterEachOutcomeAndNotOnlyAfterAll() {
        var task = new OneTask(new LaneSettings(2, 10, 1 << 20));
        List<Integer> openAtSecond = new ArrayList<>();
        task.api.lastResort = (request, error) -> {
            openAtSecond.addAll(task.api.openCalls());
            return Optional.empty();
        };
        for (int i = 0; i < 3; i++) {
            task.send(request(i));
        }
        task.call(0).succeed("x");
        task.call(1).fail(null);
        task.tick();

        assertThat(openAtSecond).containsExactly(2);
    }

    @Test
    void endsAnItemWhoseKeyIsRefusedIfNothingHoldsItsCredential() {
        var task = new OneTask();
        task.send(request(0));
        task.api.end(WRONG_KEY);
        task.tick();

        assertThat(task.onlyResult().error().code()).isEqualTo("invalid_api_key");
        assertThat(task.retries()).isEmpty();
    }

    /** The user will correct the key, and loses nothing until then. */
    @Test
    void sendsAnItemWhoseKeyIsRefusedBackWithoutCountingTheAttemptWhileItsCredentialIsHeld() {
        OneTask task = heldByItsKey();
        task.send(request(0).toBuilder().maxRetries(0).build());
        task.api.end(WRONG_KEY);
        task.tick();

        assertThat(task.results()).isEmpty();
        assertThat(attempts(task)).containsExactly(1);
    }

    @Test
    void letsAHeldCredentialSpareNoItemWhoseRequestIsRefused() {
        OneTask task = heldByItsKey();
        task.send(request(0));
        task.send(request(1));
        task.call(0).whenDone().accept(WRONG_KEY);
        task.call(1).fail(null);
        task.tick();

        assertThat(task.onlyResult().error().type()).isEqualTo("invalid_request_error");
        assertThat(task.onlyResult().error().httpStatus()).isEqualTo(400);
        assertThat(task.onlyResult().attempts()).isEqualTo(1);
    }
}
