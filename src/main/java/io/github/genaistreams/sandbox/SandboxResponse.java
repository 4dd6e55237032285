package io.github.genaistreams.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A response that can be looked up. One that is not finished is queued for the first quarter of its time, and in
 * progress until the time is over. It knows no clock: times are nanoseconds from the caller. Thread-safe.
 */
final class SandboxResponse {

    private static final int QUEUED_SHARE = 4;

    /** When a response starts and how long it takes. */
    record Life(long startedAt, Duration takes) {

        /** Of a response that is finished already. */
        static final Life OVER = new Life(0, Duration.ZERO);
    }

    private final CallId call;
    private final StatsCounter.ItemCounts item;
    private final byte[] end;
    private final Optional<Turn.Earlier> earlier;
    private final Life life;
    private final AtomicBoolean delivered = new AtomicBoolean();
    private boolean cancelled;

    /** @param isKept whether later turns may refer to it */
    SandboxResponse(CallId call, StatsCounter.ItemCounts item, Turn turn, ObjectNode end, Life life, boolean isKept) {
        this.call = call;
        this.item = item;
        this.end = SandboxExchange.bytes(end);
        this.earlier = isKept && end.hasNonNull("usage")
                ? Optional.of(new Turn.Earlier(
                        turn.earlier().map(Turn.Earlier::number).orElse(0) + 1,
                        Reply.beginning(PromptText.ofInput(turn.request())),
                        end.at("/usage/total_tokens").asLong()))
                : Optional.empty();
        this.life = life;
    }

    CallId call() {
        return call;
    }

    StatsCounter.ItemCounts item() {
        return item;
    }

    /** What a later turn may know of it. Empty if it is not finished, was not kept, or failed. */
    synchronized Optional<Turn.Earlier> earlier(long now) {
        return cancelled || !isOver(now) ? Optional.empty() : earlier;
    }

    /** The response object as it is now. */
    synchronized ObjectNode at(long now) {
        ObjectNode whole = end();
        if (cancelled) {
            return ResponseEvents.unfinished(whole, "cancelled");
        }
        if (isOver(now)) {
            return whole;
        }
        boolean queued =
                isBackground(whole) && now - life.startedAt() < life.takes().toNanos() / QUEUED_SHARE;
        return ResponseEvents.unfinished(whole, queued ? "queued" : "in_progress");
    }

    /** As in the answer to the call that starts it, even if it is finished by then. */
    ObjectNode atStart() {
        ObjectNode whole = end();
        return ResponseEvents.unfinished(whole, isBackground(whole) ? "queued" : "in_progress");
    }

    private ObjectNode end() {
        try {
            return (ObjectNode) SandboxExchange.JSON.readTree(end);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean isBackground(JsonNode response) {
        return response.path("background").asBoolean();
    }

    /** Ends it, unless it has ended. */
    synchronized void cancel(long now) {
        cancelled |= !isOver(now);
    }

    /** Whether this response object is an answer that nobody has received before. */
    boolean isFirstDelivery(JsonNode response) {
        return response.hasNonNull("usage") && delivered.compareAndSet(false, true);
    }

    private boolean isOver(long now) {
        return life.takes().isZero() || now - life.startedAt() >= life.takes().toNanos();
    }
}
