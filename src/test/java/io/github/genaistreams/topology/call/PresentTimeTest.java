package io.github.genaistreams.topology.call;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.topology.call.PresentTime.Incoming;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is written for a record has the present as its time, and the record's own time is not lost. */
class PresentTimeTest {

    private static final long NOW = Instant.parse("2026-01-01T00:00:00Z").toEpochMilli();
    private static final long NOW_MINUS_A_YEAR = 1_735_689_600_000L;
    private static final long HOUR = Duration.ofHours(1).toMillis();

    private static ConsumerRecord<Object, Object> at(long timestamp) {
        return new ConsumerRecord<>(
                "topic",
                0,
                0,
                timestamp,
                TimestampType.CREATE_TIME,
                0,
                0,
                null,
                null,
                new RecordHeaders(),
                Optional.empty());
    }

    private static Record<? extends byte[], ? extends Incoming> process(PresentTime processor, long timestamp) {
        var context = new MockProcessorContext<byte[], Incoming>();
        context.setCurrentSystemTimeMs(NOW);
        processor.init(context);
        processor.process(new Record<>("k".getBytes(UTF_8), "v".getBytes(UTF_8), timestamp));
        return context.forwarded().get(0).record();
    }

    private static Incoming incoming(long timestamp) {
        return process(PresentTime.ofRequestsAndRetries(), timestamp).value();
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, NOW_MINUS_A_YEAR, Long.MAX_VALUE})
    void givesARecordThePresentAsItsTimeAndNothingElse(long timestamp) {
        Record<? extends byte[], ? extends Incoming> record = process(PresentTime.ofRequestsAndRetries(), timestamp);

        assertThat(record.timestamp()).isEqualTo(NOW);
        assertThat(record.key()).isEqualTo("k".getBytes(UTF_8));
        assertThat(record.value().value()).isEqualTo("v".getBytes(UTF_8));
        assertThat(record.value().timestamp()).isEqualTo(timestamp);
    }

    @Test
    void takesTheRecordsOwnTimeAsTheTimeOfSubmissionIfItHasOne() {
        assertThat(incoming(NOW_MINUS_A_YEAR).sentAt()).isEqualTo(Instant.ofEpochMilli(NOW_MINUS_A_YEAR));
        assertThat(incoming(0).sentAt()).isEqualTo(Instant.ofEpochMilli(NOW));
    }

    @Test
    void doesNotBelieveATimeMoreThanAnHourAhead() {
        assertThat(incoming(NOW + HOUR).sentAt()).isEqualTo(Instant.ofEpochMilli(NOW + HOUR));
        assertThat(incoming(NOW + HOUR + 1).sentAt()).isEqualTo(Instant.ofEpochMilli(NOW));
    }

    @Test
    void movesRetriesAheadOfUrgentRequestsAndTheseAheadOfTheOthers() {
        long urgent = PresentTime.URGENT.extract(at(NOW), -1);
        assertThat(PresentTime.FIRST.extract(at(NOW), -1)).isLessThan(urgent);
        assertThat(urgent).isLessThan(NOW_MINUS_A_YEAR);
        assertThat(PresentTime.URGENT.extract(at(NOW + 1), -1))
                .as("in their order")
                .isEqualTo(urgent + 1);
    }

    @Test
    void givesUrgentRequestsTheirTimeBack() {
        long moved = PresentTime.URGENT.extract(at(NOW - 5), -1);
        Incoming incoming = process(PresentTime.ofUrgent(), moved).value();

        assertThat(incoming.timestamp()).isEqualTo(NOW - 5);
        assertThat(incoming.sentAt()).isEqualTo(Instant.ofEpochMilli(NOW - 5));
    }

    /** Kafka Streams drops a record with a negative time. */
    @ParameterizedTest
    @ValueSource(longs = {-1, 0, 1})
    void doesNotMoveAnUrgentRequestToATimeBeforeAllTime(long timestamp) {
        long moved = PresentTime.URGENT.extract(at(timestamp), -1);
        assertThat(moved).isZero();
        assertThat(process(PresentTime.ofUrgent(), moved).value().sentAt()).isEqualTo(Instant.ofEpochMilli(NOW));
    }
}
