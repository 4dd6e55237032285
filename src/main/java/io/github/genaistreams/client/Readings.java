package io.github.genaistreams.client;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.genaistreams.model.BatchStatus;
import io.github.genaistreams.store.DocumentStore;
import io.github.genaistreams.wire.BatchPartitioner;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens readings of results: of one batch, or of many with one consumer. Each reads only the partitions its batches are in, from
 * the time at which their first results can have been written. Thread-safe.
 */
final class Readings {

    static final long FROM_START = -1;

    private static final Logger LOG = LoggerFactory.getLogger(Readings.class);

    /** How far the clocks of client, workers and brokers may be apart. */
    private static final Duration CLOCK_SLACK = Duration.ofMinutes(10);

    private final KafkaSettings settings;
    private final Cluster cluster;
    private final ResultCodecs codecs;
    private final String topic;
    private final String controlTopic;
    private final DocumentStore store;
    private final long earlyBytes;
    private final Function<String, Optional<BatchStatus>> statuses;
    private final java.util.function.Consumer<AutoCloseable> opened;
    private final java.util.function.Consumer<AutoCloseable> closed;

    /**
     * @param codecs       how results are read
     * @param topic        of the results
     * @param controlTopic what is said of batches
     * @param store      where large answers are, or null
     * @param earlyBytes results of a reading that may wait in memory
     * @param statuses   what the workers say of a batch, if that is to be had
     * @param opened     told of what is to be closed with the client
     * @param closed     told when that is done
     */
    Readings(
            KafkaSettings settings,
            Cluster cluster,
            ResultCodecs codecs,
            String topic,
            String controlTopic,
            DocumentStore store,
            long earlyBytes,
            Function<String, Optional<BatchStatus>> statuses,
            java.util.function.Consumer<AutoCloseable> opened,
            java.util.function.Consumer<AutoCloseable> closed) {
        this.settings = settings;
        this.cluster = cluster;
        this.codecs = codecs;
        this.topic = topic;
        this.controlTopic = controlTopic;
        this.store = store;
        this.earlyBytes = earlyBytes;
        this.statuses = statuses;
        this.opened = opened;
        this.closed = closed;
    }

    /**
     * Which results of a batch to read.
     *
     * @param inOrder in index order, or as they completed
     * @param follow  until the batch is over, or only what is there now
     * @param from    an offset of the result topic, or {@link #FROM_START} for where the batch can start
     * @param wanted  which of its records
     * @param most    how many of them
     * @param answers whether answers that are in the document store are fetched from there
     */
    record Range(
            boolean inOrder,
            boolean follow,
            long from,
            Predicate<ConsumerRecord<byte[], byte[]>> wanted,
            int most,
            boolean answers) {

        static Range follow(boolean inOrder) {
            return new Range(inOrder, true, FROM_START, record -> true, Integer.MAX_VALUE, true);
        }

        static Range snapshot() {
            return new Range(true, false, FROM_START, record -> true, Integer.MAX_VALUE, true);
        }

        Range from(long offset) {
            return new Range(inOrder, follow, offset, wanted, most, answers);
        }

        Range only(int number, Predicate<ConsumerRecord<byte[], byte[]>> which) {
            return new Range(inOrder, follow, from, which, number, answers);
        }

        /** For who wants to know what failed: 300 large answers are not fetched for that. */
        Range withoutAnswers() {
            return new Range(inOrder, follow, from, wanted, most, false);
        }
    }

    /** Reads one batch. */
    BatchResults open(BatchHandle batch, Range range) {
        TopicPartition partition = partition(batch.batchId());
        Instant start = range.from() == FROM_START ? start(batch) : null;
        return cluster.asking(topic, () -> {
            Consumer<byte[], byte[]> consumer = settings.consumer();
            try {
                consumer.assign(List.of(partition));
                long end = consumer.endOffsets(List.of(partition)).get(partition);
                seek(consumer, partition, start, range.from(), end);
                EarlyResults early = early();
                var line = new ResultLine(
                        batch,
                        partition,
                        range.inOrder(),
                        range.wanted(),
                        record -> lookAhead(record, end, Set.of(batch.batchId())),
                        () -> range.follow() ? resubmitted(batch.batchId()) : Resubmitted.NONE,
                        early,
                        codecs);
                return new BatchResults(
                        line,
                        consumer,
                        partition,
                        range.follow() ? Long.MAX_VALUE : end,
                        range.most(),
                        new SilentBatches(statuses),
                        taker -> loop(consumer, early, taker, range.answers() ? store : null));
            } catch (RuntimeException e) {
                consumer.close();
                throw e;
            }
        });
    }

    /**
     * Follows several batches with one consumer.
     *
     * @param batches at least one
     */
    ManyResults open(Collection<BatchHandle> batches) {
        Map<TopicPartition, Optional<Instant>> starts = new HashMap<>();
        for (BatchHandle batch : batches) {
            starts.merge(partition(batch.batchId()), Optional.ofNullable(start(batch)), Readings::earlier);
        }
        Set<String> batchIds = batches.stream().map(BatchHandle::batchId).collect(Collectors.toSet());
        return cluster.asking(topic, () -> {
            Consumer<byte[], byte[]> consumer = settings.consumer();
            try {
                consumer.assign(starts.keySet());
                Map<TopicPartition, Long> ends = consumer.endOffsets(starts.keySet());
                starts.forEach((partition, start) ->
                        seek(consumer, partition, start.orElse(null), FROM_START, ends.get(partition)));
                EarlyResults early = early();
                // By partition, so that however many batches have failures it is looked through once.
                Map<TopicPartition, Optional<Superseded>> superseded = new HashMap<>();
                Map<String, ResultLine> lines = new HashMap<>();
                for (BatchHandle batch : batches) {
                    TopicPartition partition = partition(batch.batchId());
                    lines.put(
                            batch.batchId(),
                            new ResultLine(
                                    batch,
                                    partition,
                                    true,
                                    record -> true,
                                    record -> superseded.computeIfAbsent(
                                            partition, p -> lookAhead(record, ends.get(p), batchIds)),
                                    () -> resubmitted(batch.batchId()),
                                    early,
                                    codecs));
                }
                return new ManyResults(
                        lines, new SilentBatches(statuses), taker -> loop(consumer, early, taker, store));
            } catch (RuntimeException e) {
                consumer.close();
                throw e;
            }
        });
    }

    private TopicPartition partition(String batchId) {
        return new TopicPartition(topic, BatchPartitioner.partition(batchId, cluster.partitions(topic)));
    }

    private EarlyResults early() {
        return new EarlyResults(settings::consumer, settings.answerTimeout(), earlyBytes);
    }

    private ResultLoop loop(
            Consumer<byte[], byte[]> consumer, EarlyResults early, ResultLoop.Taker taker, DocumentStore store) {
        var loops = new ResultLoop[1];
        loops[0] = new ResultLoop(
                consumer, topic, cluster, new StoredAnswers(store), early, taker, () -> closed.accept(loops[0]));
        opened.accept(loops[0]);
        return loops[0];
    }

    /** When the first result of a batch can have been written; null if nobody knows. */
    private Instant start(BatchHandle batch) {
        return batch.submittedAt() != null
                ? batch.submittedAt()
                : statuses.apply(batch.batchId()).map(Readings::start).orElse(null);
    }

    /** The clock of whoever submitted it may be ahead of the workers'. */
    private static Instant start(BatchStatus status) {
        return status.firstResultAt() != null && status.firstResultAt().isBefore(status.submittedAt())
                ? status.firstResultAt()
                : status.submittedAt();
    }

    /** What took the place of failed results, from a record to the end that the topic had when reading began. */
    private Optional<Superseded> lookAhead(ConsumerRecord<byte[], byte[]> record, long end, Set<String> batchIds) {
        if (record.offset() >= end) {
            return Optional.empty();
        }
        var partition = new TopicPartition(record.topic(), record.partition());
        return Optional.of(cluster.asking(record.topic(), () -> {
            try (var consumer = settings.consumer()) {
                return Superseded.find(
                        consumer,
                        codecs.summary(),
                        partition,
                        record.offset(),
                        end,
                        batchIds,
                        settings.answerTimeout());
            }
        }));
    }

    /** What was submitted again of a batch; nothing if that is not to be had: results do not depend on it. */
    private Resubmitted resubmitted(String batchId) {
        try {
            int partitions = cluster.partitions(controlTopic);
            var partition = new TopicPartition(controlTopic, BatchPartitioner.partition(batchId, partitions));
            return cluster.asking(controlTopic, () -> {
                try (var consumer = settings.consumer()) {
                    return Resubmitted.of(controls(consumer, partition, batchId.getBytes(UTF_8)));
                }
            });
        } catch (BatchClientException e) {
            LOG.debug("What was submitted again of batch {} is not to be had: {}", batchId, e.getMessage());
            return Resubmitted.NONE;
        }
    }

    private List<ConsumerRecord<byte[], byte[]>> controls(
            Consumer<byte[], byte[]> consumer, TopicPartition partition, byte[] batchId) {
        List<ConsumerRecord<byte[], byte[]>> controls = new ArrayList<>();
        consumer.assign(List.of(partition));
        consumer.seekToBeginning(List.of(partition));
        long end = consumer.endOffsets(List.of(partition)).get(partition);
        var patient = new PatientPoll(consumer, settings.answerTimeout());
        while (consumer.position(partition) < end) {
            for (ConsumerRecord<byte[], byte[]> record : patient.poll()) {
                if (Arrays.equals(batchId, record.key())) {
                    controls.add(record);
                }
            }
        }
        return controls;
    }

    /** How many failed items of a batch were submitted again and have no new result yet. */
    int underWayAgain(BatchHandle batch) {
        Resubmitted resubmitted = resubmitted(batch.batchId());
        if (resubmitted.isEmpty()) {
            return 0;
        }
        return cluster.asking(topic, () -> {
            try (var consumer = settings.consumer()) {
                return resubmitted.underWay(
                        consumer, partition(batch.batchId()), batch.batchId(), settings.answerTimeout());
            }
        });
    }

    /** Empty is earlier than any. */
    private static Optional<Instant> earlier(Optional<Instant> a, Optional<Instant> b) {
        return a.isPresent() && b.isPresent()
                ? Optional.of(a.get().isBefore(b.get()) ? a.get() : b.get())
                : Optional.empty();
    }

    /** The end is asked for before the time, so that a result written in between is not missed. */
    private static void seek(
            Consumer<byte[], byte[]> consumer, TopicPartition partition, Instant submittedAt, long from, long end) {
        if (from != FROM_START) {
            consumer.seek(partition, from);
        } else if (submittedAt == null) {
            consumer.seekToBeginning(List.of(partition));
        } else {
            Instant earliest = Instant.EPOCH.plus(CLOCK_SLACK);
            long since = submittedAt.isBefore(earliest)
                    ? 0
                    : submittedAt.minus(CLOCK_SLACK).toEpochMilli();
            OffsetAndTimestamp first =
                    consumer.offsetsForTimes(Map.of(partition, since)).get(partition);
            consumer.seek(partition, first == null ? end : first.offset());
        }
    }

    /** The offset after the last result of a batch so far. */
    long end(String batchId) {
        TopicPartition partition = partition(batchId);
        return cluster.asking(topic, () -> {
            try (var consumer = settings.consumer()) {
                return consumer.endOffsets(List.of(partition)).get(partition);
            }
        });
    }
}
