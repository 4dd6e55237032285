package io.github.genaistreams.topology.batch;

import static io.github.genaistreams.topology.batch.AssemblerCase.INTERVAL;
import static io.github.genaistreams.topology.batch.AssemblerCase.START;
import static io.github.genaistreams.topology.batch.AssemblerCase.drain;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.model.BatchNote;
import io.github.genaistreams.model.BatchStatus;
import io.github.genaistreams.model.BatchStatus.State;
import io.github.genaistreams.model.Waiting;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What workers note of a batch beside its results: dead letters and repeats. */
class BatchNotesTest {

    @TempDir
    Path stateDir;

    private AssemblerCase test;

    @BeforeEach
    void start() {
        test = new AssemblerCase(stateDir);
    }

    @AfterEach
    void close() {
        test.close();
    }

    @Test
    void saysAtOnceThatARecordOfABatchIsADeadLetterAlsoIfNothingElseIsKnownOfIt() {
        test.note(BatchNote.deadLetter("b", "responses", null, "`index` is missing"));

        BatchStatus first = test.status();
        assertThat(first.state()).isEqualTo(State.RUNNING);
        assertThat(first.deadLetters()).isEqualTo(1);
        assertThat(first.deadLetterReason()).isEqualTo("`index` is missing");
        assertThat(first.incomplete()).isFalse();
        assertThat(first.submittedAt()).isEqualTo(START);

        test.driver.advanceWallClockTime(BatchRounds.SILENCE);
        assertThat(test.status().incomplete()).isTrue();
        test.driver.advanceWallClockTime(INTERVAL);
        assertThat(test.statuses.isEmpty()).isTrue();
    }

    @Test
    void saysWhyABatchWaitsUntilItGoesOnOrHasAnAnswer() {
        var waiting = new Waiting("outage", START, START.plusSeconds(5), "the connection was refused");
        test.note(BatchNote.waiting("b", "responses", null, waiting));
        test.driver.advanceWallClockTime(INTERVAL);
        assertThat(test.status().waiting()).isEqualTo(waiting);
        test.note(BatchNote.goesOn("b", "responses"));
        test.driver.advanceWallClockTime(INTERVAL);
        assertThat(test.status().waiting()).isNull();

        test.note(BatchNote.waiting("b", "responses", null, waiting));
        test.driver.advanceWallClockTime(INTERVAL);
        assertThat(test.status().waiting()).isEqualTo(waiting);
        test.send(0, 3);
        assertThat(test.status().waiting()).as("it has an answer").isNull();
    }

    /** Such as that of a worker whose key file is wrong: it repeats its note while another worker goes on. */
    @Test
    void doesNotReportABatchAsWaitingWhileAnotherPartOfItMakesProgress() {
        var part = new Waiting("key_refused", START, null, "words");
        test.note(BatchNote.waiting("b", "responses", null, part));
        test.send(0, 9);
        assertThat(test.status().waiting()).isNull();

        test.note(BatchNote.waiting("b", "responses", null, part));
        test.driver.advanceWallClockTime(INTERVAL);
        assertThat(drain(test.statuses)).noneMatch(status -> status.waiting() != null);

        test.driver.advanceWallClockTime(Duration.ofMinutes(2));
        test.note(BatchNote.waiting("b", "responses", null, part));
        test.driver.advanceWallClockTime(INTERVAL);
        assertThat(test.status().waiting()).as("nothing has gone on since").isEqualTo(part);
    }

    @Test
    void saysOfAllPartsThatWaitSinceWhenTheFirstOneDoes() {
        var first = new Waiting("outage", START, START.plusSeconds(5), "words");
        var second = new Waiting("outage", START.plusSeconds(2), START.plusSeconds(9), "other words");
        test.note(BatchNote.waiting("b", "responses", null, first));
        test.note(BatchNote.waiting("b", "responses", null, second));
        test.driver.advanceWallClockTime(INTERVAL);

        assertThat(test.status().waiting())
                .isEqualTo(new Waiting("outage", START, START.plusSeconds(9), "other words"));
    }

    @Test
    void doesNotSayThatNothingMoreComesWhileOtherItemsMayBeInTheirFirstCalls() {
        test.note(BatchNote.deadLetter("b", "responses", 2, "`index` is missing"));
        test.driver.advanceWallClockTime(BatchRounds.SILENCE.multipliedBy(20));
        test.driver.advanceWallClockTime(INTERVAL);
        assertThat(drain(test.statuses)).isNotEmpty().noneMatch(BatchStatus::incomplete);

        test.send(0, 2);
        test.driver.advanceWallClockTime(BatchRounds.SILENCE);
        test.driver.advanceWallClockTime(INTERVAL);
        List<BatchStatus> all = drain(test.statuses);
        assertThat(all.get(all.size() - 1).incomplete()).isTrue();
    }

    @Test
    void staysIncompleteWhenTheDeadLettersMakeUpForWhatIsMissing() {
        test.send(0, 3);
        test.note(BatchNote.deadLetter("b", "responses", 3, "`index` is missing"));
        test.driver.advanceWallClockTime(BatchRounds.SILENCE);
        test.driver.advanceWallClockTime(INTERVAL);
        assertThat(drain(test.statuses)).as("one may still come").noneMatch(BatchStatus::incomplete);

        test.send(1, 3);
        drain(test.statuses);
        test.driver.advanceWallClockTime(INTERVAL);
        assertThat(drain(test.statuses)).as("not silent for long").noneMatch(BatchStatus::incomplete);
        test.driver.advanceWallClockTime(BatchRounds.SILENCE);
        BatchStatus last = test.status();
        assertThat(last.incomplete()).isTrue();
        assertThat(last.state()).isEqualTo(State.RUNNING);

        test.send(2, 3);
        assertThat(test.status().state()).as("sent again").isEqualTo(State.COMPLETED);
    }

    @Test
    void countsADeadLetterNoMoreThatWasReplayed() {
        test.note(BatchNote.deadLetter("b", "responses", 3, "`index` is missing"));
        test.note(BatchNote.of("b", "responses", BatchNote.Kind.REPLAYED));
        drain(test.statuses);
        test.driver.advanceWallClockTime(BatchRounds.SILENCE);

        BatchStatus status = test.status();
        assertThat(status.deadLetters()).isZero();
        assertThat(status.incomplete()).isFalse();
    }

    @Test
    void countsRepeatsWithoutTakingThemForNewsOfTheBatch() {
        test.send(0, 2);
        drain(test.statuses);
        for (int i = 0; i < 3; i++) {
            test.note(BatchNote.of("b", "responses", BatchNote.Kind.REPEAT));
        }
        test.driver.advanceWallClockTime(INTERVAL);

        BatchStatus status = test.status();
        assertThat(status.repeats()).isEqualTo(3);
        assertThat(status.duplicates()).isZero();
        assertThat(status.received()).isEqualTo(1);
    }

    @Test
    void passesOverNotesThatNoWorkerWrites() {
        test.notes.pipeInput("b".getBytes(UTF_8), "garbage".getBytes(UTF_8));
        test.notes.pipeInput(new TestRecord<>("b".getBytes(UTF_8), null));
        test.notes.pipeInput("b".getBytes(UTF_8), "{\"batch_id\":\"b\",\"api\":null,\"kind\":null}".getBytes(UTF_8));

        test.send(0, 1);
        assertThat(test.status().state()).isEqualTo(State.COMPLETED);
    }
}
