package io.github.genaistreams.worker;

import java.time.Duration;
import org.apache.kafka.streams.KafkaStreams.State;

/**
 * What is seen of Kafka Streams at one moment.
 *
 * @param threads        stream threads that there should be
 * @param alive          those that there are
 * @param sinceHeartbeat since the group's coordinator last answered the stream thread that it has answered least; zero before its first
 *                       heartbeat
 * @param sincePoll      since the stream thread last polled that has polled least; zero before its first poll
 * @param restoring      records that are still to be read into local stores
 */
record StreamsSight(State state, int threads, int alive, Duration sinceHeartbeat, Duration sincePoll, long restoring) {}
