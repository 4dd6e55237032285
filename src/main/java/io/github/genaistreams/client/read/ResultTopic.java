package io.github.genaistreams.client.read;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.genaistreams.client.kafka.BatchClientException;
import io.github.genaistreams.client.kafka.Cluster;
import io.github.genaistreams.client.kafka.KafkaSettings;
import io.github.genaistreams.client.kafka.Offsets;
import io.github.genaistreams.client.kafka.OpenResources;
import io.github.genaistreams.client.kafka.PatientPoll;
import io.github.genaistreams.model.BatchControl;
import io.github.genaistreams.model.BatchStatus;
import io.github.genaistreams.store.DocumentStore;
import io.github.genaistreams.wire.BatchPartitioner;
import io.github.genaistreams.wire.Codec;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.Topics;
import io.github.genaistreams.wire.WireException;
import io.github.genaistreams.wire.WriterSchemas;
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
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The result topic for a client. Opens readers of one or several batches. Each reads only the partitions of its
 * batches, from the time at which their first results may have been written. Thread-safe.
 */
public final class ResultTopic {

    private static final Logger LOG = LoggerFactory.getLogger(ResultTopic.class);

    /** Maximum difference between the clocks of client, workers and brokers. */
    private static final Duration CLOCK_SLACK = Duration.ofMinutes(10);

    /** Default for the bytes of results that wait in memory. */
    public static final long MAX_BYTES_IN_MEMORY = 32L << 20;

    private final KafkaSettings settings;
    private final Cluster cluster;
    private final ResultCodecs codecs;
    private final String topic;
    private final String controlTopic;
    private final Codec<BatchControl> control;
    private final StoredAnswers answers;
    private final Statuses statuses;
    private final OpenResources open;
    private final long maxBytesInMemory;

    /**
     * @param schemas          schemas of the records that are read
     * @param store            the store of large answers; null if there is none
     * @param open             closes the readers together with the client
     * @param maxBytesInMemory bytes of early results of one reader that stay in memory; others go to a temporary file
     */
    public ResultTopic(
            KafkaSettings settings,
            Cluster cluster,
            WriterSchemas schemas,
            Topics topics,
            @Nullable DocumentStore store,
            Statuses statuses,
            OpenResources open,
            long maxBytesInMemory) {
        this.settings = settings;
        this.cluster = cluster;
        this.codecs = ResultCodecs.with(schemas);
        this.topic = topics.results();
        this.controlTopic = topics.control();
        this.control = Codecs.BATCH_CONTROL.reading(schemas);
        this.answers = new StoredAnswers(store);
        this.statuses = statuses;
        this.open = open;
        this.maxBytesInMemory = maxBytesInMemory;
    }

    /** Reads one batch. */
    public BatchResults read(SeenBatch batch, Selection selection) {
        Reading reading = open(List.of(batch), selection);
        return new BatchResults(reading.reader(), reading.cursors().get(0));
    }

    /**
     * Follows several batches with one consumer.
     *
     * @param batches at least one
     */
    public ResultReader follow(Collection<SeenBatch> batches) {
        return open(batches, Selection.follow(true)).reader();
    }

    private record Reading(ResultReader reader, List<BatchCursor> cursors) {}

    private Reading open(Collection<SeenBatch> batches, Selection selection) {
        Map<TopicPartition, Optional<Instant>> starts = new HashMap<>();
        for (SeenBatch batch : batches) {
            // First: if Kafka does not answer, nobody waits for the status as well.
            TopicPartition partition = partition(batch.batchId());
            Instant start = selection.from().isPresent() ? null : start(batch);
            selection.from().ifPresent(position -> position.requireOf(batch.batchId(), partition.toString()));
            starts.merge(partition, Optional.ofNullable(start), ResultTopic::earlier);
        }
        Reading opened = cluster.asking(topic, () -> {
            Consumer<byte[], byte[]> consumer = settings.consumer();
            try {
                consumer.assign(starts.keySet());
                // The ends are read before the start time is determined, so that a result written in between is not
                // missed.
                Map<TopicPartition, Long> ends = consumer.endOffsets(starts.keySet());
                starts.forEach((partition, start) ->
                        seek(consumer, partition, start.orElse(null), selection.from(), Offsets.of(partition, ends)));
                return reading(batches, selection, consumer, ends);
            } catch (RuntimeException e) {
                consumer.close();
                throw e;
            }
        });
        if (!open.add(opened.reader())) {
            open.requireOpen();
        }
        return opened;
    }

    private Reading reading(
            Collection<SeenBatch> batches,
            Selection selection,
            Consumer<byte[], byte[]> consumer,
            Map<TopicPartition, Long> ends) {
        Set<String> batchIds = batches.stream().map(SeenBatch::batchId).collect(Collectors.toSet());
        var lookAhead = new LookAhead(this, ends, batchIds);
        var early = new EarlyResults(maxBytesInMemory);
        List<BatchCursor> cursors = new ArrayList<>();
        for (SeenBatch batch : batches) {
            TopicPartition partition = partition(batch.batchId());
            cursors.add(new BatchCursor(
                    batch,
                    selection,
                    partition,
                    consumer.position(partition),
                    selection.follow() ? Long.MAX_VALUE : Offsets.of(partition, ends),
                    this,
                    lookAhead,
                    early));
        }
        return new Reading(new ResultReader(this, consumer, early, cursors, open), cursors);
    }

    private TopicPartition partition(String batchId) {
        return new TopicPartition(topic, BatchPartitioner.partition(batchId, cluster.partitions(topic)));
    }

    /** Earliest time at which the first result of a batch can have been written; null if unknown. */
    private @Nullable Instant start(SeenBatch batch) {
        return batch.submittedAt() != null
                ? batch.submittedAt()
                : statuses.ifKnown(batch.batchId()).map(ResultTopic::start).orElse(null);
    }

    /** The submitter's clock may be ahead of the workers'. */
    private static Instant start(BatchStatus status) {
        return status.firstResultAt() != null && status.firstResultAt().isBefore(status.submittedAt())
                ? status.firstResultAt()
                : status.submittedAt();
    }

    /** The earlier time; an empty time is the earliest. */
    private static Optional<Instant> earlier(Optional<Instant> a, Optional<Instant> b) {
        return a.isPresent() && b.isPresent()
                ? Optional.of(a.get().isBefore(b.get()) ? a.get() : b.get())
                : Optional.empty();
    }

    private static void seek(
            Consumer<byte[], byte[]> consumer,
            TopicPartition partition,
            @Nullable Instant submittedAt,
            Optional<ReadPosition> from,
            long end) {
        if (from.isPresent()) {
            seek(consumer, partition, from.get().offset(), end);
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

    private static void seek(Consumer<byte[], byte[]> consumer, TopicPartition partition, long offset, long end) {
        long beginning = Offsets.beginning(consumer, partition);
        if (offset > end) {
            throw new BatchClientException("The position is after the end of " + partition + " (" + offset + " > " + end
                    + "): it belongs to another cluster or topic; start without a position");
        }
        if (offset < beginning) {
            LOG.atWarn()
                    .addKeyValue("partition", partition)
                    .addKeyValue("offset", offset)
                    .log("The records between this position and offset {} have been deleted (retention.ms)", beginning);
        }
        consumer.seek(partition, Math.max(offset, beginning));
    }

    /** The results that replaced failed ones, between two offsets. */
    Superseded superseded(TopicPartition partition, long from, long end, Set<String> batchIds) {
        return cluster.asking(topic, () -> {
            try (var consumer = settings.consumer()) {
                return Superseded.find(
                        consumer, codecs.summary(), partition, from, end, batchIds, settings.answerTimeout());
            }
        });
    }

    /** The resubmitted items of a batch; none if Kafka does not answer, since results can be read without them. */
    Resubmitted resubmitted(String batchId) {
        return Resubmitted.of(controls(batchId));
    }

    /**
     * The controls of a batch on the control topic; empty if Kafka does not answer, since results can be read without
     * them.
     */
    public BatchControl control(String batchId) {
        BatchControl all = BatchControl.of(batchId);
        for (ConsumerRecord<byte[], byte[]> record : controls(batchId)) {
            try {
                BatchControl said = record.value() == null ? all : control.decode(record.value());
                if (said.fault().isEmpty() && batchId.equals(said.batchId())) {
                    all = all.and(said);
                }
            } catch (WireException e) {
                // Workers skip it as well.
            }
        }
        return all;
    }

    /** The records of the control topic about a batch; none if they cannot be read. */
    private List<ConsumerRecord<byte[], byte[]>> controls(String batchId) {
        try {
            int partitions = cluster.partitions(controlTopic);
            var partition = new TopicPartition(controlTopic, BatchPartitioner.partition(batchId, partitions));
            return cluster.asking(controlTopic, () -> {
                try (var consumer = settings.consumer()) {
                    return controls(consumer, partition, batchId.getBytes(UTF_8));
                }
            });
        } catch (BatchClientException e) {
            LOG.debug("The controls of batch {} could not be read: {}", batchId, e.getMessage());
            return List.of();
        }
    }

    private List<ConsumerRecord<byte[], byte[]>> controls(
            Consumer<byte[], byte[]> consumer, TopicPartition partition, byte[] batchId) {
        List<ConsumerRecord<byte[], byte[]>> controls = new ArrayList<>();
        consumer.assign(List.of(partition));
        consumer.seekToBeginning(List.of(partition));
        long end = Offsets.end(consumer, partition);
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

    /** Number of failed items of a batch that were submitted again and have no new result yet. */
    public int underWayAgain(String batchId) {
        Resubmitted resubmitted = resubmitted(batchId);
        if (resubmitted.isEmpty()) {
            return 0;
        }
        return cluster.asking(topic, () -> {
            try (var consumer = settings.consumer()) {
                return resubmitted.underWay(consumer, partition(batchId), batchId, settings.answerTimeout());
            }
        });
    }

    /** The offset after the last result of a batch so far. */
    public long end(String batchId) {
        TopicPartition partition = partition(batchId);
        return cluster.asking(topic, () -> {
            try (var consumer = settings.consumer()) {
                return Offsets.end(consumer, partition);
            }
        });
    }

    /** Runs a Kafka operation; its error messages say what to change. */
    void asking(Runnable action) {
        cluster.asking(topic, () -> {
            action.run();
            return null;
        });
    }

    ResultCodecs codecs() {
        return codecs;
    }

    StoredAnswers answers() {
        return answers;
    }

    Statuses statuses() {
        return statuses;
    }
}
