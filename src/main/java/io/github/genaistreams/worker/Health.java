package io.github.genaistreams.worker;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.kafka.streams.KafkaStreams.State;

/**
 * Whether a worker lives, and whether it is ready to work. Thread-safe.
 *
 * <p>Kafka Streams goes on saying {@code RUNNING} when all brokers are away: its threads poll, and nothing comes. What stops is the
 * consumers' heartbeats. A worker from which the group has heard nothing for a session may have lost its partitions to others, so it
 * is not ready; with the next heartbeat it is again. A thread that does not even poll is stuck in something: for a session, the worker
 * is not ready; for the longest time that a thread may be silent ({@code max.poll.interval.ms}, after which the group expels it), the
 * worker does not live.
 */
final class Health {

    private final Duration session;
    private final Duration longestSilence;
    private volatile Supplier<StreamsSight> sight;
    private volatile boolean stopping;
    private volatile boolean gaveUp;

    /**
     * @param session        after which the group takes a silent member for dead
     * @param longestSilence of a stream thread that is not stuck
     */
    Health(Duration session, Duration longestSilence) {
        this.session = session;
        this.longestSilence = longestSilence;
    }

    /** Kafka and topics are as they should be: from now on the worker is as Kafka Streams is. */
    void watch(Supplier<StreamsSight> streams) {
        sight = streams;
    }

    /** The worker has been told to stop. */
    void stopping() {
        stopping = true;
    }

    /** The worker ends, since its threads kept failing. */
    void gaveUp() {
        gaveUp = true;
    }

    /** Why the worker will never work again unless it is started anew; empty while it may. */
    Optional<String> whyDead() {
        if (gaveUp) {
            return Optional.of("stream threads kept failing, and the worker ends; the log says why");
        }
        // To stop takes as long as it takes.
        Supplier<StreamsSight> streams = stopping ? null : sight;
        return Optional.ofNullable(streams)
                .map(Supplier::get)
                .filter(seen -> seen.sincePoll().compareTo(longestSilence) > 0)
                .map(seen -> stuck(seen.sincePoll()));
    }

    /** Why the worker is not at work now; empty if it is. */
    Optional<String> whyNotReady() {
        if (gaveUp) {
            return whyDead();
        }
        if (stopping) {
            return Optional.of("the worker is stopping");
        }
        Supplier<StreamsSight> streams = sight;
        return streams == null
                ? Optional.of("the worker is starting: Kafka and its topics are being looked at")
                : whyNotReady(streams.get());
    }

    private Optional<String> whyNotReady(StreamsSight seen) {
        if (seen.state() != State.RUNNING) {
            return Optional.of(
                    seen.restoring() > 0
                            ? "journals are being restored, " + seen.restoring() + " records to go"
                            : "Kafka Streams is " + seen.state().name().toLowerCase(Locale.ROOT));
        }
        if (seen.alive() < seen.threads()) {
            return Optional.of(seen.threads() - seen.alive() + " of " + seen.threads() + " stream threads are dead");
        }
        // First: while Kafka is away, a thread may wait for a commit.
        if (seen.sinceHeartbeat().compareTo(session) > 0) {
            return Optional.of("no heartbeat was answered for "
                    + seen.sinceHeartbeat().toSeconds() + " s, which is longer than session.timeout.ms ("
                    + session.toMillis() + "): brokers are away, or a rebalance takes long");
        }
        if (seen.sincePoll().compareTo(session) > 0) {
            return Optional.of(stuck(seen.sincePoll()));
        }
        return Optional.empty();
    }

    private static String stuck(Duration sincePoll) {
        return "a stream thread has not polled for " + sincePoll.toSeconds() + " s";
    }
}
