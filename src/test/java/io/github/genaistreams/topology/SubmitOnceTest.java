package io.github.genaistreams.topology;

import static io.github.genaistreams.topology.SubmitOnceCase.ITEM;
import static io.github.genaistreams.topology.SubmitOnceCase.PARTITION;
import static io.github.genaistreams.topology.SubmitOnceCase.RECORD_MAX_BYTES;
import static io.github.genaistreams.topology.SubmitOnceCase.REQUESTS;
import static io.github.genaistreams.topology.SubmitOnceCase.document;
import static io.github.genaistreams.topology.SubmitOnceCase.refused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.DocumentRequest;
import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.provider.RemoteJob;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.JournalEntry;
import io.github.genaistreams.wire.WireFormat;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** Documents that must not be submitted twice, over the death of a worker: a processor is made anew on the same stores. */
@ParameterizedClass(name = "requests are kept by their topic: {0}")
@ValueSource(booleans = {true, false})
class SubmitOnceTest {

    @RegisterExtension
    final SubmitOnceCase test = new SubmitOnceCase();

    @Parameter
    boolean keptByTopic;

    @BeforeEach
    void keep() {
        test.topics.keeps = keptByTopic;
    }

    @Test
    void submitsOnlyAfterTheJournalIsCommitted() {
        test.send(false);
        test.tick();
        assertThat(test.api.calls).isEmpty();
        assertThat(test.context.committed()).isTrue();
        assertThat(test.isStarted()).isTrue();

        test.tick();
        assertThat(test.api.calls).hasSize(1);
    }

    @Test
    void leavesToTheNextOwnerWhatIsOnlyAboutToBeSubmitted() {
        test.send(false);
        assertThat(test.lanes.stopStarting(PARTITION)).isEqualTo(1);
        test.tick();
        assertThat(test.lanes.inFlight()).isZero();
        assertThat(test.isStarted()).isFalse();
        test.lanes.gone(PARTITION);
        test.newWorker();
        test.tick();
        test.tick();

        assertThat(test.api.calls).hasSize(1);
        assertThat(test.context.forwarded()).isEmpty();
    }

    @Test
    void submitsAfterAllWhatWasNotGivenAway() {
        test.send(false);
        test.lanes.stopStarting(PARTITION);
        test.tick();
        test.lanes.startAgain(PARTITION);
        test.tick();
        assertThat(test.api.calls).isEmpty();
        assertThat(test.isStarted()).isTrue();
        test.tick();

        assertThat(test.api.calls).hasSize(1);
    }

    @Test
    void failsADocumentWhoseWorkerDiedWhileItWasSubmitted() {
        test.send(false);
        test.tick();
        test.tick();
        test.newWorker();
        test.tick();

        CallResult result = test.onlyResult();
        assertThat(result.error().code()).isEqualTo("unknown_outcome");
        assertThat(result.error().message()).contains("bill", "resubmit_on_unknown");
        assertThat(result.attempts()).isEqualTo(1);
        assertThat(test.api.calls).hasSize(1);
        assertThat(test.journal().get(ITEM)).isNull();
        assertThat(test.progress().restore()).isEmpty();
    }

    @Test
    void pollsTheJobOfSuchADocumentOnceItIsKnown() {
        test.send(false);
        test.tick();
        test.tick();
        test.api
                .calls
                .get(0)
                .accept(new CallOutcome.Accepted(new RemoteJob("/r1", test.now(), Duration.ofSeconds(2), "r1")));
        test.tick();
        test.newWorker();
        test.tick();

        assertThat(test.api.polls).singleElement().satisfies(poll -> {
            RemoteJob job = poll.job().orElseThrow();
            assertThat(job.id()).isEqualTo("/r1");
            assertThat(job.requestId()).isEqualTo("r1");
        });
        assertThat(test.api.calls).hasSize(1);
        assertThat(test.context.forwarded()).isEmpty();
    }

    @Test
    void submitsAgainAfterAnAttemptThatHasCertainlyFailed() {
        test.send(false);
        test.tick();
        test.tick();
        var busy = new CallError("too many", "rate_limit_error", null, null, true, 429);
        test.api.calls.get(0).accept(new CallOutcome.Retry(busy, Duration.ZERO, null));
        test.tick();

        assertThat(test.journal().get(ITEM).state()).isEqualTo(JournalEntry.State.RETRYING);
    }

    @Test
    void submitsAtOnceAndAgainWhereThatIsAllowedAndSaysThatItMayBePaidTwice() {
        test.send(true);
        assertThat(test.api.calls).hasSize(1);
        test.newWorker();
        test.tick();
        assertThat(test.api.calls).hasSize(2);

        test.api.calls.get(1).accept(refused());
        test.tick();
        CallResult result = test.onlyResult();
        assertThat(result.possibleDuplicate()).isTrue();
        assertThat(result.cost()).isNull();
        assertThat(result.costUnknownReason()).contains("no answer");
        assertThat(result.attempts()).isEqualTo(1);
    }

    @Test
    void saysNothingOfTheKindWhenItWasNotUnderWayAtTheDeathOfItsWorker() {
        test.send(true);
        test.send(true, 1);
        test.send(true, 2);
        assertThat(test.api.calls).as("as many as there are slots").hasSize(2);
        test.newWorker();
        test.tick();
        test.api.calls.subList(2, 4).forEach(call -> call.accept(refused()));
        test.tick();
        test.api.calls.get(4).accept(refused());
        test.tick();

        assertThat(test.results())
                .extracting(result -> result.key().index(), CallResult::possibleDuplicate)
                .containsExactlyInAnyOrder(tuple(0, true), tuple(1, true), tuple(2, null));
    }

    @Test
    void submitsADocumentAgainThatIsTooLargeForARecordInJson() {
        byte[] large = new byte[RECORD_MAX_BYTES - 50_000];
        DocumentRequest request =
                DocumentRequest.builder().batchId("b").document(large).build();
        test.take(Codecs.DOCUMENT_REQUEST.encode(request, WireFormat.AVRO));
        var busy = new CallError("too many", "rate_limit_error", null, null, true, 429);
        test.api.calls.get(0).accept(new CallOutcome.Retry(busy, Duration.ZERO, null));
        test.tick();

        assertThat(test.retried().document().bytes()).hasSameSizeAs(large);
    }

    @Test
    void doesNotCallADocumentPaidTwiceThatWaitedForPagesInFlight() {
        RemoteJob job = test.accepted();
        test.pass(Duration.ofSeconds(2));
        var full = new CallError("Page rate limit exceeded", "rate_limit_error", "page_limit", null, true, 200);
        test.api.polls.get(0).accept(new CallOutcome.Retry(full, Duration.ZERO, job.requestId()));
        test.tick();

        assertThat(test.journal().get(ITEM).earlier()).isNull();
    }

    @Test
    void endsADocumentWhoseRecordIsGoneWithAResultThatSaysSo() {
        assumeTrue(keptByTopic);
        test.send(true, 0);
        test.send(true, 1);
        test.send(true, 2);
        test.topics.delete(REQUESTS, 0);
        test.topics.delete(REQUESTS, 2);
        test.newWorker();
        test.tick();

        assertThat(test.results()).hasSize(2).allSatisfy(result -> {
            assertThat(result.error().code()).isEqualTo("request_gone");
            assertThat(result.error().message()).contains("offset", "request topic", "submit it again");
            assertThat(result.attempts()).isZero();
        });
        // That of index 0 was under way, that of index 2 waited for a slot.
        assertThat(test.results())
                .extracting(result -> result.key().index(), CallResult::possibleDuplicate)
                .containsExactly(tuple(0, true), tuple(2, null));
        assertThat(test.api.calls).hasSize(3);
        test.api.calls.get(2).accept(refused());
        test.tick();
        assertThat(test.results()).hasSize(3);
        assertThat(test.progress().restore()).isEmpty();
    }

    @Test
    void dropsARepeatOfADocumentThatIsStillToBeReadAgain() {
        assumeTrue(keptByTopic);
        test.send(true);
        test.newWorker();
        test.send(true);
        test.tick();

        assertThat(test.api.calls).hasSize(2);
        test.api.calls.get(1).accept(refused());
        test.tick();
        assertThat(test.context.forwarded()).hasSize(2);
    }

    @Test
    void takesNoOtherDocumentForOneWhoseRecordWasReplaced() {
        assumeTrue(keptByTopic);
        test.send(true, 0);
        test.topics.replace(REQUESTS, 0, Codecs.DOCUMENT_REQUEST.encode(document(true, 1), WireFormat.JSON));
        test.newWorker();
        test.tick();

        assertThat(test.onlyResult().key()).isEqualTo(ITEM);
        assertThat(test.onlyResult().error().code()).isEqualTo("request_gone");
        assertThat(test.api.calls).hasSize(1);
    }

    @Test
    void countsNoCostForWhatWasRefusedOrNotEvenSent() {
        test.send(true);
        var missing = new CallError("not there", "invalid_request", "document_missing", "document_ref", false, null);
        test.api.calls.get(0).accept(new CallOutcome.Failed(missing, null, null));
        test.tick();

        assertThat(test.onlyResult().cost()).isZero();
        assertThat(test.onlyResult().costUnknownReason()).isNull();
        assertThat(test.onlyResult().possibleDuplicate()).isNull();
    }
}
