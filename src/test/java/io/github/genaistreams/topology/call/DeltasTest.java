package io.github.genaistreams.topology.call;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.model.ResponseDelta;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.provider.DeltaListener;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;

/** The text of an answer goes on its way in few records, and none of it is lost, repeated or mixed. */
class DeltasTest {

    private final Deltas<ResponsesRequest> deltas = new Deltas<>();

    private DeltaListener listener(int index, int attempt) {
        return deltas.of(
                new Attempt<>(CallCase.request(index), attempt, Instant.EPOCH, new RecordHeaders(), null, false));
    }

    private List<ResponseDelta> turn() {
        List<ResponseDelta> taken = new ArrayList<>();
        deltas.take(taken::add);
        return taken;
    }

    @Test
    void joinsTheTextOfATurnAndNumbersItByItsLastPiece() {
        DeltaListener text = listener(3, 2);
        text.onDelta(0, "To be, ");
        text.onDelta(1, "or not ");
        assertThat(turn()).containsExactly(new ResponseDelta("b", 3, 2, 1, "To be, or not "));
        text.onDelta(2, "to be");
        assertThat(turn()).containsExactly(new ResponseDelta("b", 3, 2, 2, "to be"));
        assertThat(turn()).isEmpty();
    }

    @Test
    void keepsAttemptsApart() {
        DeltaListener first = listener(3, 1);
        DeltaListener second = listener(3, 2);
        DeltaListener other = listener(4, 1);
        first.onDelta(0, "a");
        other.onDelta(0, "c");
        second.onDelta(0, "b");
        first.onDelta(1, "A");

        assertThat(turn())
                .containsExactlyInAnyOrder(
                        new ResponseDelta("b", 3, 1, 1, "aA"),
                        new ResponseDelta("b", 3, 2, 0, "b"),
                        new ResponseDelta("b", 4, 1, 0, "c"));
    }

    @Test
    void takesABoundedNumberOfPiecesInATurnAndTheRestInTheNext() {
        DeltaListener text = listener(3, 1);
        for (int i = 0; i < 2_001; i++) {
            text.onDelta(i, "x");
        }

        assertThat(turn()).extracting(ResponseDelta::sequence).containsExactly(1_999L);
        assertThat(turn()).containsExactly(new ResponseDelta("b", 3, 1, 2_000, "x"));
    }

    @Test
    void takesABoundedAmountOfTextInATurnButWholePieces() {
        DeltaListener text = listener(3, 1);
        String large = "x".repeat(400_000);
        for (int i = 0; i < 3; i++) {
            text.onDelta(i, large);
        }

        assertThat(turn().get(0).delta()).hasSize(800_000);
        assertThat(turn().get(0).delta()).hasSize(400_000);
    }
}
