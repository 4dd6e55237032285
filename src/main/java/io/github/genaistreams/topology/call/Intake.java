package io.github.genaistreams.topology.call;

import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.topology.call.CallEvents.DeadLetterKind;
import io.github.genaistreams.wire.Decoded;
import io.github.genaistreams.wire.JournalEntry;
import java.time.Instant;
import java.util.Optional;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.jspecify.annotations.Nullable;

/**
 * Reads requests. Each is recorded as open and joins the lane. An invalid record is answered or becomes a dead letter at
 * once. Part of one incarnation of a task, on its stream thread.
 */
final class Intake<Q extends ApiRequest> {

    private final ApiBinding<Q> api;
    private final Outbox<Q> outbox;
    private final Lane<Q> lane;
    private final OpenItems<Q> items;
    private final AnsweredItems answered;
    private final Controls controls;
    private final Calls<Q> calls;
    private final Endings<Q> endings;
    private final Sender<Q> sender;
    private final CallEvents events;
    private final Splitting<Q> splitting;
    private final TakenOffsets taken;

    /** The last offset of the request topic that was read in order; -1 if there is none. */
    private long passed = -1;

    Intake(
            ApiBinding<Q> api,
            Outbox<Q> outbox,
            Lane<Q> lane,
            OpenItems<Q> items,
            TakenOffsets taken,
            AnsweredItems answered,
            Controls controls,
            Calls<Q> calls,
            Endings<Q> endings,
            Sender<Q> sender,
            CallEvents events) {
        this.api = api;
        this.outbox = outbox;
        this.lane = lane;
        this.items = items;
        this.taken = taken;
        this.answered = answered;
        this.controls = controls;
        this.calls = calls;
        this.endings = endings;
        this.sender = sender;
        this.events = events;
        this.splitting = new Splitting<>(api, outbox, endings, sender, events);
    }

    /**
     * The place and time of a record.
     *
     * @param timestamp time stamp of the record itself, epoch milliseconds; 0 if it has none
     * @param isEarly   whether it was taken in ahead of the intake
     */
    private record Read(RecordMetadata source, InputTopic topic, long timestamp, boolean isEarly) {
        Origin origin() {
            return new Origin(topic, source.offset());
        }
    }

    /** @param timestamp time stamp of the record itself, epoch milliseconds; 0 if it has none */
    void onRequest(Record<byte[], byte[]> record, long timestamp, InputTopic topic, RecordMetadata source) {
        Decoded<Q> decoded = decoded(record);
        if (topic == InputTopic.REQUESTS) {
            passed = source.offset();
            ItemKey name = name(decoded);
            if (name != null && taken.isTaken(source.offset(), name)) {
                return;
            }
        }
        take(decoded, record, new Read(source, topic, timestamp, false));
    }

    /** The last offset of the request topic that was read in order; -1 if there is none yet. */
    long passed() {
        return passed;
    }

    /**
     * Takes in a record of the request topic before the intake reaches it. A record without a request, or one that the intake
     * has passed, is ignored. The parameters are those of {@link #onRequest}.
     *
     * @return the content of the record; null if it was ignored
     */
    @Nullable
    Decoded<Q> onRequestEarly(Record<byte[], byte[]> record, long timestamp, RecordMetadata source) {
        if (source.offset() <= passed) {
            return null;
        }
        Decoded<Q> decoded = decoded(record);
        ItemKey name = name(decoded);
        if (name == null || lane.get(name) != null) {
            return null;
        }
        taken.put(source.offset(), name);
        take(decoded, record, new Read(source, InputTopic.REQUESTS, timestamp, true));
        return decoded;
    }

    private Decoded<Q> decoded(Record<byte[], byte[]> record) {
        return api.decoder().decode(record.value(), Splitting.part(record).orElse(null));
    }

    /** The name of a record's item, or of the first one of its batch; null if it holds no request. */
    private @Nullable ItemKey name(Decoded<Q> decoded) {
        return decoded instanceof Decoded.Valid<Q> valid
                ? valid.request().key()
                : decoded instanceof Decoded.Whole<Q> whole
                        ? whole.items().get(0).key()
                        : null;
    }

    private void take(Decoded<Q> decoded, Record<byte[], byte[]> record, Read read) {
        try {
            onDecoded(decoded, record, read);
        } catch (KafkaException e) {
            throw e;
        } catch (RuntimeException e) {
            Optional<ItemKey> key = decoded instanceof Decoded.Valid<Q> valid
                    ? Optional.of(valid.request().key())
                    : Optional.empty();
            endings.failed(record, read.source(), key, e);
        }
    }

    private void onDecoded(Decoded<Q> decoded, Record<byte[], byte[]> record, Read read) {
        if (decoded instanceof Decoded.Unreadable<Q> unreadable) {
            sender.deadLetter(record, read.source(), DeadLetterKind.UNREADABLE_REQUEST, unreadable);
        } else {
            read.topic().mark(record.headers());
            onReadable(decoded, SubmittedAt.restored(record), read);
            sender.noteReplay(decoded, record);
        }
    }

    private void onReadable(Decoded<Q> decoded, Record<byte[], byte[]> record, Read read) {
        if (decoded instanceof Decoded.Invalid<Q> invalid) {
            if (isNew(invalid.key(), record)) {
                endings.refuse(invalid.key(), invalid.batchSize(), null, record, invalid.error(), record.headers());
            }
        } else if (decoded instanceof Decoded.Whole<Q> whole) {
            splitting.split(whole, record, read.topic());
        } else if (decoded instanceof Decoded.Valid<Q> valid
                && isNew(valid.request().key(), record)) {
            onValidRequest(valid.request(), record, read);
        }
    }

    private boolean isNew(ItemKey key, Record<byte[], byte[]> record) {
        boolean isNew = lane.get(key) == null && !answered.isRepeat(key, record.headers(), sender.now());
        if (!isNew) {
            sender.repeat(key);
        }
        return isNew;
    }

    private void onValidRequest(Q request, Record<byte[], byte[]> record, Read read) {
        ItemKey key = request.key();
        Optional<CallError> refusal = outbox.tooLarge(record).or(() -> api.refusal(request));
        if (refusal.isPresent()) {
            endings.refuse(
                    key, request.batchSize(), request.model(), record, refusal.get(), outbox.headersOfRefused(record));
            return;
        }
        events.accepted(request, sender.partition());
        JournalEntry entry = Journal.first(
                Instant.ofEpochMilli(record.timestamp()), record.headers(), outbox.kept(request, record.value()));
        String stopped = controls.stopped(key.batchId(), Journal.retriedAt(entry));
        if (stopped != null) {
            endings.stop(request, entry, stopped, record.headers());
            return;
        }
        Item<Q> item = lane.open(key, read.isEarly());
        lane.ready(item, Journal.work(request, entry));
        items.arrived(item, request, read.origin(), read.timestamp(), record.value(), 0, sender.now());
        calls.startReady(item, request, entry);
        if (item.state() instanceof Item.Ready) {
            items.put(item, entry);
        }
    }
}
