package io.github.genaistreams.topology.call;

import io.github.genaistreams.flow.Arrival;
import io.github.genaistreams.flow.IntakeFigures;
import io.github.genaistreams.flow.Phase;
import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.topology.call.RequestLog.Reread;
import io.github.genaistreams.wire.Decoded;
import io.github.genaistreams.wire.ItemKeys;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.jspecify.annotations.Nullable;

/**
 * Lets batches take turns however many requests are ahead of them in the topic. While the lane is full, the intake reads
 * nothing more. The records behind it are read by another consumer, which notes only their batches and offsets
 * ({@link Backlog}). A batch with few items in the lane gets some of its records taken in ahead of the intake, which
 * passes over them later ({@link TakenOffsets}).
 *
 * <p>Items that were taken in early have their own bounds, half of the lane's, so they take no room from the intake. When
 * these bounds are reached, perhaps by items that cannot be called, a batch with nothing in the lane still gets one item
 * in, up to twice the bounds. Part of one incarnation of a task, on its stream thread.
 */
final class EarlyIntake<Q extends ApiRequest> {

    /** Interval for choosing records. */
    private static final long CHOICE_MILLIS = 100;

    /** Interval for forgetting records that the intake has passed. */
    private static final long FORGET_MILLIS = 5_000;

    /** Reading ahead ends when the lane has had room for this long. */
    private static final long ROOM_MILLIS = 10_000;

    /** Records that have not arrived after this time are left to the intake. */
    private static final long READ_MILLIS = 30_000;

    /** Limit of one turn of taking in records. */
    private static final int TURN_RECORDS = 50;

    /** Limit of the records that are read for one choice. */
    private static final int CHOICE_RECORDS = 256;

    private final ApiBinding<Q> api;
    private final RequestLog log;
    private final Lane<Q> lane;
    private final Intake<Q> intake;
    private final TakenOffsets taken;
    private final Sender<Q> sender;
    private final TopicPartition requests;
    private final IntakeFigures early;
    private final int capacity;

    private final Backlog backlog = new Backlog();

    /** Null while there is no need to read ahead. */
    private RequestLog.@Nullable Scan scan;

    /** The read of the records that are to be taken in; null if there is none. */
    private RequestLog.@Nullable Reading reading;

    private int expected;
    private long readingSince;

    private long choiceDue;
    private long forgetDue;
    private long fullAt;

    EarlyIntake(
            ApiBinding<Q> api,
            RequestLog log,
            Lane<Q> lane,
            Intake<Q> intake,
            TakenOffsets taken,
            Sender<Q> sender,
            TopicPartition requests) {
        this.api = api;
        this.log = log;
        this.lane = lane;
        this.intake = intake;
        this.taken = taken;
        this.sender = sender;
        this.requests = requests;
        this.early = lane.figures().intake(Arrival.EARLY);
        this.capacity = api.lane().half().capacity();
    }

    /** Call it often. It does what is due. */
    void turn(long now) {
        takeRead();
        if (now < choiceDue) {
            return;
        }
        choiceDue = now + CHOICE_MILLIS;
        boolean isFull = lane.figures().isIntakeFull();
        if (isFull) {
            fullAt = now;
            begin();
        } else if (now - fullAt >= ROOM_MILLIS) {
            close();
        }
        RequestLog.Scan ahead = scan;
        if (ahead == null) {
            return;
        }
        if (now >= forgetDue) {
            forgetDue = now + FORGET_MILLIS;
            backlog.forget(intake.passed());
        }
        backlog.add(ahead);
        if (reading != null && now - readingSince >= READ_MILLIS) {
            endReading();
        }
        if (isFull && reading == null && !backlog.isEmpty()) {
            choose(ahead, now);
        }
    }

    /** Whether records are about to be taken in. */
    boolean isUnderWay() {
        return reading != null && !early.isOverfull();
    }

    private void begin() {
        long readUpTo = lane.figures().readUpTo();
        if (scan == null && readUpTo >= 0) {
            scan = log.scan(requests, Math.max(readUpTo, intake.passed() + 1), this::batchToTakeIn);
        }
    }

    /** The batch of a record to be taken in; null if it is not known, or is paused. For the thread that reads. */
    private @Nullable String batchToTakeIn(ConsumerRecord<byte[], byte[]> record) {
        String batchId = batchOf(record);
        return batchId == null || lane.isPaused(batchId) ? null : batchId;
    }

    /** The batch of a record; null if no request can be read from it. */
    private @Nullable String batchOf(ConsumerRecord<byte[], byte[]> record) {
        // A producer may choose any key for a request.
        Optional<ItemKey> item = ItemKeys.find(record.key());
        if (item.isPresent()) {
            return item.get().batchId();
        }
        Decoded<Q> decoded = api.decoder().decode(record.value());
        return decoded instanceof Decoded.Valid<Q> valid
                ? valid.request().batchId()
                : decoded instanceof Decoded.Whole<Q> whole
                        ? whole.items().get(0).batchId()
                        : null;
    }

    /** Requests records of batches that have few items in the lane. */
    private void choose(RequestLog.Scan ahead, long now) {
        List<Long> offsets;
        if (!early.isFull()) {
            int room = Math.max(1, Math.min(CHOICE_RECORDS, capacity - early.size()));
            offsets = backlog.choose(supply(), capacity, room, this::isTaken);
        } else if (!early.isOverfull()) {
            offsets = backlog.choose(inLane(), 0, CHOICE_RECORDS, this::isTaken);
        } else {
            return;
        }
        if (!offsets.isEmpty()) {
            expected = offsets.size();
            readingSince = now;
            reading = ahead.read(offsets);
        }
    }

    private boolean isTaken(long offset) {
        return offset <= intake.passed() || taken.has(offset);
    }

    /** The number of items of each batch that can be called. Waiting items do not count, up to the lane's bound for them. */
    private Map<String, Integer> supply() {
        int ratio = Math.max(1, api.lane().waitingCapacity() / api.lane().capacity());
        Map<String, Integer> ready = new HashMap<>();
        Map<String, Integer> waiting = new HashMap<>();
        for (Item<Q> item : lane.all()) {
            Phase phase = item.state().phase();
            if (phase == Phase.READY) {
                ready.merge(item.key().batchId(), 1, Integer::sum);
            } else if (phase == Phase.WAITING || phase == Phase.AWAY) {
                waiting.merge(item.key().batchId(), 1, Integer::sum);
            }
        }
        waiting.forEach((batchId, items) -> ready.merge(batchId, items / ratio, Integer::sum));
        return ready;
    }

    private Map<String, Integer> inLane() {
        Map<String, Integer> items = new HashMap<>();
        lane.all().forEach(item -> items.merge(item.key().batchId(), 1, Integer::sum));
        return items;
    }

    private void takeRead() {
        for (int turn = 0; reading != null && turn < TURN_RECORDS && !early.isOverfull(); turn++) {
            Reread next = reading.next();
            if (next == null) {
                return;
            }
            Decoded<Q> holds = next instanceof Reread.Found found ? take(found.record()) : null;
            if (--expected == 0) {
                endReading();
            }
            if (holds instanceof Decoded.Whole<Q>) {
                // Splitting it takes a whole turn.
                return;
            }
        }
    }

    private @Nullable Decoded<Q> take(ConsumerRecord<byte[], byte[]> record) {
        long timestamp = Math.max(0, record.timestamp());
        Instant sentAt = PresentTime.sentAt(timestamp, sender.now());
        return intake.onRequestEarly(
                new Record<>(record.key(), record.value(), sentAt.toEpochMilli(), record.headers()),
                timestamp,
                new Place(record.topic(), record.partition(), record.offset()));
    }

    private record Place(String topic, int partition, long offset) implements RecordMetadata {}

    private void endReading() {
        if (reading != null) {
            reading.close();
            reading = null;
        }
    }

    /** Stops reading. */
    void close() {
        endReading();
        if (scan != null) {
            scan.close();
            scan = null;
        }
        backlog.clear();
    }
}
