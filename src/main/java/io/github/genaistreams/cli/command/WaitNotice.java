package io.github.genaistreams.cli.command;

import io.github.genaistreams.cli.output.BatchTexts;
import io.github.genaistreams.model.Waiting;
import java.time.Duration;
import java.time.ZoneId;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Prints once why a batch makes no progress. It checks only after some time without a result. */
final class WaitNotice {

    private static final long QUIET_NANOS = Duration.ofSeconds(2).toNanos();
    private static final long PAUSE_NANOS = Duration.ofSeconds(1).toNanos();

    private final Supplier<Optional<Waiting>> waiting;
    private final Consumer<String> note;
    private final LongSupplier nanoTime;
    private int received = -1;
    private long lookDue;

    /** The last printed reason; null if there is none, or if there were results after it. */
    private @Nullable String told;

    /** @param waiting why the batch waits, if it does */
    WaitNotice(Supplier<Optional<Waiting>> waiting, Consumer<String> note, LongSupplier nanoTime) {
        this.waiting = waiting;
        this.note = note;
        this.nanoTime = nanoTime;
    }

    /**
     * Call it often while there is no result.
     *
     * @param received number of results so far
     */
    void check(int received) {
        long now = nanoTime.getAsLong();
        if (received != this.received) {
            this.received = received;
            told = null;
            lookDue = now + QUIET_NANOS;
        } else if (now - lookDue >= 0) {
            lookDue = now + PAUSE_NANOS;
            waiting.get().filter(why -> !why.reason().equals(told)).ifPresent(why -> {
                told = why.reason();
                note.accept(BatchTexts.waiting(why, ZoneId.systemDefault()));
            });
        }
    }
}
