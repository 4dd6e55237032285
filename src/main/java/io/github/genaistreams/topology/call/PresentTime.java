package io.github.genaistreams.topology.call;

import java.time.Duration;
import java.time.Instant;
import org.apache.kafka.streams.processor.TimestampExtractor;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;

/**
 * Gives each record the present as its time, and hands its own time on beside its value. Whatever Kafka Streams writes on account
 * of a record has that record's time, in changelogs too: a topic's retention may delete at once what has a time from long ago, and
 * a broker refuses a time from the future, which would end the worker.
 */
public final class PresentTime implements Processor<byte[], byte[], byte[], PresentTime.Incoming> {

    /**
     * Requests before all that wait: Kafka Streams takes the record with the oldest time among a task's inputs next, and a request
     * that is to be called again must not wait behind a deep backlog. Its own time is given up for that.
     */
    public static final TimestampExtractor FIRST = (record, partitionTime) -> PresentTime.NO_TIME;

    private static final long NO_TIME = 0;

    /** As far as the clock of a producer may be ahead; also what a broker takes unless told otherwise. */
    private static final Duration CLOCK_SLACK = Duration.ofHours(1);

    private ProcessorContext<byte[], Incoming> context;

    /**
     * What a record brings.
     *
     * @param value     may be null
     * @param sentAt    the record's own time, or the present if it has none or one in the future
     * @param timestamp the record's own time, epoch milliseconds; 0 if it has none
     */
    public record Incoming(byte[] value, Instant sentAt, long timestamp) {}

    @Override
    public void init(ProcessorContext<byte[], Incoming> context) {
        this.context = context;
    }

    @Override
    public void process(Record<byte[], byte[]> record) {
        long now = context.currentSystemTimeMs();
        var incoming = new Incoming(record.value(), sentAt(record.timestamp(), now), record.timestamp());
        context.forward(record.withValue(incoming).withTimestamp(now));
    }

    /** A record's own time, or the present if it has none or one in the future. */
    static Instant sentAt(long timestamp, long now) {
        return Instant.ofEpochMilli(timestamp == NO_TIME ? now : notInTheFuture(timestamp, now));
    }

    /** A time, or {@code now} for one further ahead than clocks differ; both in epoch milliseconds. */
    static long notInTheFuture(long time, long now) {
        return time > now + CLOCK_SLACK.toMillis() ? now : time;
    }
}
