package io.github.genaistreams.topology.call;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.model.Cost;
import io.github.genaistreams.wire.JournalEntry;
import io.github.genaistreams.wire.WireHeaders;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;

/** What the journal has to say of an item whose request its topic keeps. */
class NotesTest {

    private static final Instant SUBMITTED = Instant.ofEpochMilli(5_000);
    private static final byte[] REQUEST = {1, 2, 3};
    private static final JournalEntry FRESH = entry(1, List.of(), null, null);

    @Test
    void saysNothingOfWhatTheRecordSaysItself() {
        assertThat(Notes.of(FRESH)).isNull();
        assertThat(Notes.merge(FRESH, null, false)).isEqualTo(FRESH);
        assertThat(Notes.merge(FRESH, null, true).state()).isEqualTo(JournalEntry.State.STARTED);
    }

    @Test
    void bringsBackTheJobTheCostAndTheSpanWithoutNotingTheRequest() {
        var job = new JournalEntry.Job("job-1", SUBMITTED, null);
        var earlier = JournalEntry.Earlier.of(null, Cost.ofUsd(BigDecimal.ONE), true);
        var span = new JournalEntry.Header(WireHeaders.ATTEMPT, new byte[] {7});

        for (JournalEntry entry : List.of(
                entry(1, List.of(), job, null),
                entry(2, List.of(), null, earlier),
                entry(1, List.of(span), job, earlier))) {
            JournalEntry note = Notes.of(entry);

            assertThat(note.request()).isEmpty();
            JournalEntry back = Notes.merge(FRESH, note, false);
            assertThat(back).isEqualTo(entry);
        }
    }

    /** In a hold, the first attempt does not count and is made again later. */
    @Test
    void bringsBackTheDelayOfAFirstAttemptThatIsMadeAgain() {
        Instant later = Instant.ofEpochMilli(9_000_000);
        JournalEntry spared = Journal.again(1, later, SUBMITTED, null, new RecordHeaders(), REQUEST, null);

        JournalEntry back = Notes.merge(FRESH, Notes.of(spared), false);

        assertThat(back.attempt()).isEqualTo(1);
        assertThat(back.notBefore()).isEqualTo(later);
    }

    private static JournalEntry entry(
            int attempt, List<JournalEntry.Header> headers, JournalEntry.Job job, JournalEntry.Earlier earlier) {
        return new JournalEntry(
                JournalEntry.State.OPEN, attempt, Instant.EPOCH, SUBMITTED, null, headers, REQUEST, job, earlier);
    }
}
