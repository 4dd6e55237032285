package io.github.genaistreams.topology.call;

import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.model.BatchNote;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.model.ResponseDelta;
import io.github.genaistreams.topology.call.CallEvents.DeadLetterKind;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.Decoded;
import io.github.genaistreams.wire.WireFormat;
import io.github.genaistreams.wire.WireHeaders;
import io.opentelemetry.context.Scope;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;

/**
 * The outputs of one incarnation of a task: sends records to the sinks, in the open transaction of Kafka Streams. For
 * its stream thread.
 */
final class Sender<Q extends ApiRequest> {

    private final ProcessorContext<Object, Object> context;
    private final String api;
    private final Outbox<Q> outbox;
    private final CallTraces traces;
    private final CallEvents events;
    private final int partition;

    Sender(
            ProcessorContext<Object, Object> context,
            String api,
            Outbox<Q> outbox,
            CallTraces traces,
            CallEvents events) {
        this.context = context;
        this.api = api;
        this.outbox = outbox;
        this.traces = traces;
        this.events = events;
        this.partition = context.taskId().partition();
    }

    /** The task's number on all of its topics. */
    int partition() {
        return partition;
    }

    /** Wall-clock time in epoch milliseconds. */
    long now() {
        return context.currentSystemTimeMs();
    }

    /** Requests a commit of everything written so far. */
    void commit() {
        context.commit();
    }

    void result(Record<Object, Object> record) {
        sendTraced(record, Sinks.results(api));
    }

    void retry(Record<Object, Object> record) {
        sendTraced(record, Sinks.retries(api));
    }

    private void sendTraced(Record<Object, Object> record, String sink) {
        try (Scope ignored = traces.within(record.headers())) {
            context.forward(record, sink);
        }
    }

    /** Sends an item or a part of a whole batch back to the topic that the batch came from. */
    void item(Record<Object, Object> record, InputTopic topic) {
        context.forward(record, topic == InputTopic.URGENT ? Sinks.urgentItems(api) : Sinks.items(api));
    }

    void delta(ResponseDelta delta) {
        outbox.delta(delta, now()).ifPresent(record -> context.forward(record, Sinks.deltas(api)));
    }

    /** Sends a note for the status of a batch. */
    void note(BatchNote note) {
        context.forward(
                new Record<>(note.batchId(), Codecs.BATCH_NOTE.encode(note, WireFormat.JSON), now()), Sinks.notes(api));
    }

    /** Counts a repeat, which the caller drops. */
    void repeat(ItemKey repeat) {
        events.duplicate(repeat, partition());
        note(BatchNote.of(repeat.batchId(), api, BatchNote.Kind.REPEAT));
    }

    /** Sends a record that cannot be read to the dead letters, and counts it. */
    void deadLetter(
            Record<byte[], byte[]> record, RecordMetadata source, DeadLetterKind kind, Decoded.Unreadable<?> letter) {
        events.deadLetter(source.topic(), partition(), source.offset(), letter.batchId(), kind, letter.reason());
        context.forward(outbox.deadLetter(record, source, letter.reason(), now()), Sinks.deadLetters(api));
        String batchId = letter.batchId();
        if (batchId != null) {
            if (has(WireHeaders.REPLAYED_FROM, record)) {
                // It was counted as a dead letter, and is counted again now.
                note(BatchNote.of(batchId, api, BatchNote.Kind.REPLAYED));
            }
            note(BatchNote.deadLetter(batchId, api, letter.batchSize(), letter.reason()));
        }
    }

    /** Notes that a replayed dead letter can be read now. Its items have its header as well, and so do later replays. */
    void noteReplay(Decoded<Q> decoded, Record<byte[], byte[]> record) {
        if (has(WireHeaders.REPLAYED_FROM, record)
                && !has(WireHeaders.SUBMITTED_AT, record)
                && !has(WireHeaders.RETRY, record)) {
            note(BatchNote.of(batchId(decoded), api, BatchNote.Kind.REPLAYED));
        }
    }

    private static boolean has(String header, Record<?, ?> record) {
        return record.headers().lastHeader(header) != null;
    }

    /** The batch of a record that could be read. */
    private static <Q extends ApiRequest> String batchId(Decoded<Q> decoded) {
        ItemKey key = decoded instanceof Decoded.Valid<Q> valid
                ? valid.request().key()
                : decoded instanceof Decoded.Invalid<Q> invalid
                        ? invalid.key()
                        : ((Decoded.Whole<Q>) decoded).items().get(0).key();
        return key.batchId();
    }
}
