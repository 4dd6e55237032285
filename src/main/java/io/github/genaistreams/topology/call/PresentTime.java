package io.github.genaistreams.topology.call;

import java.time.Duration;
import java.time.Instant;
import org.apache.kafka.streams.processor.TimestampExtractor;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.jspecify.annotations.Nullable;

/**
 * Gives each record the present as its time, and passes its original time on with its value. Kafka Streams gives the
 * record's time to everything written for it, changelogs included. A topic's retention may delete an old record at
 * once, and a broker refuses a time in the future, which would end the worker.
 */
public final class PresentTime implements Processor<byte[], byte[], byte[], PresentTime.Incoming> {

    /**
     * Moves due retries ahead of the other records: Kafka Streams takes the record with the oldest time among a task's
     * inputs next, and a retry must not wait behind a large backlog. Its own time is replaced for that.
     */
    public static final TimestampExtractor FIRST = (record, partitionTime) -> PresentTime.NO_TIME;

    /** Moves urgent requests ahead in the same way. Their own time is restored: {@link #ofUrgent}. */
    public static final TimestampExtractor URGENT =
            (record, partitionTime) -> Math.max(PresentTime.NO_TIME, record.timestamp() - PresentTime.AHEAD_MILLIS);

    private static final long NO_TIME = 0;

    /** Forty years: more than the age of any request. */
    private static final long AHEAD_MILLIS = Duration.ofDays(40 * 365).toMillis();

    /** How far a producer's clock may be ahead; also the brokers' default. */
    private static final Duration CLOCK_SLACK = Duration.ofHours(1);

    private final long ahead;
    private ProcessorContext<byte[], Incoming> context;

    /**
     * The content of a record.
     *
     * @param value     null if the record has none
     * @param sentAt    the record's own time, or the present if that is missing or in the future
     * @param timestamp the record's own time, epoch milliseconds; 0 if it has none
     */
    public record Incoming(byte @Nullable [] value, Instant sentAt, long timestamp) {}

    private PresentTime(long ahead) {
        this.ahead = ahead;
    }

    /** The processor for records with their own time, or with {@link #FIRST}. */
    public static PresentTime ofRequestsAndRetries() {
        return new PresentTime(0);
    }

    /** The processor for records with {@link #URGENT}. */
    public static PresentTime ofUrgent() {
        return new PresentTime(AHEAD_MILLIS);
    }

    @Override
    public void init(ProcessorContext<byte[], Incoming> context) {
        this.context = context;
    }

    @Override
    public void process(Record<byte[], byte[]> record) {
        long now = context.currentSystemTimeMs();
        long timestamp = record.timestamp() == NO_TIME ? NO_TIME : record.timestamp() + ahead;
        var incoming = new Incoming(record.value(), sentAt(timestamp, now), timestamp);
        context.forward(record.withValue(incoming).withTimestamp(now));
    }

    /** A record's own time, or the present if that is missing or in the future. */
    static Instant sentAt(long timestamp, long now) {
        return Instant.ofEpochMilli(timestamp == NO_TIME ? now : notInTheFuture(timestamp, now));
    }

    /** The time, or {@code now} if it is further ahead than clocks may differ; both in epoch milliseconds. */
    static long notInTheFuture(long time, long now) {
        return time > now + CLOCK_SLACK.toMillis() ? now : time;
    }
}
