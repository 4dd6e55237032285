package io.github.genaistreams.topology;

import io.github.genaistreams.batch.BatchIndexKey;
import io.github.genaistreams.batch.BatchState;
import io.github.genaistreams.batch.BatchState.Arrival;
import io.github.genaistreams.batch.BatchStateCodec;
import io.github.genaistreams.batch.IndexChunk;
import io.github.genaistreams.model.BatchControl;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.WireException;
import io.github.genaistreams.wire.WireFormat;
import io.github.genaistreams.wire.WireHeaders;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
 * Makes batches of results (an Aggregator), and puts them in order (a Resequencer): every result of a batch comes by here, in one
 * partition.
 *
 * <p>Per batch there is a {@link BatchState}, a byte per index ({@link IndexChunk}), and, if the batch is ordered, the results that
 * wait for a lower index. These are in a store on disk: a batch of a million items whose first is the slowest takes no more memory
 * than any other. Results that have waited are released in bounded turns.
 */
final class BatchAssembler implements Processor<byte[], byte[], Object, Object> {

    static final String STATES = "batch-states";
    static final String INDEXES = "batch-indexes";
    static final String HELD = "batch-held";

    private static final Logger LOG = LoggerFactory.getLogger(BatchAssembler.class);

    /** No ID of a batch that a worker takes is longer. */
    private static final int LONGEST_TEXT = 1_000;

    /** Batches whose state is at hand without reading it from its bytes. */
    private static final int AT_HAND = 1_000;

    /** Bounds of one turn of releasing. */
    private static final int TURN_RESULTS = 1_000;

    private static final long TURN_NANOS = 10_000_000;
    private static final Duration TURN_PAUSE = StreamsSettings.POLL;

    private static final Duration LONGEST_CLEANING_INTERVAL = Duration.ofHours(1);

    /** For how long nothing comes of a cancelled batch before it counts as over. Longer than any worker needs to end its items. */
    static final Duration SILENCE = Duration.ofSeconds(30);

    private final BatchSettings settings;
    private final WireFormat format;

    /** Changed since their last status. */
    private final Set<String> changed = new HashSet<>();

    /** Not complete: what is said of them matters also when no result comes. */
    private final Set<String> running = new HashSet<>();

    /** Have more results to release than fitted into a turn. */
    private final Set<String> releasing = new HashSet<>();

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
    private KeyValueStore<Bytes, byte[]> held;
    private Cancellable statuses;
    private Cancellable cleaning;
    private Cancellable releases;
    private boolean warned;

    BatchAssembler(BatchSettings settings, WireFormat format) {
        this.settings = settings;
        this.format = format;
    }

    /** Also called when a task is resumed: everything in memory is built anew from the stores. */
    @Override
    public void init(ProcessorContext<Object, Object> context) {
        this.context = context;
        controls = new Controls(context);
        states = context.getStateStore(STATES);
        indexes = context.getStateStore(INDEXES);
        held = context.getStateStore(HELD);
        changed.clear();
        running.clear();
        releasing.clear();
        atHand.clear();
        try (KeyValueIterator<String, byte[]> all = states.all()) {
            while (all.hasNext()) {
                BatchState state = BatchStateCodec.decode(all.next().value);
                if (!state.isPublished()) {
                    changed.add(state.batchId());
                }
                if (!state.isOver()) {
                    running.add(state.batchId());
                }
                if (state.held() > 0) {
                    releasing.add(state.batchId());
                }
            }
        }
        statuses = context.schedule(settings.statusInterval(), PunctuationType.WALL_CLOCK_TIME, this::publishChanged);
        Duration interval = settings.retention().dividedBy(10);
        cleaning = context.schedule(
                interval.compareTo(LONGEST_CLEANING_INTERVAL) < 0 ? interval : LONGEST_CLEANING_INTERVAL,
                PunctuationType.WALL_CLOCK_TIME,
                this::forgetOld);
        releases = null;
        scheduleReleases();
    }

    /** A task that is revived keeps its punctuators, and gets new ones. */
    @Override
    public void close() {
        statuses.cancel();
        cleaning.cancel();
        if (releases != null) {
            releases.cancel();
        }
    }

    @Override
    public void process(Record<byte[], byte[]> record) {
        CallResult result;
        try {
            result = Codecs.CALL_RESULT_SUMMARY.decode(record.value());
        } catch (WireException | NullPointerException e) {
            warnOnce("it cannot be read: " + e.getMessage());
            return;
        }
        if (!isWhole(result)) {
            warnOnce("it is not what a worker writes: batch, index, API or times are missing");
            return;
        }
        BatchState state = state(result.batchId(), result.api());
        boolean isFirst = state.received() == 0;
        if (isFirst && (settings.ordered() || record.headers().lastHeader(WireHeaders.ORDERED) != null)) {
            state.order();
        }
        controls.of(result.batchId()).ifPresent(control -> state.take(control, context.currentSystemTimeMs()));
        Arrival arrival = take(result, state, record.headers().lastHeader(WireHeaders.RETRY) != null);
        if (arrival != Arrival.DUPLICATE && state.isOrdered()) {
            putInOrder(result.index(), arrival, record, state);
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

    /** Whatever else is on the topic must not stop the batches that it has nothing to do with. */
    private static boolean isWhole(CallResult result) {
        return result.batchId() != null
                && result.batchId().length() <= LONGEST_TEXT
                && result.api() != null
                && result.api().length() <= LONGEST_TEXT
                && result.index() >= 0
                && result.index() < Integer.MAX_VALUE
                && result.submittedAt() != null
                && result.completedAt() != null;
    }

    private Arrival take(CallResult result, BatchState state, boolean again) {
        Bytes key = key(result.batchId(), IndexChunk.of(result.index()));
        byte[] chunk = indexes.get(key);
        byte before = IndexChunk.get(chunk, result.index());
        BatchState.Taken taken = state.take(result, before, again);
        if (taken.index() != before) {
            indexes.put(key, IndexChunk.with(chunk, result.index(), taken.index()));
        }
        return taken.arrival();
    }

    private void putInOrder(int index, Arrival arrival, Record<byte[], byte[]> record, BatchState state) {
        if (index > state.next()) {
            held.put(key(state.batchId(), index), HeldResult.encode(record));
            state.held(arrival == Arrival.FIRST ? 1 : 0);
            return;
        }
        // What takes the place of a result that was released comes after it: it says by its header what it is.
        if (arrival == Arrival.REPLACEMENT && held.delete(key(state.batchId(), index)) != null) {
            state.held(-1);
        }
        context.forward(
                new Record<>(new ItemKey(state.batchId(), index), record.value(), record.timestamp(), record.headers()),
                BatchTopology.ORDERED_OUT);
        if (index == state.next()) {
            state.released();
            release(state);
        }
    }

    /** Releases what waits for nothing any more, for one turn. */
    private void release(BatchState state) {
        if (state.held() == 0) {
            releasing.remove(state.batchId());
            return;
        }
        long end = System.nanoTime() + TURN_NANOS;
        List<Bytes> released = new ArrayList<>();
        boolean more = false;
        try (KeyValueIterator<Bytes, byte[]> waiting =
                held.range(key(state.batchId(), state.next()), key(state.batchId(), Integer.MAX_VALUE))) {
            while (waiting.hasNext()) {
                KeyValue<Bytes, byte[]> next = waiting.next();
                if (BatchIndexKey.number(next.key.get()) != state.next()) {
                    break;
                }
                if (released.size() >= TURN_RESULTS || System.nanoTime() > end) {
                    more = true;
                    break;
                }
                context.forward(
                        HeldResult.decode(new ItemKey(state.batchId(), state.next()), next.value),
                        BatchTopology.ORDERED_OUT);
                state.released();
                released.add(next.key);
            }
        }
        released.forEach(held::delete);
        state.held(-released.size());
        if (more) {
            releasing.add(state.batchId());
        } else {
            releasing.remove(state.batchId());
        }
        scheduleReleases();
    }

    private void scheduleReleases() {
        if (releasing.isEmpty() && releases != null) {
            releases.cancel();
            releases = null;
        } else if (!releasing.isEmpty() && releases == null) {
            releases = context.schedule(TURN_PAUSE, PunctuationType.WALL_CLOCK_TIME, now -> releaseMore());
        }
    }

    private void releaseMore() {
        for (String batchId : List.copyOf(releasing)) {
            BatchState state = known(batchId);
            release(state);
            keep(state);
        }
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
            controls.of(batchId).ifPresent(control -> hear(known(batchId), control, now));
        }
        for (String batchId : List.copyOf(changed)) {
            BatchState state = known(batchId);
            publish(state);
            keep(state);
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
        forward(state.batchId(), Codecs.BATCH_STATUS.encode(state.status(), format), BatchTopology.STATUS_OUT);
    }

    private void keep(BatchState state) {
        states.put(state.batchId(), BatchStateCodec.encode(state));
        if (state.isOver()) {
            running.remove(state.batchId());
        } else {
            running.add(state.batchId());
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
                state = BatchStateCodec.decode(bytes);
                atHand.put(batchId, state);
            }
        }
        return state;
    }

    private void forgetOld(long now) {
        long oldest = now - settings.retention().toMillis();
        List<BatchState> old = new ArrayList<>();
        try (KeyValueIterator<String, byte[]> all = states.all()) {
            while (all.hasNext()) {
                BatchState state = BatchStateCodec.decode(all.next().value);
                if (state.lastResultAt() < oldest) {
                    old.add(state);
                }
            }
        }
        old.forEach(this::forget);
    }

    private void forget(BatchState state) {
        String batchId = state.batchId();
        LOG.atInfo()
                .addKeyValue("batch", batchId)
                .addKeyValue("received", state.received())
                .addKeyValue("held", state.held())
                .log("batch_forgotten");
        delete(indexes, batchId);
        delete(held, batchId);
        states.delete(batchId);
        atHand.remove(batchId);
        changed.remove(batchId);
        running.remove(batchId);
        releasing.remove(batchId);
        forward(batchId, null, BatchTopology.STATUS_OUT);
        // What was said of a batch whose items may still be waiting somewhere has to hold when they are read.
        if (state.isComplete() && controls.of(batchId).isPresent()) {
            forward(batchId, null, BatchTopology.CONTROL_OUT);
        }
    }

    private static void delete(KeyValueStore<Bytes, byte[]> store, String batchId) {
        List<Bytes> keys = new ArrayList<>();
        do {
            keys.clear();
            try (KeyValueIterator<Bytes, byte[]> all = store.range(key(batchId, 0), key(batchId, Integer.MAX_VALUE))) {
                while (all.hasNext() && keys.size() < TURN_RESULTS) {
                    keys.add(all.next().key);
                }
            }
            keys.forEach(store::delete);
        } while (!keys.isEmpty());
    }

    private static Bytes key(String batchId, int number) {
        return Bytes.wrap(BatchIndexKey.of(batchId, number));
    }

    private void warnOnce(String reason) {
        if (!warned) {
            warned = true;
            LOG.warn("A record of the result topic is left out of its batch, and so may be others: {}", reason);
        }
    }
}
