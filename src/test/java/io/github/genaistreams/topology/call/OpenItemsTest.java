package io.github.genaistreams.topology.call;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.flow.Arrival;
import io.github.genaistreams.flow.Governors;
import io.github.genaistreams.flow.LaneSettings;
import io.github.genaistreams.model.Cost;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.topology.topic.KeptTopics;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.JournalEntry;
import io.github.genaistreams.wire.JournalEntry.State;
import io.github.genaistreams.wire.RequestDecoder;
import io.github.genaistreams.wire.WireCodecs;
import io.github.genaistreams.wire.WireFormat;
import io.github.genaistreams.wire.WireHeaders;
import java.time.Instant;
import java.util.List;
import java.util.Properties;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.processor.TaskId;
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is written of an open item, and what a worker that knows only that makes of it. */
class OpenItemsTest {

    private static final int RECORD_MAX_BYTES = 1 << 20;
    private static final ItemKey ITEM = new ItemKey("b", 7);
    private static final Origin REQUEST = new Origin(InputTopic.REQUESTS, 70);
    private static final Origin RETRY = new Origin(InputTopic.RETRIES, 3);
    private static final long NOW = 1_000_000;
    private static final Instant SUBMITTED = Instant.ofEpochMilli(900_000);

    @TempDir
    java.nio.file.Path stateDir;

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
    private final KeptTopics topics = new KeptTopics();
    private final KeyValueStore<Bytes, byte[]> progress =
            Stores.inMemoryKeyValueStore("progress").get();
    private HeapRoom room = new HeapRoom(Long.MAX_VALUE);
    private KeyValueStore<ItemKey, JournalEntry> journal;
    private OpenItems<ResponsesRequest> items;
    private Lane<ResponsesRequest> lane;
    private Item<ResponsesRequest> item;

    @BeforeEach
    void start() {
        var context = new MockProcessorContext<>(new Properties(), new TaskId(0, 0), stateDir.toFile());
        journal = Journal.store("responses", RECORD_MAX_BYTES)
                .withLoggingDisabled()
                .build();
        journal.init(context.getStateStoreContext(), (StateStore) journal);
        items = newItems();
    }

    /** Of a worker that knows only the stores. */
    private OpenItems<ResponsesRequest> newItems() {
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

    @Test
    void writesNothingOfARequestButItsOffset() {
        arrive(REQUEST, "a prompt".repeat(1_000));
        items.put(item, first());

        assertThat(journal.get(ITEM)).isNull();
        assertThat(bytes()).isLessThan(20);
        assertThat(items.request(item, items.get(item)))
                .extracting(ResponsesRequest::userPrompt)
                .isEqualTo(request("a prompt".repeat(1_000)).userPrompt());

        items.delete(item);
        assertThat(bytes()).isZero();
        assertThat(items.find(item)).isNull();
    }

    @Test
    void knowsAfterARestartWhichRecordToReadAgainAndWhetherACallWasStarted() {
        arrive(REQUEST, "hello");
        items.put(item, first().started());
        items = newItems();
        Restored restored = restore();
        assertThat(restored.whole()).isEmpty();
        assertThat(restored.unread()).containsExactly(REQUEST);
        assertThat(items.unreadAt(REQUEST).item()).isSameAs(lane.get(ITEM));
        assertThat(items.hasUnread()).isTrue();

        JournalEntry entry = readAgain("hello");
        assertThat(entry.state()).isEqualTo(State.STARTED);
        assertThat(entry.attempt()).isEqualTo(1);
        assertThat(entry.submittedAt()).isEqualTo(SUBMITTED);
        assertThat(items.hasUnread()).isFalse();
        assertThat(items.request(item, items.get(item)))
                .extracting(ResponsesRequest::userPrompt)
                .isEqualTo(request("hello").userPrompt());
        items.delete(item);
        assertThat(bytes()).isZero();
    }

    @Test
    void countsAfterARestartWhatCameEarlyAgainstItsOwnBound() {
        arrive(REQUEST, "hello");
        items.put(item, first().started());
        new TakenOffsets(progress).put(REQUEST.offset(), ITEM);
        items = newItems();
        restore();
        assertThat(lane.get(ITEM).arrival()).isEqualTo(Arrival.EARLY);
    }

    @Test
    void notesTheJobThatTheApiWorksOnAndNothingElse() {
        arrive(REQUEST, "hello");
        items.put(item, first().started());
        items.put(item, items.get(item).withJob(new JournalEntry.Job("resp_1", SUBMITTED, null)));
        assertThat(journal.get(ITEM).request()).isEmpty();

        items = newItems();
        restore();
        assertThat(readAgain("hello").remoteJob().id()).isEqualTo("resp_1");
        items.delete(item);
        assertThat(journal.get(ITEM)).isNull();
        assertThat(bytes()).isZero();
    }

    @Test
    void followsAnItemThroughTheRetryTopicWithoutWritingItsNoteTwice() {
        arrive(REQUEST, "hello");
        items.put(item, first().started());
        var earlier = new JournalEntry.Earlier(null, null, "an attempt got no answer", true);
        Instant due = Instant.ofEpochMilli(NOW + 5_000);
        items.put(item, Journal.away(2, due, SUBMITTED, earlier));
        assertThat(bytes()).isZero();
        assertThat(newItems()
                        .restore(lane, new TakenOffsets(progress))
                        .whole()
                        .get(ITEM)
                        .state())
                .isEqualTo(State.RETRYING);

        JournalEntry mark = items.get(item);
        items.arrived(item, request("hello"), RETRY, NOW, encode("hello"), 0, NOW);
        items.put(item, Journal.again(2, due, SUBMITTED, null, new RecordHeaders(), encode("hello"), earlier));
        assertThat(journal.get(ITEM)).isEqualTo(mark);

        items = newItems();
        assertThat(restore().unread()).containsExactly(RETRY);
        JournalEntry entry = readAgain("hello");
        assertThat(entry.attempt()).isEqualTo(2);
        assertThat(entry.notBefore()).isEqualTo(due);
        assertThat(entry.earlier()).isEqualTo(earlier);
        assertThat(entry.state()).isEqualTo(State.OPEN);
        items.put(item, entry.started());
        assertThat(journal.get(ITEM)).isEqualTo(mark);
        items.delete(item);
        assertThat(journal.get(ITEM)).isNull();
        assertThat(bytes()).isZero();
    }

    @Test
    void remembersWhatAnInterruptedCallMayHaveCost() {
        arrive(REQUEST, "hello");
        items.put(item, first().started());
        var earlier = new JournalEntry.Earlier(null, null, "an attempt got no answer", true);
        items.put(item, items.get(item).interrupted(earlier).started());

        items = newItems();
        restore();
        JournalEntry entry = readAgain("hello");
        assertThat(entry.earlier()).isEqualTo(earlier);
        assertThat(entry.attempt()).isEqualTo(1);
        assertThat(entry.state()).isEqualTo(State.STARTED);
    }

    @Test
    void keepsTheSpanOfAnAttemptThatIsTraced() {
        Headers headers = new RecordHeaders()
                .add("traceparent", "00-abc".getBytes(UTF_8))
                .add(WireHeaders.ATTEMPT, "00-def".getBytes(UTF_8));
        arrive(REQUEST, "hello");
        items.put(item, Journal.withSpan(first().started(), headers));

        items = newItems();
        restore();
        assertThat(Journal.headers(readAgain("hello")).lastHeader(WireHeaders.ATTEMPT))
                .isNotNull();
    }

    @Test
    void journalsWholeWhatItsTopicMayForget() {
        topics.keeps = false;
        arrive(REQUEST, "hello");
        items.put(item, first());

        assertThat(bytes()).isZero();
        assertWhole("hello");
    }

    /** Of a later version, say, to which the user goes back. */
    @Test
    void keepsAPartOfTheOffsetsThatItCannotReadAndJournalsWholeWhatBelongsThere() {
        arrive(new Origin(InputTopic.REQUESTS, REQUEST.offset() + 1), "hello");
        items.put(item, first());
        Bytes chunk;
        try (var all = progress.all()) {
            chunk = all.next().key;
        }
        byte[] later = {9, 8, 7};
        progress.put(chunk, later);
        items = newItems();
        restore();

        arrive(REQUEST, "a prompt");
        items.put(item, first("a prompt"));
        assertWhole("a prompt");
        assertThat(progress.get(chunk)).isEqualTo(later);
    }

    @Test
    void journalsWholeWhatWaitsForLong() {
        items.arrived(item, request("hello"), RETRY, NOW, encode("hello"), NOW + 10_000, NOW);
        assertThat(item.kept()).isNotNull();
        items.put(item, first());
        items.delete(item);

        items.arrived(item, request("hello"), RETRY, NOW, encode("hello"), NOW + 10_001, NOW);
        items.put(item, first());
        assertThat(bytes()).isZero();
        assertWhole("hello");
    }

    @Test
    void journalsWholeWhatMemoryHasNoRoomForAndWhatIsLarge() {
        room = new HeapRoom(encode("hello").length);
        items = newItems();
        arrive(REQUEST, "hello");
        items.put(item, first());
        assertThat(bytes()).isPositive();

        Item<ResponsesRequest> second = new Item<>(new ItemKey("b", 8), false);
        items.arrived(
                second,
                request("other").toBuilder().index(8).build(),
                new Origin(InputTopic.REQUESTS, 71),
                NOW,
                encode("other"),
                0,
                NOW);
        items.put(second, Journal.first(SUBMITTED, new RecordHeaders(), encode("other")));
        assertThat(journal.get(second.key()).request()).isEqualTo(encode("other"));

        items.delete(item);
        room = new HeapRoom(Long.MAX_VALUE);
        items = newItems();
        arrive(REQUEST, "x".repeat(300_000));
        items.put(item, first("x".repeat(300_000)));
        assertThat(bytes()).isZero();
        assertWhole("x".repeat(300_000));
    }

    @Test
    void givesRoomInMemoryBackWhenAnItemEndsLeavesOrItsTaskDoes() {
        int bytes = encode("hello").length;
        room = new HeapRoom(bytes);
        items = newItems();
        for (Runnable end : List.<Runnable>of(
                () -> items.delete(item),
                () -> items.put(item, Journal.away(2, SUBMITTED, SUBMITTED, null)),
                () -> items.close(List.of(item)))) {
            arrive(REQUEST, "hello");
            items.put(item, first());
            assertThat(room.take(1)).isFalse();
            end.run();
            assertThat(room.take(bytes)).isTrue();
            room.giveBack(bytes);
        }
    }

    @Test
    void journalsWholeInTimeWhatHasBeenOpenForLong() {
        arrive(REQUEST, "hello");
        items.put(item, first().started().withJob(new JournalEntry.Job("resp_1", SUBMITTED, "req_1")));
        items.saveOld(List.of(item), NOW);
        assertThat(journal.get(ITEM).request()).isEmpty();

        topics.keeps = false;
        items.saveOld(List.of(item), NOW);
        assertThat(bytes()).isZero();
        JournalEntry whole =
                newItems().restore(lane, new TakenOffsets(progress)).whole().get(ITEM);
        assertThat(whole.state()).isEqualTo(State.STARTED);
        assertThat(whole.remoteJob().id()).isEqualTo("resp_1");
        assertWhole("hello");
        items.put(item, items.get(item).started());
        assertWhole("hello");
        items.delete(item);
        assertThat(journal.get(ITEM)).isNull();
    }

    @Test
    void journalsWholeAtARestartWhatHasGrownOldMeanwhile() {
        arrive(REQUEST, "hello");
        items.put(item, first());
        topics.keeps = false;
        items = newItems();
        restore();
        readAgain("hello");

        assertThat(bytes()).isZero();
        assertWhole("hello");
    }

    @Test
    void takesOverWhatAVersionBeforeHasJournaled() {
        journal.put(ITEM, first().started());
        journal.put(new ItemKey("b", 8), Journal.away(2, SUBMITTED, SUBMITTED, null));

        Restored restored = restore();
        assertThat(restored.unread()).isEmpty();
        assertThat(restored.whole().get(ITEM).state()).isEqualTo(State.STARTED);
        assertThat(restored.whole()).hasSize(2);
        assertWhole("hello");
    }

    @Test
    void saysOfALostItemWhatIsKnownOfIt() {
        arrive(REQUEST, "hello");
        items.put(item, first().started());
        items = newItems();
        restore();

        assertThat(items.lost(items.unreadAt(REQUEST), NOW).state()).isEqualTo(State.STARTED);
        assertThat(items.hasUnread()).isFalse();
        items.delete(item);
        assertThat(bytes()).isZero();
    }

    private Restored restore() {
        Restored restored = items.restore(lane, new TakenOffsets(progress));
        item = lane.get(ITEM) == null ? item : lane.get(ITEM);
        return restored;
    }

    private void arrive(Origin origin, String prompt) {
        items.arrived(item, request(prompt), origin, NOW, encode(prompt), 0, NOW);
    }

    private JournalEntry readAgain(String prompt) {
        var unread = (Kept.Unread<ResponsesRequest>) item.kept();
        return items.readAgain(unread, request(prompt), first(prompt), NOW, NOW);
    }

    private void assertWhole(String prompt) {
        assertThat(journal.get(ITEM).request()).isEqualTo(encode(prompt));
        assertThat(items.request(item, items.get(item)))
                .extracting(ResponsesRequest::userPrompt)
                .isEqualTo(request(prompt).userPrompt());
    }

    private JournalEntry first() {
        return first("hello");
    }

    private JournalEntry first(String prompt) {
        return Journal.first(SUBMITTED, new RecordHeaders(), encode(prompt));
    }

    private static ResponsesRequest request(String prompt) {
        return ResponsesRequest.builder()
                .batchId(ITEM.batchId())
                .index(ITEM.index())
                .model("gpt-4o-mini")
                .userPrompt(prompt)
                .build();
    }

    private static byte[] encode(String prompt) {
        return Codecs.RESPONSES_REQUEST.encode(request(prompt), WireFormat.JSON);
    }

    /** What the store of offsets has. */
    private long bytes() {
        long bytes = 0;
        try (var all = progress.all()) {
            while (all.hasNext()) {
                bytes += all.next().value.length;
            }
        }
        return bytes;
    }
}
