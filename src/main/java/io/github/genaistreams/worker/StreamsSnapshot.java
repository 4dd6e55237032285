package io.github.genaistreams.worker;

import java.time.Duration;
import org.apache.kafka.streams.KafkaStreams.State;

/**
 * The state of Kafka Streams at one moment.
 *
 * @param threads          configured number of stream threads
 * @param alive            number of stream threads that are alive
 * @param sinceHeartbeat   since the last answered heartbeat, of the thread that has waited longest; zero before the
 *     first heartbeat
 * @param sincePoll        since the last poll, of the thread that has not polled for longest; zero before the first
 *     poll
 * @param restoring        records still to be read into local stores
 * @param commitAvgSeconds average time of the latest commits, by thread and then over the threads; NaN if there was
 *     none
 * @param commitMaxSeconds longest time of the latest commits; NaN if there was none
 */
record StreamsSnapshot(
        State state,
        int threads,
        int alive,
        Duration sinceHeartbeat,
        Duration sincePoll,
        long restoring,
        double commitAvgSeconds,
        double commitMaxSeconds) {

    /** The state before Kafka Streams starts. */
    static final StreamsSnapshot NOTHING =
            new StreamsSnapshot(State.CREATED, 0, 0, Duration.ZERO, Duration.ZERO, 0, Double.NaN, Double.NaN);
}
