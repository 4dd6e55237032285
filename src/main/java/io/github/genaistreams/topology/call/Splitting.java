package io.github.genaistreams.topology.call;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.wire.BatchPart;
import io.github.genaistreams.wire.Decoded;
import io.github.genaistreams.wire.WireHeaders;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.streams.processor.api.Record;

/**
 * Forwards the items of a whole batch, or refuses the batch with one result.
 *
 * <p>A batch that is more than one turn's work is sent as two halves, which come back through their topic like
 * items, and are split further. So for any size, one transaction holds a limited part, each part is in exactly one
 * committed record at any time, and a worker that ends in between causes no duplicates.
 */
final class Splitting<Q extends ApiRequest> {

    private static final long MAX_SPLIT_BYTES = 256L << 20;

    /** Limits of what is sent in one turn. */
    private static final int TURN_ITEMS = 1_000;

    private static final long TURN_BYTES = 4L << 20;

    private final ApiBinding<Q> api;
    private final Outbox<Q> outbox;
    private final Endings<Q> endings;
    private final Sender<Q> sender;
    private final CallEvents events;

    Splitting(ApiBinding<Q> api, Outbox<Q> outbox, Endings<Q> endings, Sender<Q> sender, CallEvents events) {
        this.api = api;
        this.outbox = outbox;
        this.endings = endings;
        this.sender = sender;
        this.events = events;
    }

    /** The part of its batch that a record holds. */
    static Optional<BatchPart> part(Record<byte[], byte[]> record) {
        Header header = record.headers().lastHeader(WireHeaders.BATCH_PART);
        return header == null || header.value() == null
                ? Optional.empty()
                : BatchPart.parse(new String(header.value(), UTF_8));
    }

    /** @param topic the topic of the whole batch, and of its parts */
    void split(Decoded.Whole<Q> whole, Record<byte[], byte[]> record, InputTopic topic) {
        Q first = whole.items().get(0);
        int items = whole.items().size();
        int itemBytes = outbox.encode(first).length;
        if (whole.part().isEmpty()) {
            Optional<CallError> refusal = outbox.tooLarge(record)
                    .or(() -> tooManyBytes(items, itemBytes))
                    .or(() -> commonRefusal(whole));
            if (refusal.isPresent()) {
                endings.refuse(first.key(), 1, first.model(), record, refusal.get(), outbox.headersOfRefused(record));
                return;
            }
            events.split(first.key().batchId(), items, sender.partition());
        }
        boolean isOneTurn =
                items <= TURN_ITEMS && record.value().length + (long) items * itemBytes <= TURN_BYTES || items == 1;
        if (isOneTurn || !sendHalves(whole, record, topic)) {
            whole.items().forEach(item -> sendItem(item, record, topic));
        }
    }

    /** False without any effect if no format of a half fits on its topic. */
    private boolean sendHalves(Decoded.Whole<Q> whole, Record<byte[], byte[]> record, InputTopic topic) {
        int items = whole.items().size();
        int middle = items / 2;
        byte[] left = whole.slices().bytes(0, middle);
        byte[] right = whole.slices().bytes(middle, items);
        ItemKey first = whole.items().get(0).key();
        int total = whole.part().map(BatchPart::total).orElse(items);
        List<Record<Object, Object>> halves = List.of(
                half(first.index(), total, first, left, record),
                half(first.index() + middle, total, first, right, record));
        if (!halves.stream().allMatch(half -> outbox.fits((byte[]) half.value(), half.headers()))) {
            return false;
        }
        halves.forEach(half -> sender.item(half, topic));
        return true;
    }

    private Record<Object, Object> half(
            int index, int total, ItemKey first, byte[] value, Record<byte[], byte[]> record) {
        Record<Object, Object> half = outbox.item(new ItemKey(first.batchId(), index), value, record, sender.now());
        half.headers()
                .add(
                        WireHeaders.BATCH_PART,
                        new BatchPart(index, total).toString().getBytes(UTF_8));
        return half;
    }

    private void sendItem(Q item, Record<byte[], byte[]> record, InputTopic topic) {
        byte[] value = outbox.encode(item);
        Record<Object, Object> own = outbox.item(item.key(), value, record, sender.now());
        if (outbox.fits(value, own.headers())) {
            sender.item(own, topic);
            return;
        }
        CallError error = new CallError(
                "As a record of its own this item has " + value.length + " bytes, more than record.max.bytes allows",
                "invalid_request",
                "request_too_large",
                null,
                false,
                null);
        endings.refuse(item.key(), item.batchSize(), item.model(), record, error, Outbox.ourHeaders(record.headers()));
    }

    /**
     * The first refusal that is not specific to an item; empty if there is none. If one item is valid, so are the
     * common fields. An item's own mistake may hide a common one.
     */
    private Optional<CallError> commonRefusal(Decoded.Whole<Q> whole) {
        for (Q item : whole.items()) {
            Optional<CallError> refusal = api.refusal(item);
            if (refusal.isEmpty() || !whole.isOfItem(refusal.get())) {
                return refusal;
            }
        }
        return Optional.empty();
    }

    /** The common fields are repeated in each item. */
    private static Optional<CallError> tooManyBytes(int items, int bytes) {
        return (long) items * bytes <= MAX_SPLIT_BYTES
                ? Optional.empty()
                : Optional.of(new CallError(
                        "As " + items + " records of some " + bytes + " bytes this batch is larger than "
                                + MAX_SPLIT_BYTES + " bytes: send one record per item, as the client's submit does",
                        "invalid_request",
                        "batch_too_large",
                        null,
                        false,
                        null));
    }
}
