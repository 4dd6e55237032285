package io.github.genaistreams.worker;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.kafka.streams.KafkaStreams.State;
import org.jspecify.annotations.Nullable;

/**
 * Whether a worker is live, and whether it is ready. Thread-safe.
 *
 * <p>Kafka Streams still says {@code RUNNING} when all brokers are unreachable: its threads poll and receive nothing.
 * Only the consumers' heartbeats stop. A worker without an answered heartbeat for a session timeout may have lost its
 * partitions, so it is not ready until the next one. A thread that does not poll is stuck. After a session timeout
 * without a poll, the worker is not ready. After {@code max.poll.interval.ms}, when the group expels the thread, the
 * worker is not live.
 */
final class Health {

    private final Duration session;
    private final Duration maxSilence;
    private volatile @Nullable Supplier<StreamsSnapshot> sight;
    private volatile boolean stopping;
    private volatile boolean gaveUp;

    /**
     * @param session    session timeout, after which the group considers a silent member dead
     * @param maxSilence maximum time between two polls of a thread that is not stuck
     */
    Health(Duration session, Duration maxSilence) {
        this.session = session;
        this.maxSilence = maxSilence;
    }

    /** The start-up checks of Kafka and its topics have passed. From now on, the state of Kafka Streams decides. */
    void watch(Supplier<StreamsSnapshot> streams) {
        sight = streams;
    }

    /** The worker is stopping on request. */
    void stopping() {
        stopping = true;
    }

    /** The worker ends because its threads keep failing. */
    void gaveUp() {
        gaveUp = true;
    }

    /** Why the worker needs a restart to work again; empty if it does not. */
    Optional<String> whyDead() {
        if (gaveUp) {
            return Optional.of("stream threads kept failing, and the worker stops; the log says why");
        }
        // A stop may take any time.
        Supplier<StreamsSnapshot> streams = stopping ? null : sight;
        return Optional.ofNullable(streams)
                .map(Supplier::get)
                .filter(seen -> seen.sincePoll().compareTo(maxSilence) > 0)
                .map(seen -> stuck(seen.sincePoll()));
    }

    /** Why the worker is not ready; empty if it is. */
    Optional<String> whyNotReady() {
        if (gaveUp) {
            return whyDead();
        }
        if (stopping) {
            return Optional.of("the worker is stopping");
        }
        Supplier<StreamsSnapshot> streams = sight;
        return streams == null
                ? Optional.of("the worker is starting: it is checking Kafka and its topics")
                : whyNotReady(streams.get());
    }

    private Optional<String> whyNotReady(StreamsSnapshot seen) {
        if (seen.state() != State.RUNNING) {
            return Optional.of(
                    seen.restoring() > 0
                            ? "the worker is restoring its journals, " + seen.restoring() + " records to go"
                            : "Kafka Streams is " + seen.state().name().toLowerCase(Locale.ROOT));
        }
        if (seen.alive() < seen.threads()) {
            return Optional.of(seen.threads() - seen.alive() + " of " + seen.threads() + " stream threads are dead");
        }
        // This check comes first: while Kafka is unreachable, a thread may wait for a commit.
        if (seen.sinceHeartbeat().compareTo(session) > 0) {
            return Optional.of("no heartbeat has been answered for "
                    + seen.sinceHeartbeat().toSeconds() + " s, which is longer than session.timeout.ms ("
                    + session.toMillis() + "): brokers are unreachable, or a rebalance takes long");
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
