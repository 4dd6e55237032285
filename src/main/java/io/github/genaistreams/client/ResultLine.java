package io.github.genaistreams.client;

import io.github.genaistreams.model.BatchStatus;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.wire.WireException;
import io.github.genaistreams.wire.WireHeaders;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The results of one batch, made of its records as they come: each index once, in index order or as they come. For one thread at a
 * time, but for the counts.
 */
final class ResultLine {

    private static final Logger log = LoggerFactory.getLogger(ResultLine.class);

    private final BatchHandle batch;
    private final TopicPartition partition;
    private final BatchKey key;
    private final boolean inOrder;
    private final Predicate<ConsumerRecord<byte[], byte[]>> wanted;
    private final Function<ConsumerRecord<byte[], byte[]>, Optional<Superseded>> lookAhead;
    private final EarlyResults early;
    private final ResultCodecs codecs;
    private final BatchTally tally;
    private final OrderedResults<Pending> order = new OrderedResults<>();
    private final Map<Integer, String> customIds = new ConcurrentHashMap<>();
    private final Map<Integer, String> fileNames = new ConcurrentHashMap<>();

    /** Of results that were not taken yet, and the one that was taken last: each may have a trace ID of its own. */
    private final Map<Integer, Map<String, String>> headers = new ConcurrentHashMap<>();

    private int lastTaken = -1;
    private final Supplier<Resubmitted> resubmitted;
    private Superseded superseded; // null until the first failure
    private Resubmitted underWay; // likewise
    private volatile long duplicates;
    private volatile boolean over;
    private boolean warned;

    /**
     * A result that waits, or is due. There may be as many of these as a batch has items.
     *
     * @param offset where it is in the batch's partition
     * @param kept   what {@link EarlyResults} has kept of it
     */
    record Pending(ResultLine line, long offset, byte[] kept) {

        /** To be asked for once; {@code next} are those that are due after it. */
        CallResult result(Collection<Pending> next) {
            byte[] value = line.early.value(line.partition, offset, kept, () -> next.stream()
                    .filter(other -> other.kept == null && other.line.partition.equals(line.partition))
                    .mapToLong(Pending::offset));
            try {
                return line.codecs.whole().decode(value);
            } catch (WireException e) {
                // All but its answer could be read, and it is counted.
                return StoredAnswers.unreadable(line.codecs.summary().decode(value), e.getMessage());
            }
        }
    }

    /**
     * @param wanted    which records of the batch to look at
     * @param lookAhead   what took the place of failed results from a record on, as far as that is to be looked up
     * @param resubmitted failed items that are under way again, to be asked for at the first failure
     */
    ResultLine(
            BatchHandle batch,
            TopicPartition partition,
            boolean inOrder,
            Predicate<ConsumerRecord<byte[], byte[]>> wanted,
            Function<ConsumerRecord<byte[], byte[]>, Optional<Superseded>> lookAhead,
            Supplier<Resubmitted> resubmitted,
            EarlyResults early,
            ResultCodecs codecs) {
        this.batch = batch;
        this.partition = partition;
        this.key = new BatchKey(batch.batchId());
        this.inOrder = inOrder;
        this.wanted = wanted;
        this.lookAhead = lookAhead;
        this.resubmitted = resubmitted;
        this.early = early;
        this.codecs = codecs;
        this.tally = new BatchTally(batch.size());
    }

    /** Takes a record, whatever it is; what is due goes to {@code ready}. */
    void take(ConsumerRecord<byte[], byte[]> record, Queue<Pending> ready) {
        if (record.value() == null || !key.mayMatch(record.key()) || !wanted.test(record)) {
            return;
        }
        CallResult result;
        try {
            result = codecs.summary().decode(record.value());
        } catch (WireException e) {
            warnOnce(record, e.getMessage());
            return;
        }
        if (!batch.batchId().equals(result.batchId())) {
            return;
        }
        if (isSuperseded(result, record) || isUnderWayAgain(result, record)) {
            // It was paid all the same.
            tally.paid(result);
        } else if (tally.add(result)) {
            keep(record, WireHeaders.CUSTOM_ID, result.index(), customIds);
            keep(record, WireHeaders.FILE_NAME, result.index(), fileNames);
            Map<String, String> others = HeaderTexts.ofSubmitter(record);
            if (!others.isEmpty()) {
                headers.put(result.index(), others);
            }
            batch.observe(result);
            var pending = new Pending(this, record.offset(), early.keep(record.value()));
            if (inOrder) {
                order.accept(result.index(), pending, ready::add);
            } else {
                ready.add(pending);
            }
        } else {
            duplicates++;
            if (Superseded.isRetry(record)) {
                // The reader has the earlier one already, or will get it.
                tally.replace(result);
                batch.observeAgain(result);
            } else {
                tally.paid(result);
            }
        }
        over |= tally.done();
    }

    /** A success is not submitted again as a rule, so looking ahead waits for the first failure. */
    private boolean isSuperseded(CallResult result, ConsumerRecord<byte[], byte[]> record) {
        return lookAhead(result, record)
                .filter(found -> found.has(result, record.offset()))
                .isPresent();
    }

    /** Another result will come: this one is not what became of the item. */
    private boolean isUnderWayAgain(CallResult result, ConsumerRecord<byte[], byte[]> record) {
        if (result.success()) {
            return false;
        }
        if (batch.submittedAgain() != null) {
            return Long.valueOf(record.offset()).equals(batch.submittedAgain().get(result.index()));
        }
        if (underWay == null) {
            underWay = resubmitted.get();
        }
        return underWay.has(result.index(), record.offset());
    }

    private Optional<Superseded> lookAhead(CallResult result, ConsumerRecord<byte[], byte[]> record) {
        if (superseded == null && !result.success()) {
            superseded = lookAhead.apply(record).orElse(null);
        }
        return Optional.ofNullable(superseded);
    }

    /** The answer of a result is elsewhere, and not to be had there. */
    void answerUnavailable() {
        tally.unavailable();
    }

    /** Takes in what the workers say: how many items there are, and that no more will get a result. */
    void hear(BatchStatus status) {
        batch.hear(status);
        tally.reportSize(status.total());
        over |= tally.done() || status.isOver() && tally.progress().received() >= status.received();
    }

    /** Whether nothing more will come of it: it is complete, or was ended. */
    boolean isOver() {
        return over;
    }

    /** Gives up waiting for what is missing; what is held is due. */
    void skipGaps(Queue<Pending> ready) {
        order.skipGaps(ready::add);
    }

    BatchHandle batch() {
        return batch;
    }

    BatchTally tally() {
        return tally;
    }

    Optional<String> customId(int index) {
        return Optional.ofNullable(customIds.get(index));
    }

    Optional<String> fileName(int index) {
        return Optional.ofNullable(fileNames.get(index));
    }

    /** The headers of a result, until the next one is taken. */
    Map<String, String> headers(int index) {
        return headers.getOrDefault(index, Map.of());
    }

    /** A result was given to the reader. */
    void taken(int index) {
        if (lastTaken >= 0) {
            headers.remove(lastTaken);
        }
        lastTaken = index;
    }

    private static void keep(
            ConsumerRecord<byte[], byte[]> record, String header, int index, Map<Integer, String> texts) {
        String text = HeaderTexts.of(record, header);
        if (text != null) {
            texts.put(index, text);
        }
    }

    long duplicates() {
        return duplicates;
    }

    private void warnOnce(ConsumerRecord<byte[], byte[]> record, String reason) {
        if (!warned) {
            warned = true;
            log.atWarn()
                    .addKeyValue("batch", batch.batchId())
                    .addKeyValue("partition", record.topic() + "-" + record.partition())
                    .addKeyValue("offset", record.offset())
                    .log("A result that cannot be read is skipped, and so will be others: {}", reason);
        }
    }
}
