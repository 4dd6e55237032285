package io.github.genaistreams.topology.call;

import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.model.ResponseDelta;
import io.github.genaistreams.provider.DeltaListener;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;

/**
 * Text of streamed answers on its way from the event loops to the stream thread, which takes it in turns. The text of
 * one attempt since the last turn becomes one record.
 */
final class Deltas<Q extends ApiRequest> {

    /** Limits of one turn. */
    private static final int TURN_PIECES = 2_000;

    private static final int TURN_CHARS = 500_000;

    private final Queue<Piece<Q>> pieces = new ConcurrentLinkedQueue<>();

    private record Piece<Q extends ApiRequest>(Attempt<Q> attempt, long sequence, String text) {}

    private static final class Joined {
        private final StringBuilder text = new StringBuilder();
        private long sequence;
    }

    /** Receives the text of one attempt, on any thread. */
    DeltaListener of(Attempt<Q> attempt) {
        return (sequence, text) -> pieces.add(new Piece<>(attempt, sequence, text));
    }

    /** Hands over the received text, on the stream thread. */
    void take(Consumer<ResponseDelta> onDelta) {
        if (pieces.isEmpty()) {
            return;
        }
        Map<Attempt<Q>, Joined> turn = new IdentityHashMap<>();
        Piece<Q> piece;
        int chars = 0;
        for (int taken = 0; taken < TURN_PIECES && chars < TURN_CHARS && (piece = pieces.poll()) != null; taken++) {
            chars += piece.text().length();
            Joined joined = turn.computeIfAbsent(piece.attempt(), a -> new Joined());
            joined.text.append(piece.text());
            joined.sequence = piece.sequence();
        }
        turn.forEach((attempt, joined) -> {
            ItemKey item = attempt.request().key();
            onDelta.accept(new ResponseDelta(
                    item.batchId(), item.index(), attempt.number(), joined.sequence, joined.text.toString()));
        });
    }
}
