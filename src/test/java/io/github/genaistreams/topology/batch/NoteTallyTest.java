package io.github.genaistreams.topology.batch;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.model.BatchNote;
import io.github.genaistreams.model.Waiting;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class NoteTallyTest {

    private final NoteTally notes = new NoteTally();

    @Test
    void keepsTheReasonOfTheFirstDeadLetterAndCountsReplaysDown() {
        notes.take(BatchNote.deadLetter("b", "responses", null, "first"), 10);
        notes.take(BatchNote.deadLetter("b", "responses", null, "second"), 20);
        notes.take(BatchNote.of("b", "responses", BatchNote.Kind.REPLAYED), 30);

        assertThat(notes.deadLetters).isEqualTo(1);
        assertThat(notes.deadLetterReason).isEqualTo("first");
        assertThat(notes.firstAt).isEqualTo(10);
        assertThat(notes.heardAt).isEqualTo(30);
    }

    @Test
    void tellsSinceWhenTheFirstOfTwoPartsWaits() {
        notes.take(waiting("outage", 1_000), 5_000);
        notes.take(waiting("outage", 3_000), 6_000);

        assertThat(notes.waiting.since()).isEqualTo(Instant.ofEpochMilli(1_000));
    }

    @Test
    void doesNotTellOfAPartThatWaitsWhileOthersHaveSuccesses() {
        notes.take(CountedBatch.result(0, 5, null));

        notes.take(waiting("outage", 1_000), 5_000);
        assertThat(notes.waiting).isNull();

        notes.take(waiting("outage", 1_000), 120_000);
        assertThat(notes.waiting).isNotNull();

        notes.take(CountedBatch.result(1, 5, "server_error"));
        assertThat(notes.waiting).as("after a failure").isNotNull();
        notes.take(CountedBatch.result(2, 5, null));
        assertThat(notes.waiting).as("after a success").isNull();
    }

    private static BatchNote waiting(String reason, long since) {
        return BatchNote.waiting("b", "responses", null, new Waiting(reason, Instant.ofEpochMilli(since), null, null));
    }
}
