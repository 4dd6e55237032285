package io.github.genaistreams.topology.batch;

import io.github.genaistreams.model.BatchNote;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.topology.batch.ResultTally.Occurrence;
import io.github.genaistreams.topology.call.Controls;
import io.github.genaistreams.topology.call.SkippedRecords;
import io.github.genaistreams.wire.WireCodecs;
import io.github.genaistreams.wire.WireException;
import io.github.genaistreams.wire.WireHeaders;
import java.time.Duration;
import java.util.Optional;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.processor.Cancellable;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Combines results into batches (an Aggregator). All results of a batch pass through one partition here. Results of
 * ordered batches go to the {@link Resequencer}.
 *
 * <p>Each batch has a {@link BatchState} in {@link BatchStates}, and a byte per index ({@link IndexChunk}). Answers are
 * not parsed: {@link BatchRecords} reads the summary of a result. {@link BatchRounds} does the periodic work.
 */
public final class BatchAssembler implements Processor<byte[], byte[], Object, Object> {

    public static final String STATES = "batch-states";
    public static final String INDEXES = "batch-indexes";

    private static final Logger LOG = LoggerFactory.getLogger(BatchAssembler.class);
    private static final Duration MAX_CLEANING_INTERVAL = Duration.ofHours(1);

    private final BatchSettings settings;
    private final WireCodecs codecs;
    private final BatchRecords records;
    private final String notes;
    private final SkippedRecords skipped =
            new SkippedRecords(LOG, "A record of the result topic is left out of its batch");

    private ProcessorContext<Object, Object> context;
    private Controls controls;
    private BatchStates states;
    private KeyValueStore<Bytes, byte[]> indexes;
    private Resequencer resequencer;
    private BatchPublisher publisher;
    private Cancellable statuses;
    private Cancellable cleaning;

    /**
     * @param maxBytes maximum size of a result with its headers; nothing larger is kept to wait for its turn
     * @param notes     the topic whose records are notes, not results
     */
    public BatchAssembler(BatchSettings settings, WireCodecs codecs, int maxBytes, String notes) {
        this.settings = settings;
        this.codecs = codecs;
        this.records = new BatchRecords(codecs.writers(), maxBytes);
        this.notes = notes;
    }

    /** Also called when a task is resumed: everything in memory is built again from the stores. */
    @Override
    public void init(ProcessorContext<Object, Object> context) {
        this.context = context;
        controls = new Controls(context);
        states = new BatchStates(context.getStateStore(STATES));
        indexes = context.getStateStore(INDEXES);
        resequencer = new Resequencer(context, states::known, states::keep);
        states.resume(resequencer::resume);
        publisher = new BatchPublisher(context, codecs, states);
        var rounds =
                new BatchRounds(states, publisher, controls::of, settings.retention(), context.currentSystemTimeMs());
        statuses = context.schedule(settings.statusInterval(), PunctuationType.WALL_CLOCK_TIME, rounds::publishChanged);
        Duration interval = settings.retention().dividedBy(10);
        cleaning = context.schedule(
                interval.compareTo(MAX_CLEANING_INTERVAL) < 0 ? interval : MAX_CLEANING_INTERVAL,
                PunctuationType.WALL_CLOCK_TIME,
                now -> rounds.forgetOld(now, this::forget));
    }

    private void forget(String batchId) {
        BatchStores.deleteAll(indexes, batchId);
        resequencer.forget(batchId);
    }

    /** A revived task keeps its punctuators and gets new ones. */
    @Override
    public void close() {
        statuses.cancel();
        cleaning.cancel();
        resequencer.close();
    }

    /** An invalid record on the topic must not stop unrelated batches. */
    @Override
    public void process(Record<byte[], byte[]> record) {
        try {
            if (context.recordMetadata().orElseThrow().topic().equals(notes)) {
                takeNote(record);
            } else {
                takeResult(record);
            }
        } catch (KafkaException e) {
            throw e;
        } catch (RuntimeException e) {
            // Undo what this record has changed in memory but not in the stores.
            states.undo();
            skipped.add(null, "the worker failed over it", e, context.currentSystemTimeMs());
        }
    }

    private void takeNote(Record<byte[], byte[]> record) {
        long now = context.currentSystemTimeMs();
        BatchNote note;
        try {
            note = BatchRecords.note(record.value());
        } catch (WireException e) {
            skipped.add(null, "a note of a batch: " + e.getMessage(), null, now);
            return;
        }
        states.of(note.batchId(), note.api()).ifPresent(state -> take(note, state, now));
    }

    private void take(BatchNote note, BatchState state, long now) {
        controls.of(note.batchId()).ifPresent(control -> state.take(control, now));
        boolean isFirst = note.kind() == BatchNote.Kind.DEAD_LETTER && state.hasNoDeadLetter();
        state.take(note, now);
        publish(state, isFirst);
    }

    private void takeResult(Record<byte[], byte[]> record) {
        long now = context.currentSystemTimeMs();
        CallResult result;
        try {
            result = records.result(record, now);
        } catch (WireException e) {
            skipped.add(null, e.getMessage(), null, now);
            return;
        }
        Optional<BatchState> state = states.of(result.batchId(), result.api());
        if (state.isPresent()) {
            take(result, record, state.get(), now);
        } else {
            skipped.add(result.batchId(), "the state of its batch cannot be read", null, now);
        }
    }

    private void take(CallResult result, Record<byte[], byte[]> record, BatchState state, long now) {
        boolean isFirst = state.received() == 0;
        if (isFirst && (settings.ordered() || record.headers().lastHeader(WireHeaders.ORDERED) != null)) {
            state.order.isOn = true;
        }
        controls.of(result.batchId()).ifPresent(control -> state.take(control, now));
        state.heard(now);
        Occurrence occurrence = take(result, state, record.headers().lastHeader(WireHeaders.RETRY) != null);
        if (occurrence != Occurrence.DUPLICATE && state.order.isOn) {
            // An ordered reader does not need the summary.
            record.headers().remove(WireHeaders.SUMMARY);
            resequencer.take(result.index(), occurrence, record, state);
        }
        publisher.stopIfOverBudget(state);
        publish(state, isFirst || occurrence == Occurrence.FIRST && state.isComplete());
    }

    private Occurrence take(CallResult result, BatchState state, boolean again) {
        Bytes key = BatchStores.key(result.batchId(), IndexChunk.of(result.index()));
        byte[] chunk = indexes.get(key);
        byte before = IndexChunk.get(chunk, result.index());
        ResultTally.Taken taken = state.take(result, before, again);
        if (taken.index() != before) {
            indexes.put(key, IndexChunk.with(chunk, result.index(), taken.index()));
        }
        return taken.occurrence();
    }

    /** Publishes the status of a batch, now or at the next interval, and stores its state. */
    private void publish(BatchState state, boolean atOnce) {
        if (atOnce) {
            publisher.publish(state);
        } else {
            states.changed(state.batchId());
        }
        states.keep(state);
    }
}
