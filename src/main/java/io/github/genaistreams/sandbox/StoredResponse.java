package io.github.genaistreams.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A response that can be looked up, and its life if it is not finished yet: queued for the first quarter of its time,
 * in progress until the time is over, then what it was to become. Knows no clock: times are nanoseconds from the
 * caller. Thread-safe.
 */
final class StoredResponse {

    private static final int QUEUED_SHARE = 4;

    /** When a response starts and how long it takes. */
    record Life(long startedAt, Duration takes) {

        /** Of a response that is finished already. */
        static final Life OVER = new Life(0, Duration.ZERO);
    }

    private final CallId call;
    private final StatsCounter.Item item;
    private final byte[] end;
    private final byte[] input;
    private final Optional<Turn.Earlier> earlier;
    private final Life life;
    private final AtomicBoolean delivered = new AtomicBoolean();
    private boolean cancelled;

    /** @param isKept whether later turns may refer to it */
    StoredResponse(CallId call, StatsCounter.Item item, Turn turn, ObjectNode end, Life life, boolean isKept) {
        this.call = call;
        this.item = item;
        this.end = SandboxExchange.bytes(end);
        this.input = SandboxExchange.bytes(InputItems.of(turn.request().path("input"), turn.id()));
        this.earlier = isKept && end.hasNonNull("usage") ? Optional.of(asEarlier(turn, end)) : Optional.empty();
        this.life = life;
    }

    private static Turn.Earlier asEarlier(Turn turn, ObjectNode end) {
        Set<String> calls = new HashSet<>();
        end.path("output").forEach(each -> {
            if (each.path("type").asText().endsWith("_call")) {
                calls.add(each.path("call_id").asText());
            }
        });
        return new Turn.Earlier(
                turn.earlier().map(Turn.Earlier::number).orElse(0) + 1,
                Reply.beginning(PromptText.ofInput(turn.request())),
                end.at("/usage/total_tokens").asLong(),
                calls);
    }

    CallId call() {
        return call;
    }

    StatsCounter.Item item() {
        return item;
    }

    Duration remaining(long now) {
        return isOver(now) ? Duration.ZERO : life.takes().minusNanos(now - life.startedAt());
    }

    /** What a later turn may know of it; empty if it is not finished, was not kept or came to nothing. */
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
        boolean queued = whole.path("background").asBoolean()
                && now - life.startedAt() < life.takes().toNanos() / QUEUED_SHARE;
        return ResponseEvents.unfinished(whole, queued ? "queued" : "in_progress");
    }

    /** As the call that starts it is answered, however short its life. */
    ObjectNode atStart() {
        ObjectNode whole = end();
        return ResponseEvents.unfinished(whole, whole.path("background").asBoolean() ? "queued" : "in_progress");
    }

    /** What it will have become. */
    ObjectNode end() {
        return (ObjectNode) read(end);
    }

    /** The items that it was asked with. */
    JsonNode input() {
        return read(input);
    }

    private static JsonNode read(byte[] json) {
        try {
            return SandboxExchange.JSON.readTree(json);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Ends it, unless it is over anyway. */
    synchronized void cancel(long now) {
        cancelled |= !isOver(now);
    }

    /** Whether this response object is an answer that nobody has been given before. */
    boolean isFirstDelivery(JsonNode response) {
        return response.hasNonNull("usage") && delivered.compareAndSet(false, true);
    }

    private boolean isOver(long now) {
        return life.takes().isZero() || now - life.startedAt() >= life.takes().toNanos();
    }
}
