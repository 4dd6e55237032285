package io.github.genaistreams.sandbox;

import java.time.Duration;
import java.util.function.Consumer;

/** Sends the pieces of a stream, spread evenly over a time: the first at once, the last when the time is over. */
final class StreamPlayer {

    private static final String EVENT_STREAM = "text/event-stream; charset=utf-8";

    private final SandboxExchange exchange;
    private final StreamScript script;
    private final long nanos;
    private final Consumer<byte[]> answered;
    private final long startedAt = System.nanoTime();
    private int sent;

    private StreamPlayer(SandboxExchange exchange, StreamScript script, Duration over, Consumer<byte[]> answered) {
        this.exchange = exchange;
        this.script = script;
        this.nanos = over.toNanos();
        this.answered = answered;
    }

    /** @param answered sends the last piece of an answer */
    static void play(SandboxExchange exchange, StreamScript script, Duration over, Consumer<byte[]> answered) {
        exchange.open(EVENT_STREAM);
        new StreamPlayer(exchange, script, over, answered).step();
    }

    private void step() {
        while (true) {
            long wait = due(sent) - (System.nanoTime() - startedAt);
            if (wait > 0) {
                exchange.after(Duration.ofNanos(wait), this::step);
                return;
            }
            byte[] piece = script.pieces().get(sent++);
            if (sent == script.pieces().size()) {
                last(piece);
                return;
            }
            exchange.write(piece);
        }
    }

    private long due(int piece) {
        int last = script.pieces().size() - 1;
        return last == 0 ? nanos : (long) ((double) nanos * piece / last);
    }

    private void last(byte[] piece) {
        switch (script.ending()) {
            case ANSWERED -> answered.accept(piece);
            case UNANSWERED -> {
                exchange.write(piece);
                exchange.finish();
            }
            case CUT -> exchange.cut(piece);
            case STALLED -> exchange.write(piece);
        }
    }
}
