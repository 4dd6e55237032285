package io.github.genaistreams.topology.call;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.flow.Governors;
import io.github.genaistreams.flow.LaneSettings;
import io.github.genaistreams.model.Cost;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.topology.topic.KeptTopics;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.JournalEntry;
import io.github.genaistreams.wire.RequestDecoder;
import io.github.genaistreams.wire.WireCodecs;
import io.github.genaistreams.wire.WireFormat;
import java.time.Instant;
import java.util.Properties;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.processor.TaskId;
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;

/** One item of a task, its record, and the stores that know of it, which are in memory. */
final class OpenItemCase {

    private static final int RECORD_MAX_BYTES = 1 << 20;
    static final ItemKey ITEM = new ItemKey("b", 7);
    static final Origin REQUEST = new Origin(InputTopic.REQUESTS, 70);
    static final Origin RETRY = new Origin(InputTopic.RETRIES, 3);
    static final long NOW = 1_000_000;
    static final Instant SUBMITTED = Instant.ofEpochMilli(900_000);

    private final ApiBinding<ResponsesRequest> api = new ApiBinding<>(
            "responses",
            RequestDecoder.responses(),
            Codecs.RESPONSES_REQUEST,
            Codecs.RESPONSES_RETRY,
            null,
            new LaneSettings(2, 10, 1 << 20),
            Governors.NONE,
            answer -> Cost.unknown("not asked"),
            false);
    final KeptTopics topics = new KeptTopics();
    final KeyValueStore<ItemKey, JournalEntry> journal = OneTask.journal();
    final KeyValueStore<Bytes, byte[]> progress =
            Stores.inMemoryKeyValueStore("progress").get();
    HeapRoom room = new HeapRoom(Long.MAX_VALUE);
    OpenItems<ResponsesRequest> items;
    Lane<ResponsesRequest> lane;
    Item<ResponsesRequest> item;

    OpenItemCase() {
        var context = new MockProcessorContext<>(new Properties(), new TaskId(0, 0), null);
        journal.init(context.getStateStoreContext(), journal);
        reopen();
    }

    /** The task moves to a worker that knows only the stores. */
    void reopen() {
        items = newItems();
    }

    /** Those of a worker that knows only the stores. */
    OpenItems<ResponsesRequest> newItems() {
        lane = new Lane<>(api.lane(), api.governors(), batchId -> false);
        item = new Item<>(ITEM, false);
        return new OpenItems<>(
                api,
                new Outbox<>(api, WireCodecs.plain(WireFormat.JSON, Codecs.CALL_RESULT), RECORD_MAX_BYTES),
                journal,
                new OpenOffsets(progress),
                topics,
                room,
                new InputTopic.Names("requests", "retries", "urgent"));
    }

    Restored restore() {
        Restored restored = items.restore(lane, new TakenOffsets(progress));
        item = lane.get(ITEM) == null ? item : lane.get(ITEM);
        return restored;
    }

    void arrive(Origin origin, String prompt) {
        items.arrived(item, request(prompt), origin, NOW, encode(prompt), 0, NOW);
    }

    JournalEntry readAgain(String prompt) {
        var unread = (Kept.Unread<ResponsesRequest>) item.kept();
        return items.readAgain(unread, request(prompt), first(prompt), NOW, NOW);
    }

    void assertWhole(String prompt) {
        assertThat(journal.get(ITEM).request()).isEqualTo(encode(prompt));
        assertThat(items.request(item, items.get(item)))
                .extracting(ResponsesRequest::userPrompt)
                .isEqualTo(request(prompt).userPrompt());
    }

    static JournalEntry first() {
        return first("hello");
    }

    static JournalEntry first(String prompt) {
        return Journal.first(SUBMITTED, new RecordHeaders(), encode(prompt));
    }

    static ResponsesRequest request(String prompt) {
        return ResponsesRequest.builder()
                .batchId(ITEM.batchId())
                .index(ITEM.index())
                .model("gpt-4o-mini")
                .userPrompt(prompt)
                .build();
    }

    static byte[] encode(String prompt) {
        return Codecs.RESPONSES_REQUEST.encode(request(prompt), WireFormat.JSON);
    }

    /** What the store of offsets has. */
    long bytes() {
        long bytes = 0;
        try (var all = progress.all()) {
            while (all.hasNext()) {
                bytes += all.next().value.length;
            }
        }
        return bytes;
    }
}
