package io.github.genaistreams.topology.call;

import static io.github.genaistreams.topology.call.OpenItemCase.ITEM;
import static io.github.genaistreams.topology.call.OpenItemCase.NOW;
import static io.github.genaistreams.topology.call.OpenItemCase.REQUEST;
import static io.github.genaistreams.topology.call.OpenItemCase.RETRY;
import static io.github.genaistreams.topology.call.OpenItemCase.SUBMITTED;
import static io.github.genaistreams.topology.call.OpenItemCase.encode;
import static io.github.genaistreams.topology.call.OpenItemCase.first;
import static io.github.genaistreams.topology.call.OpenItemCase.request;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.flow.Arrival;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.wire.JournalEntry;
import io.github.genaistreams.wire.JournalEntry.State;
import io.github.genaistreams.wire.WireHeaders;
import java.time.Instant;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;

/** What a worker makes of an open item of which it knows only what is written, and where its record is. */
class RestoredItemsTest {

    private final OpenItemCase test = new OpenItemCase();

    @Test
    void knowsAfterARestartWhichRecordToReadAgainAndWhetherACallWasStarted() {
        test.arrive(REQUEST, "hello");
        test.items.put(test.item, first().started());
        test.reopen();
        Restored restored = test.restore();
        assertThat(restored.whole()).isEmpty();
        assertThat(restored.unread()).containsExactly(REQUEST);
        assertThat(test.items.unreadAt(REQUEST).item()).isSameAs(test.lane.get(ITEM));
        assertThat(test.items.hasUnread()).isTrue();

        JournalEntry entry = test.readAgain("hello");
        assertThat(entry.state()).isEqualTo(State.STARTED);
        assertThat(entry.attempt()).isEqualTo(1);
        assertThat(entry.submittedAt()).isEqualTo(SUBMITTED);
        assertThat(test.items.hasUnread()).isFalse();
        assertThat(test.items.request(test.item, test.items.get(test.item)))
                .extracting(ResponsesRequest::userPrompt)
                .isEqualTo(request("hello").userPrompt());
        test.items.delete(test.item);
        assertThat(test.bytes()).isZero();
    }

    @Test
    void countsAfterARestartWhatCameEarlyAgainstItsOwnBound() {
        test.arrive(REQUEST, "hello");
        test.items.put(test.item, first().started());
        new TakenOffsets(test.progress).put(REQUEST.offset(), ITEM);
        test.reopen();
        test.restore();
        assertThat(test.lane.get(ITEM).arrival()).isEqualTo(Arrival.EARLY);
    }

    @Test
    void notesTheJobThatTheApiWorksOnAndNothingElse() {
        test.arrive(REQUEST, "hello");
        test.items.put(test.item, first().started());
        test.items.put(test.item, test.items.get(test.item).withJob(new JournalEntry.Job("resp_1", SUBMITTED, null)));
        assertThat(test.journal.get(ITEM).request()).isEmpty();

        test.reopen();
        test.restore();
        assertThat(test.readAgain("hello").remoteJob().id()).isEqualTo("resp_1");
        test.items.delete(test.item);
        assertThat(test.journal.get(ITEM)).isNull();
        assertThat(test.bytes()).isZero();
    }

    @Test
    void followsAnItemThroughTheRetryTopicWithoutWritingItsNoteTwice() {
        test.arrive(REQUEST, "hello");
        test.items.put(test.item, first().started());
        var earlier = new JournalEntry.Earlier(null, null, "an attempt got no answer", true);
        Instant due = Instant.ofEpochMilli(NOW + 5_000);
        test.items.put(test.item, Journal.away(2, due, SUBMITTED, earlier));
        assertThat(test.bytes()).isZero();
        assertThat(test.newItems()
                        .restore(test.lane, new TakenOffsets(test.progress))
                        .whole()
                        .get(ITEM)
                        .state())
                .isEqualTo(State.RETRYING);

        JournalEntry mark = test.items.get(test.item);
        test.items.arrived(test.item, request("hello"), RETRY, NOW, encode("hello"), 0, NOW);
        test.items.put(
                test.item, Journal.again(2, due, SUBMITTED, null, new RecordHeaders(), encode("hello"), earlier));
        assertThat(test.journal.get(ITEM)).isEqualTo(mark);

        test.reopen();
        assertThat(test.restore().unread()).containsExactly(RETRY);
        JournalEntry entry = test.readAgain("hello");
        assertThat(entry.attempt()).isEqualTo(2);
        assertThat(entry.notBefore()).isEqualTo(due);
        assertThat(entry.earlier()).isEqualTo(earlier);
        assertThat(entry.state()).isEqualTo(State.OPEN);
        test.items.put(test.item, entry.started());
        assertThat(test.journal.get(ITEM)).isEqualTo(mark);
        test.items.delete(test.item);
        assertThat(test.journal.get(ITEM)).isNull();
        assertThat(test.bytes()).isZero();
    }

    @Test
    void remembersWhatAnInterruptedCallMayHaveCost() {
        test.arrive(REQUEST, "hello");
        test.items.put(test.item, first().started());
        var earlier = new JournalEntry.Earlier(null, null, "an attempt got no answer", true);
        test.items.put(test.item, test.items.get(test.item).interrupted(earlier).started());

        test.reopen();
        test.restore();
        JournalEntry entry = test.readAgain("hello");
        assertThat(entry.earlier()).isEqualTo(earlier);
        assertThat(entry.attempt()).isEqualTo(1);
        assertThat(entry.state()).isEqualTo(State.STARTED);
    }

    @Test
    void keepsTheSpanOfAnAttemptThatIsTraced() {
        Headers headers = new RecordHeaders()
                .add("traceparent", "00-abc".getBytes(UTF_8))
                .add(WireHeaders.ATTEMPT, "00-def".getBytes(UTF_8));
        test.arrive(REQUEST, "hello");
        test.items.put(test.item, Journal.withSpan(first().started(), headers));

        test.reopen();
        test.restore();
        assertThat(Journal.headers(test.readAgain("hello")).lastHeader(WireHeaders.ATTEMPT))
                .isNotNull();
    }

    @Test
    void journalsWholeAtARestartWhatHasGrownOldMeanwhile() {
        test.arrive(REQUEST, "hello");
        test.items.put(test.item, first());
        test.topics.keeps = false;
        test.reopen();
        test.restore();
        test.readAgain("hello");

        assertThat(test.bytes()).isZero();
        test.assertWhole("hello");
    }

    @Test
    void takesOverWhatAVersionBeforeHasJournaled() {
        test.journal.put(ITEM, first().started());
        test.journal.put(new ItemKey("b", 8), Journal.away(2, SUBMITTED, SUBMITTED, null));

        Restored restored = test.restore();
        assertThat(restored.unread()).isEmpty();
        assertThat(restored.whole().get(ITEM).state()).isEqualTo(State.STARTED);
        assertThat(restored.whole()).hasSize(2);
        test.assertWhole("hello");
    }

    @Test
    void saysOfALostItemWhatIsKnownOfIt() {
        test.arrive(REQUEST, "hello");
        test.items.put(test.item, first().started());
        test.reopen();
        test.restore();

        assertThat(test.items.lost(test.items.unreadAt(REQUEST), NOW).state()).isEqualTo(State.STARTED);
        assertThat(test.items.hasUnread()).isFalse();
        test.items.delete(test.item);
        assertThat(test.bytes()).isZero();
    }
}
