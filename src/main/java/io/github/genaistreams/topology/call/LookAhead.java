package io.github.genaistreams.topology.call;

import io.github.genaistreams.flow.LaneSettings;
import io.github.genaistreams.flow.Phase;
import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.topology.call.RequestLog.Reread;
import io.github.genaistreams.wire.Decoded;
import io.github.genaistreams.wire.ItemKeys;
import io.github.genaistreams.wire.WireException;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;

/**
 * Lets batches take turns however many requests are ahead of them in the topic. While the lane is full, the intake reads
 * nothing more. The records behind it are read by another consumer, which notes only their batches and offsets
 * ({@link Backlog}). A batch with few ready items in the lane gets some of its records taken in ahead of the intake,
 * which passes over them later ({@link TakenOffsets}).
 *
 * <p>What was taken in ahead has bounds of its own, half of the lane's. So it takes nothing from the intake, and neither
 * can keep the other waiting. Part of one incarnation of a task, on its stream thread.
 */
final class LookAhead<Q extends ApiRequest> {

    /** Interval for choosing records. */
    private static final long CHOICE_MILLIS = 100;

    /** The reading ends when the lane has had room for this long. */
    private static final long ROOM_MILLIS = 10_000;

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
    private final LaneSettings half;

    private final Backlog backlog = new Backlog();

    /** Open items that were taken in ahead. */
    private final Set<Item<Q>> ahead = new HashSet<>();

    private RequestLog.Scan scan;

    /** Records that are being read to be taken in, and their number; null if there are none. */
    private RequestLog.Reading reading;

    private int expected;
    private long choiceDue;
    private long fullAt;

    /** What was taken in ahead, and is still open. */
    private int running;

    private int ready;
    private int waiting;
    private long bytes;

    LookAhead(
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
        this.half = api.lane().half();
    }

    /** Call it often. It does what is due. */
    void turn(long now) {
        takeRead();
        if (now < choiceDue) {
            return;
        }
        choiceDue = now + CHOICE_MILLIS;
        count();
        if (lane.figures().isIntakeFull()) {
            fullAt = now;
            begin();
        } else if (now - fullAt >= ROOM_MILLIS) {
            close();
        }
        if (scan != null) {
            backlog.add(scan, intake.passed());
        }
        if (scan != null && reading == null && lane.figures().isIntakeFull()) {
            choose();
        }
    }

    /** Whether its records are still to be taken in. */
    boolean isUnderWay() {
        return reading != null;
    }

    private void begin() {
        long from = Math.max(lane.figures().readUpTo(), intake.passed() + 1);
        if (scan == null && lane.figures().readUpTo() >= 0) {
            scan = log.scan(requests, from, this::batchToTakeIn);
        }
    }

    /** The batch of a record to be taken in; null if it is not known, or is paused. For the thread that reads. */
    private String batchToTakeIn(ConsumerRecord<byte[], byte[]> record) {
        String batchId = batchOf(record);
        return batchId == null || lane.isPaused(batchId) ? null : batchId;
    }

    private String batchOf(ConsumerRecord<byte[], byte[]> record) {
        try {
            if (record.key() != null) {
                return ItemKeys.decode(record.key()).batchId();
            }
        } catch (WireException e) {
            // Anybody may choose the key of a request.
        }
        Decoded<Q> decoded = api.decoder().decode(record.value());
        return decoded instanceof Decoded.Valid<Q> valid
                ? valid.request().batchId()
                : decoded instanceof Decoded.Whole<Q> whole
                        ? whole.items().get(0).batchId()
                        : null;
    }

    private void count() {
        ahead.removeIf(item -> !item.isOpen());
        running = 0;
        ready = 0;
        waiting = 0;
        bytes = 0;
        long runningBytes = 0;
        for (Item<Q> item : ahead) {
            bytes += item.work().bytes();
            Phase phase = item.state().phase();
            if (phase == Phase.WAITING || phase == Phase.AWAY) {
                waiting++;
            } else {
                running++;
                runningBytes += item.work().bytes();
                ready += phase == Phase.READY ? 1 : 0;
            }
        }
        lane.figures().intake(false).setAhead(running, runningBytes);
    }

    private boolean hasRoom() {
        return ready < half.capacity() && waiting < half.waitingCapacity() && bytes < half.capacityBytes();
    }

    /** Has records read for the batches that have few ready items in the lane. */
    private void choose() {
        if (!hasRoom()) {
            return;
        }
        int room = Math.min(CHOICE_RECORDS, half.capacity() - ready);
        List<Long> offsets = backlog.choose(supply(), half.capacity(), room, taken::has);
        if (!offsets.isEmpty()) {
            offsets.sort(null);
            expected = offsets.size();
            reading = log.read(requests, offsets);
        }
    }

    /** What each batch has in the lane. As many items may wait for their time as for all of the lane. */
    private Map<String, Integer> supply() {
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
        waiting.forEach((batchId, items) ->
                ready.merge(batchId, items * half.capacity() / half.waitingCapacity(), Integer::sum));
        return ready;
    }

    private void takeRead() {
        for (int taken = 0; reading != null && taken < TURN_RECORDS && hasRoom(); taken++) {
            Reread next = reading.next();
            if (next == null) {
                return;
            }
            if (next instanceof Reread.Found found) {
                take(found.record());
            }
            if (--expected == 0) {
                reading.close();
                reading = null;
            }
        }
    }

    private void take(ConsumerRecord<byte[], byte[]> record) {
        Instant sentAt = PresentTime.sentAt(Math.max(0, record.timestamp()), sender.now());
        ItemKey key = intake.onRequestAhead(
                new Record<>(record.key(), record.value(), sentAt.toEpochMilli(), record.headers()),
                Math.max(0, record.timestamp()),
                new Place(record.topic(), record.partition(), record.offset()));
        Item<Q> item = key == null ? null : lane.get(key);
        if (item != null && ahead.add(item)) {
            ready++;
            running++;
            bytes += item.work().bytes();
        }
    }

    private record Place(String topic, int partition, long offset) implements RecordMetadata {}

    /** Stops reading. */
    void close() {
        if (scan != null) {
            scan.close();
            scan = null;
        }
        if (reading != null) {
            reading.close();
            reading = null;
        }
        backlog.clear();
    }
}
