package io.github.genaistreams.client.read;

import io.github.genaistreams.client.read.EarlyResults.Content;
import io.github.genaistreams.client.read.EarlyResults.Pending;
import io.github.genaistreams.model.BatchStatus;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.wire.ItemKeys;
import io.github.genaistreams.wire.ResultSummary;
import io.github.genaistreams.wire.WireException;
import java.time.Duration;
import java.util.Queue;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.RoaringBitmap;
import org.roaringbitmap.longlong.Roaring64Bitmap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One batch of a reader. Turns the records of its partition into results, each index once, in index order or as they
 * arrive. For one thread at a time, except for the counts.
 */
final class BatchCursor {

    private static final Logger LOG = LoggerFactory.getLogger(BatchCursor.class);

    /** Time without a result of a batch after which the reader checks the workers' status. */
    private static final Duration ASK_FOR_SIZE_AFTER = Duration.ofSeconds(1);

    private static final Duration ASK_FOR_END_AFTER = Duration.ofSeconds(3);

    private final SeenBatch batch;
    private final Selection selection;
    private final TopicPartition partition;
    private final long end;
    private final ResultTopic topic;
    private final LookAhead lookAhead;
    private final EarlyResults early;
    private final BatchKey key;
    private final BatchTally tally;
    private final OrderedResults<Pending> order;
    private final RoaringBitmap takenBefore;
    private final RoaringBitmap taken = new RoaringBitmap();
    private final RoaringBitmap failed = new RoaringBitmap();

    /** Offsets of the results that were read but not taken. */
    private final Roaring64Bitmap waiting = new Roaring64Bitmap();

    private @Nullable Content last; // null until a result is taken
    private int lastIndex = -1;
    private @Nullable Resubmitted resubmitted; // null until the first failure
    private long next;
    private long lastNews = System.nanoTime();
    private volatile long duplicates;
    private volatile int earlier;
    private volatile boolean over;
    private boolean warned;

    /**
     * @param end  offset to stop before; {@link Long#MAX_VALUE} to follow until the batch is over
     * @param next offset where reading starts
     */
    BatchCursor(
            SeenBatch batch,
            Selection selection,
            TopicPartition partition,
            long next,
            long end,
            ResultTopic topic,
            LookAhead lookAhead,
            EarlyResults early) {
        this.batch = batch;
        this.selection = selection;
        this.partition = partition;
        this.next = next;
        this.end = end;
        this.topic = topic;
        this.lookAhead = lookAhead;
        this.early = early;
        this.key = new BatchKey(batch.batchId());
        this.tally = new BatchTally(batch.progress().size());
        selection.from().ifPresent(position -> {
            taken.or(position.taken());
            failed.or(position.failed());
            tally.resume(position);
            batch.resume(position);
        });
        this.takenBefore = taken.clone();
        this.earlier = takenBefore.getCardinality();
        this.order = new OrderedResults<>(takenBefore);
        this.over = tally.done();
    }

    /**
     * Accepts any record of the partition. Results whose turn has come go to {@code ready}. If this throws, the same record may
     * be passed again.
     */
    void take(ConsumerRecord<byte[], byte[]> record, Queue<Pending> ready) {
        if (record.offset() >= end) {
            return;
        }
        if (record.value() != null
                && key.mayMatch(record.key())
                && selection.wanted().test(record)) {
            try {
                CallResult result = ResultSummary.in(record.headers(), record.key(), record.value())
                        .orElseGet(() -> figures(record.value()));
                if (batch.batchId().equals(result.batchId())) {
                    lastNews = System.nanoTime();
                    take(result, record, ready);
                }
            } catch (WireException e) {
                warnOnce(record, e.getMessage());
            }
        }
        next = record.offset() + 1;
    }

    private void take(CallResult result, ConsumerRecord<byte[], byte[]> record, Queue<Pending> ready) {
        if (lookAhead.isSuperseded(result, record) || isUnderWayAgain(result, record)) {
            // The result was paid for in any case.
            tally.paid(result);
        } else if (tally.has(result.index())) {
            repeated(result, record);
        } else {
            // This comes first, because it may fail, and then the same record is passed again.
            boolean isDue = !selection.inOrder() || order.next() == result.index();
            Pending pending =
                    isDue ? early.keepInMemory(this, result.index(), record) : early.keep(this, result.index(), record);
            tally.add(result);
            batch.observe(result);
            if (lookAhead.wasThere(record)) {
                earlier++;
            }
            waiting.addLong(record.offset());
            if (selection.inOrder()) {
                order.accept(result.index(), pending, ready::add);
            } else {
                ready.add(pending);
            }
        }
        over |= tally.done();
    }

    /** Another result of an index. The reader already has the earlier one, or will get it. */
    private void repeated(CallResult result, ConsumerRecord<byte[], byte[]> record) {
        boolean isRetry = Superseded.isRetry(record);
        if (!isRetry && takenBefore.contains(result.index())) {
            return;
        }
        duplicates++;
        if (isRetry) {
            tally.replace(result);
            batch.observeAgain(result);
        } else {
            tally.paid(result);
        }
    }

    /** Whether this is not the item's final result, because another one follows. */
    private boolean isUnderWayAgain(CallResult result, ConsumerRecord<byte[], byte[]> record) {
        if (result.success()) {
            return false;
        }
        if (batch.knowsSubmittedAgain()) {
            return batch.isSubmittedAgain(result.index(), record.offset());
        }
        Resubmitted again = resubmitted;
        if (again == null) {
            again = selection.follow() ? topic.resubmitted(batch.batchId()) : Resubmitted.NONE;
            resubmitted = again;
        }
        return again.has(result.index(), record.offset());
    }

    private void warnOnce(ConsumerRecord<byte[], byte[]> record, String reason) {
        if (!warned) {
            warned = true;
            LOG.atWarn()
                    .addKeyValue("batch", batch.batchId())
                    .addKeyValue("partition", record.topic() + "-" + record.partition())
                    .addKeyValue("offset", record.offset())
                    .log("A result that cannot be read is skipped, as are similar ones: {}", reason);
        }
    }

    /** The result; a failure for this reader only if the answer cannot be read. Changes nothing. */
    CallResult read(Pending pending) {
        Content content = early.content(pending);
        try {
            return topic.codecs().whole().decode(content.value());
        } catch (WireException e) {
            // Everything except the answer could be read, and the result is counted.
            return StoredAnswers.unreadable(withoutAnswer(content, pending.index()), e.getMessage());
        }
    }

    private CallResult withoutAnswer(Content content, int index) {
        try {
            return figures(content.value());
        } catch (WireException e) {
            byte[] key = ItemKeys.encode(new ItemKey(batch.batchId(), index));
            return ResultSummary.in(content.headers(), key, content.value()).orElseThrow(() -> e);
        }
    }

    private CallResult figures(byte[] value) {
        return topic.codecs().summary().decode(value);
    }

    /**
     * The caller has taken the result. If its answer could not be fetched, a reader that continues later returns the result
     * again.
     */
    void given(Pending pending, CallResult result) {
        last = early.content(pending);
        lastIndex = result.index();
        early.release(pending);
        if (StoredAnswers.isUnavailable(result)) {
            tally.unavailable();
            return;
        }
        waiting.removeLong(last.offset());
        taken.add(result.index());
        if (!result.success()) {
            failed.add(result.index());
        }
    }

    /**
     * Whether to check the workers' status of the batch, because there was no result for a while. Results alone may not show
     * how many there will be (if only a control record has the size), or that no more will come. If this returns true, the
     * time starts again.
     */
    boolean isDueToAsk(long nanoTime) {
        long silent = nanoTime - lastNews;
        if (!selection.follow() || over || silent < ASK_FOR_SIZE_AFTER.toNanos()) {
            return false;
        }
        boolean isDue =
                silent >= ASK_FOR_END_AFTER.toNanos() || tally.progress().size() == null;
        if (isDue) {
            lastNews = nanoTime;
        }
        return isDue;
    }

    /** Takes from the workers' status the number of items, and whether no more results will come. */
    void update(BatchStatus status) {
        batch.update(status);
        tally.reportSize(status.total());
        over |= tally.done() || status.isOver() && tally.progress().received() >= status.received();
    }

    /**
     * Whether reading has ended: the batch is over, the end of a snapshot is reached, or the limit of results was read.
     * Waiting results become ready then.
     *
     * @param consumer the consumer of the partition
     */
    boolean isComplete(Consumer<byte[], byte[]> consumer, Queue<Pending> ready) {
        if (selection.follow() ? over : consumer.position(partition) >= end) {
            // There are no gaps, unless the batch was ended before all of it was submitted.
            order.skipGaps(ready::add);
            return true;
        }
        return tally.progress().received() >= selection.limit();
    }

    /** The position after the results taken so far. */
    ReadPosition position() {
        if (selection.limit() != Integer.MAX_VALUE) {
            throw new IllegalStateException("a reader of only some results of a batch has no position");
        }
        long offset = waiting.isEmpty() ? next : waiting.first();
        return new ReadPosition(
                batch.batchId(),
                partition.toString(),
                offset,
                taken,
                failed,
                tally.progress().size());
    }

    String batchId() {
        return batch.batchId();
    }

    BatchTally tally() {
        return tally;
    }

    /** Whether answers in the document store are fetched. */
    boolean wantsAnswers() {
        return selection.answers();
    }

    /** The headers of the result of this index if it was the last one taken; none otherwise. */
    Headers headers(int index) {
        return last != null && index == lastIndex ? last.headers() : new RecordHeaders();
    }

    /** The offset of the result taken last; -1 before the first. */
    long lastOffset() {
        return last == null ? -1 : last.offset();
    }

    long duplicates() {
        return duplicates;
    }

    /** How many of the results were there before this reading began. */
    int earlier() {
        return earlier;
    }
}
