package io.github.genaistreams.topology;

import io.github.genaistreams.batch.BatchState;
import io.github.genaistreams.batch.BatchState.Arrival;
import io.github.genaistreams.batch.BatchStateCodec;
import io.github.genaistreams.batch.IndexChunk;
import io.github.genaistreams.model.BatchControl;
import io.github.genaistreams.model.BatchNote;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.ItemRules;
import io.github.genaistreams.wire.Codec;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.WireCodecs;
import io.github.genaistreams.wire.WireException;
import io.github.genaistreams.wire.WireFormat;
import io.github.genaistreams.wire.WireHeaders;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.Cancellable;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes batches of results (an Aggregator): every result of a batch comes by here, in one partition. Those of ordered batches are
 * handed to the {@link Resequencer}.
 *
 * <p>Per batch there is a {@link BatchState}, and a byte per index ({@link IndexChunk}).
 */
final class BatchAssembler implements Processor<byte[], byte[], Object, Object> {

    static final String STATES = "batch-states";
    static final String INDEXES = "batch-indexes";

    private static final Logger LOG = LoggerFactory.getLogger(BatchAssembler.class);

    /** No API of ours has a longer name; no reason that a worker gives is as long. */
    private static final int LONGEST_API = 1_000;

    private static final int LONGEST_REASON = 10_000;

    /** How far clocks of workers may be ahead. */
    private static final Duration CLOCK_SLACK = Duration.ofDays(1);

    /** Batches whose state is at hand without reading it from its bytes. */
    private static final int AT_HAND = 1_000;

    private static final Duration LONGEST_CLEANING_INTERVAL = Duration.ofHours(1);

    /**
     * For how long nothing comes of a cancelled batch before it counts as over, or of one with dead letters before it counts as
     * incomplete. Longer than any worker needs to end items that are not called.
     */
    static final Duration SILENCE = Duration.ofSeconds(30);

    private final BatchSettings settings;
    private final WireCodecs codecs;
    private final Codec<CallResult> summaries;
    private final int mostBytes;
    private final String notes;
    private final LeftOut leftOut = new LeftOut(LOG, "A record of the result topic is left out of its batch");

    /** Batches with a state that this software cannot read: it is kept, and they are left alone. */
    private final Set<String> unreadable = new HashSet<>();

    /** Changed since their last status. */
    private final Set<String> changed = new HashSet<>();

    /** Not complete: what is said of them matters also when no result comes. */
    private final Set<String> running = new HashSet<>();

    /** Have dead letters: they may stay incomplete. */
    private final Set<String> lettered = new HashSet<>();

    private final Map<String, BatchState> atHand = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, BatchState> eldest) {
            return size() > AT_HAND;
        }
    };

    private ProcessorContext<Object, Object> context;
    private Controls controls;
    private KeyValueStore<String, byte[]> states;
    private KeyValueStore<Bytes, byte[]> indexes;
    private Resequencer resequencer;
    private Cancellable statuses;
    private Cancellable cleaning;
    private long startedAt;

    /**
     * @param mostBytes of a result with its headers; nothing larger is kept until its turn comes
     * @param notes     the topic whose records are no results, but what else there is to say
     */
    BatchAssembler(BatchSettings settings, WireCodecs codecs, int mostBytes, String notes) {
        this.settings = settings;
        this.codecs = codecs;
        this.summaries = Codecs.CALL_RESULT_SUMMARY.reading(codecs.writers());
        this.mostBytes = mostBytes;
        this.notes = notes;
    }

    /** Also called when a task is resumed: everything in memory is built anew from the stores. */
    @Override
    public void init(ProcessorContext<Object, Object> context) {
        this.context = context;
        controls = new Controls(context);
        states = context.getStateStore(STATES);
        indexes = context.getStateStore(INDEXES);
        resequencer = new Resequencer(context, this::known, this::keep);
        changed.clear();
        running.clear();
        lettered.clear();
        startedAt = context.currentSystemTimeMs();
        atHand.clear();
        unreadable.clear();
        forEachState(state -> {
            if (!state.isPublished()) {
                changed.add(state.batchId());
            }
            if (!state.isOver()) {
                running.add(state.batchId());
            }
            if (state.mayStayIncomplete()) {
                lettered.add(state.batchId());
            }
            resequencer.resume(state);
        });
        statuses = context.schedule(settings.statusInterval(), PunctuationType.WALL_CLOCK_TIME, this::publishChanged);
        Duration interval = settings.retention().dividedBy(10);
        cleaning = context.schedule(
                interval.compareTo(LONGEST_CLEANING_INTERVAL) < 0 ? interval : LONGEST_CLEANING_INTERVAL,
                PunctuationType.WALL_CLOCK_TIME,
                this::forgetOld);
    }

    private void forEachState(Consumer<BatchState> action) {
        try (KeyValueIterator<String, byte[]> all = states.all()) {
            while (all.hasNext()) {
                KeyValue<String, byte[]> next = all.next();
                decoded(next.key, next.value).ifPresent(action);
            }
        }
    }

    /** Empty if it cannot be read, which is said once. */
    private Optional<BatchState> decoded(String batchId, byte[] bytes) {
        try {
            BatchState state = BatchStateCodec.decode(bytes);
            if (state.batchId().equals(batchId)) {
                return Optional.of(state);
            }
            throw new IllegalArgumentException("it is that of another batch");
        } catch (IllegalArgumentException e) {
            if (unreadable.add(batchId)) {
                LOG.atError()
                        .addKeyValue("batch", batchId)
                        .log(
                                "The state of a batch cannot be read: {}. It is kept, and the batch is counted no more by this"
                                        + " worker; its results are on the result topic all the same: read them there",
                                e.getMessage());
            }
            return Optional.empty();
        }
    }

    /** A task that is revived keeps its punctuators, and gets new ones. */
    @Override
    public void close() {
        statuses.cancel();
        cleaning.cancel();
        resequencer.close();
    }

    /** Whatever else is on the topic must not stop the batches that it has nothing to do with. */
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
            // What this record has changed in memory and not in the stores is undone.
            atHand.clear();
            leftOut.add(null, "the worker failed over it", e, context.currentSystemTimeMs());
        }
    }

    private void takeNote(Record<byte[], byte[]> record) {
        long now = context.currentSystemTimeMs();
        BatchNote note;
        try {
            note = readNote(record.value());
        } catch (WireException e) {
            leftOut.add(null, "a note of a batch: " + e.getMessage(), null, now);
            return;
        }
        if (unreadable.contains(note.batchId())) {
            return;
        }
        BatchState state = state(note.batchId(), note.api());
        controls.of(note.batchId()).ifPresent(control -> state.take(control, now));
        boolean isFirst = note.kind() == BatchNote.Kind.DEAD_LETTER && state.hasNoDeadLetter();
        state.take(note, now);
        if (isFirst) {
            publish(state);
        } else {
            changed.add(state.batchId());
        }
        keep(state);
    }

    /** Throws {@link WireException} if it is not what a worker writes. */
    private static BatchNote readNote(byte[] value) {
        if (value == null) {
            throw new WireException("it has no value");
        }
        BatchNote note = Codecs.BATCH_NOTE.decode(value);
        Optional<String> unnamed = ItemRules.unnamed(note.batchId(), 0);
        if (unnamed.isPresent()) {
            throw new WireException(unnamed.get());
        }
        if (note.api() == null || note.api().length() > LONGEST_API || note.kind() == null) {
            throw new WireException("`api` or `kind` is missing or too long");
        }
        if (note.reason() != null && note.reason().length() > LONGEST_REASON) {
            throw new WireException("`reason` is too long");
        }
        return note;
    }

    private void takeResult(Record<byte[], byte[]> record) {
        long now = context.currentSystemTimeMs();
        CallResult result;
        try {
            result = read(record);
        } catch (WireException e) {
            leftOut.add(null, e.getMessage(), null, now);
            return;
        }
        // Before anything is put in the place of what was there.
        if (known(result.batchId()) == null && unreadable.contains(result.batchId())) {
            leftOut.add(result.batchId(), "the state of its batch cannot be read", null, now);
            return;
        }
        BatchState state = state(result.batchId(), result.api());
        boolean isFirst = state.received() == 0;
        if (isFirst && (settings.ordered() || record.headers().lastHeader(WireHeaders.ORDERED) != null)) {
            state.order();
        }
        controls.of(result.batchId()).ifPresent(control -> state.take(control, now));
        state.heard(now);
        Arrival arrival = take(inTime(result, now), state, record.headers().lastHeader(WireHeaders.RETRY) != null);
        if (arrival != Arrival.DUPLICATE && state.isOrdered()) {
            resequencer.take(result.index(), arrival, record, state);
        }
        if (state.isOverBudget()) {
            stop(state);
        }
        if (isFirst || arrival == Arrival.FIRST && state.isComplete()) {
            publish(state);
        } else {
            changed.add(state.batchId());
        }
        keep(state);
    }

    /** Throws {@link WireException} if it is not what a worker writes. */
    private CallResult read(Record<byte[], byte[]> record) {
        if (record.value() == null) {
            throw new WireException("it has no value");
        }
        if (record.value().length + Outbox.bytes(record.headers()) > mostBytes) {
            throw new WireException("it is larger than any result of a worker (record.max.bytes)");
        }
        return summaries.decode(record.value());
    }

    /** With times that have been, or nearly: a batch whose last result is of the year 9999 would be kept until then. */
    private static CallResult inTime(CallResult result, long now) {
        Instant latest = Instant.ofEpochMilli(now).plus(CLOCK_SLACK);
        return isIn(result.submittedAt(), latest) && isIn(result.completedAt(), latest)
                ? result
                : result.toBuilder()
                        .submittedAt(within(result.submittedAt(), latest))
                        .completedAt(within(result.completedAt(), latest))
                        .build();
    }

    private static boolean isIn(Instant time, Instant latest) {
        return within(time, latest).equals(time);
    }

    private static Instant within(Instant time, Instant latest) {
        return time.isBefore(Instant.EPOCH) ? Instant.EPOCH : time.isAfter(latest) ? latest : time;
    }

    private Arrival take(CallResult result, BatchState state, boolean again) {
        Bytes key = BatchStores.key(result.batchId(), IndexChunk.of(result.index()));
        byte[] chunk = indexes.get(key);
        byte before = IndexChunk.get(chunk, result.index());
        BatchState.Taken taken = state.take(result, before, again);
        if (taken.index() != before) {
            indexes.put(key, IndexChunk.with(chunk, result.index(), taken.index()));
        }
        return taken.arrival();
    }

    /** The rest of a batch that has reached one of its bounds is not called: every worker hears of that. */
    private void stop(BatchState state) {
        state.budgetSpent(context.currentSystemTimeMs());
        BatchControl stop = BatchControl.of(state.batchId())
                .withBudget(state.maxCostUsd(), state.maxTotalTokens())
                .withBudgetExceeded();
        forward(state.batchId(), Codecs.BATCH_CONTROL.encode(stop, WireFormat.JSON), BatchTopology.CONTROL_OUT);
    }

    private void forward(String batchId, byte[] value, String sink) {
        context.forward(new Record<>(batchId, value, context.currentSystemTimeMs()), sink);
    }

    /** Publishes what has changed; also what was said of a batch of which no result comes. */
    private void publishChanged(long now) {
        for (String batchId : List.copyOf(running)) {
            about(batchId, state -> controls.of(batchId).ifPresent(control -> hear(state, control, now)));
        }
        // What was written before may not be read yet.
        boolean isSettled = now - startedAt >= SILENCE.toMillis();
        for (String batchId : isSettled ? List.copyOf(lettered) : List.<String>of()) {
            about(batchId, state -> {
                state.stayIncompleteIfSilent(now, SILENCE);
                if (!state.mayStayIncomplete()) {
                    changed.add(batchId);
                    keep(state);
                }
            });
        }
        for (String batchId : List.copyOf(changed)) {
            about(batchId, state -> {
                publish(state);
                keep(state);
            });
        }
    }

    /** Does something about a batch; one over which this software fails is left alone from then on, and the others are not. */
    private void about(String batchId, Consumer<BatchState> action) {
        try {
            BatchState state = known(batchId);
            if (state == null) {
                throw new IllegalStateException("there is no state of it");
            }
            action.accept(state);
        } catch (KafkaException e) {
            throw e;
        } catch (RuntimeException e) {
            LOG.atError().addKeyValue("batch", batchId).setCause(e).log("The worker failed over a batch");
            atHand.remove(batchId);
            running.remove(batchId);
            lettered.remove(batchId);
            changed.remove(batchId);
        }
    }

    private void hear(BatchState state, BatchControl control, long now) {
        boolean before = state.isPublished();
        state.take(control, now);
        state.endIfSilent(now, SILENCE);
        if (state.isOverBudget()) {
            stop(state);
        }
        if (before && !state.isPublished()) {
            changed.add(state.batchId());
            keep(state);
        }
    }

    private void publish(BatchState state) {
        state.published();
        changed.remove(state.batchId());
        forward(state.batchId(), codecs.statuses().encode(state.status(), codecs.format()), BatchTopology.STATUS_OUT);
    }

    private void keep(BatchState state) {
        states.put(state.batchId(), BatchStateCodec.encode(state));
        if (state.isOver()) {
            running.remove(state.batchId());
        } else {
            running.add(state.batchId());
        }
        if (state.mayStayIncomplete()) {
            lettered.add(state.batchId());
        } else {
            lettered.remove(state.batchId());
        }
    }

    private BatchState state(String batchId, String api) {
        BatchState state = known(batchId);
        if (state == null) {
            state = new BatchState(batchId, api);
            atHand.put(batchId, state);
        }
        return state;
    }

    private BatchState known(String batchId) {
        BatchState state = atHand.get(batchId);
        if (state == null) {
            byte[] bytes = states.get(batchId);
            if (bytes != null) {
                state = decoded(batchId, bytes).orElse(null);
                if (state != null) {
                    atHand.put(batchId, state);
                }
            }
        }
        return state;
    }

    private void forgetOld(long now) {
        long oldest = now - settings.retention().toMillis();
        List<BatchState> old = new ArrayList<>();
        forEachState(state -> {
            if (state.lastNewsAt() < oldest) {
                old.add(state);
            }
        });
        old.forEach(this::forget);
    }

    private void forget(BatchState state) {
        String batchId = state.batchId();
        LOG.atInfo()
                .addKeyValue("batch", batchId)
                .addKeyValue("received", state.received())
                .addKeyValue("held", state.held())
                .log("batch_forgotten");
        BatchStores.deleteAll(indexes, batchId);
        resequencer.forget(batchId);
        states.delete(batchId);
        atHand.remove(batchId);
        changed.remove(batchId);
        running.remove(batchId);
        lettered.remove(batchId);
        forward(batchId, null, BatchTopology.STATUS_OUT);
        // What was said of a batch whose items may still be waiting somewhere has to hold when they are read.
        if (state.isComplete() && controls.of(batchId).isPresent()) {
            forward(batchId, null, BatchTopology.CONTROL_OUT);
        }
    }
}
