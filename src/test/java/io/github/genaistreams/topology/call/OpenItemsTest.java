package io.github.genaistreams.topology.call;

import static io.github.genaistreams.topology.call.OpenItemCase.ITEM;
import static io.github.genaistreams.topology.call.OpenItemCase.NOW;
import static io.github.genaistreams.topology.call.OpenItemCase.REQUEST;
import static io.github.genaistreams.topology.call.OpenItemCase.RETRY;
import static io.github.genaistreams.topology.call.OpenItemCase.SUBMITTED;
import static io.github.genaistreams.topology.call.OpenItemCase.encode;
import static io.github.genaistreams.topology.call.OpenItemCase.first;
import static io.github.genaistreams.topology.call.OpenItemCase.request;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.wire.JournalEntry;
import io.github.genaistreams.wire.JournalEntry.State;
import java.util.List;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.utils.Bytes;
import org.junit.jupiter.api.Test;

/** What is written of an open item. */
class OpenItemsTest {

    private final OpenItemCase test = new OpenItemCase();

    @Test
    void writesNothingOfARequestButItsOffset() {
        test.arrive(REQUEST, "a prompt".repeat(1_000));
        test.items.put(test.item, first());

        assertThat(test.journal.get(ITEM)).isNull();
        assertThat(test.bytes()).isLessThan(20);
        assertThat(test.items.request(test.item, test.items.get(test.item)))
                .extracting(ResponsesRequest::userPrompt)
                .isEqualTo(request("a prompt".repeat(1_000)).userPrompt());

        test.items.delete(test.item);
        assertThat(test.bytes()).isZero();
        assertThat(test.items.find(test.item)).isNull();
    }

    @Test
    void journalsWholeWhatItsTopicMayForget() {
        test.topics.keeps = false;
        test.arrive(REQUEST, "hello");
        test.items.put(test.item, first());

        assertThat(test.bytes()).isZero();
        test.assertWhole("hello");
    }

    /** Of a later version, say, to which the user goes back. */
    @Test
    void keepsAPartOfTheOffsetsThatItCannotReadAndJournalsWholeWhatBelongsThere() {
        test.arrive(new Origin(InputTopic.REQUESTS, REQUEST.offset() + 1), "hello");
        test.items.put(test.item, first());
        Bytes chunk;
        try (var all = test.progress.all()) {
            chunk = all.next().key;
        }
        byte[] later = {9, 8, 7};
        test.progress.put(chunk, later);
        test.reopen();
        test.restore();

        test.arrive(REQUEST, "a prompt");
        test.items.put(test.item, first("a prompt"));
        test.assertWhole("a prompt");
        assertThat(test.progress.get(chunk)).isEqualTo(later);
    }

    @Test
    void journalsWholeWhatWaitsForLong() {
        test.items.arrived(test.item, request("hello"), RETRY, NOW, encode("hello"), NOW + 10_000, NOW);
        assertThat(test.item.kept()).isNotNull();
        test.items.put(test.item, first());
        test.items.delete(test.item);

        test.items.arrived(test.item, request("hello"), RETRY, NOW, encode("hello"), NOW + 10_001, NOW);
        test.items.put(test.item, first());
        assertThat(test.bytes()).isZero();
        test.assertWhole("hello");
    }

    @Test
    void journalsWholeWhatMemoryHasNoRoomForAndWhatIsLarge() {
        test.room = new HeapRoom(encode("hello").length);
        test.reopen();
        test.arrive(REQUEST, "hello");
        test.items.put(test.item, first());
        assertThat(test.bytes()).isPositive();

        Item<ResponsesRequest> second = new Item<>(new ItemKey("b", 8), false);
        test.items.arrived(
                second,
                request("other").toBuilder().index(8).build(),
                new Origin(InputTopic.REQUESTS, 71),
                NOW,
                encode("other"),
                0,
                NOW);
        test.items.put(second, Journal.first(SUBMITTED, new RecordHeaders(), encode("other")));
        assertThat(test.journal.get(second.key()).request()).isEqualTo(encode("other"));

        test.items.delete(test.item);
        test.room = new HeapRoom(Long.MAX_VALUE);
        test.reopen();
        test.arrive(REQUEST, "x".repeat(300_000));
        test.items.put(test.item, first("x".repeat(300_000)));
        assertThat(test.bytes()).isZero();
        test.assertWhole("x".repeat(300_000));
    }

    @Test
    void givesRoomInMemoryBackWhenAnItemEndsLeavesOrItsTaskDoes() {
        int bytes = encode("hello").length;
        test.room = new HeapRoom(bytes);
        test.reopen();
        for (Runnable end : List.<Runnable>of(
                () -> test.items.delete(test.item),
                () -> test.items.put(test.item, Journal.away(2, SUBMITTED, SUBMITTED, null)),
                () -> test.items.close(List.of(test.item)))) {
            test.arrive(REQUEST, "hello");
            test.items.put(test.item, first());
            assertThat(test.room.take(1)).isFalse();
            end.run();
            assertThat(test.room.take(bytes)).isTrue();
            test.room.giveBack(bytes);
        }
    }

    @Test
    void journalsWholeInTimeWhatHasBeenOpenForLong() {
        test.arrive(REQUEST, "hello");
        test.items.put(test.item, first().started().withJob(new JournalEntry.Job("resp_1", SUBMITTED, "req_1")));
        test.items.saveOld(List.of(test.item), NOW);
        assertThat(test.journal.get(ITEM).request()).isEmpty();

        test.topics.keeps = false;
        test.items.saveOld(List.of(test.item), NOW);
        assertThat(test.bytes()).isZero();
        JournalEntry whole = test.newItems()
                .restore(test.lane, new TakenOffsets(test.progress))
                .whole()
                .get(ITEM);
        assertThat(whole.state()).isEqualTo(State.STARTED);
        assertThat(whole.remoteJob().id()).isEqualTo("resp_1");
        test.assertWhole("hello");
        test.items.put(test.item, test.items.get(test.item).started());
        test.assertWhole("hello");
        test.items.delete(test.item);
        assertThat(test.journal.get(ITEM)).isNull();
    }
}
