package io.github.genaistreams.worker;

import java.time.Duration;
import org.apache.kafka.streams.KafkaStreams.State;

/**
 * What is seen of Kafka Streams at one moment.
 *
 * @param threads          stream threads that there should be
 * @param alive            those that there are
 * @param sinceHeartbeat   since the group's coordinator last answered the stream thread that it has answered least; zero before its
 *                         first heartbeat
 * @param sincePoll        since the stream thread last polled that has polled least; zero before its first poll
 * @param restoring        records that are still to be read into local stores
 * @param commitAvgSeconds of the latest commits, by thread and then over the threads; NaN if there was none
 * @param commitMaxSeconds the longest of them; NaN if there was none
 */
record StreamsSight(
        State state,
        int threads,
        int alive,
        Duration sinceHeartbeat,
        Duration sincePoll,
        long restoring,
        double commitAvgSeconds,
        double commitMaxSeconds) {

    /** Before there is anything to see. */
    static final StreamsSight NOTHING =
            new StreamsSight(null, 0, 0, Duration.ZERO, Duration.ZERO, 0, Double.NaN, Double.NaN);
}
