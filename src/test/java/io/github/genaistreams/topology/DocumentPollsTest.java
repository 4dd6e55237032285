package io.github.genaistreams.topology;

import static io.github.genaistreams.topology.SubmitOnceCase.ITEM;
import static io.github.genaistreams.topology.SubmitOnceCase.PDF;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.provider.RemoteJob;
import io.github.genaistreams.topology.call.OpenOffsets;
import io.github.genaistreams.wire.JournalEntry;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** Jobs of documents are polled until their end, over the death of a worker. */
@ParameterizedClass(name = "requests are kept by their topic: {0}")
@ValueSource(booleans = {true, false})
class DocumentPollsTest {

    @RegisterExtension
    final SubmitOnceCase test = new SubmitOnceCase();

    @Parameter
    boolean keptByTopic;

    @BeforeEach
    void keep() {
        test.topics.keeps = keptByTopic;
    }

    @Test
    void pollsAJobThatThisProcessKnowsAlthoughItsTransactionWasAborted() {
        test.send(true);
        JournalEntry before = test.journal().get(ITEM);
        List<OpenOffsets.Open> open = test.progress().restore();
        test.api
                .calls
                .get(0)
                .accept(new CallOutcome.Accepted(new RemoteJob("/r1", test.now(), Duration.ofSeconds(2), "r1")));
        test.tick();
        test.journal().put(ITEM, before);
        open.forEach(it -> test.progress().put(it.origin(), it.key(), it.isStarted()));
        test.newTask();
        test.tick();

        assertThat(test.journal().get(ITEM).remoteJob().id()).isEqualTo("/r1");
        test.tick();
        assertThat(test.api.polled()).containsExactly("/r1");
        assertThat(test.api.calls).hasSize(1);
    }

    @Test
    void pollsAJobThatWasAcceptedWhileTheTaskHadNoOwner() {
        test.send(true);
        test.processor.close();
        test.api
                .calls
                .get(0)
                .accept(new CallOutcome.Accepted(new RemoteJob("/r1", test.now(), Duration.ofSeconds(2), "r1")));
        test.newTask();
        test.tick();
        test.tick();

        assertThat(test.api.polled()).containsExactly("/r1");
        assertThat(test.api.calls).hasSize(1);
    }

    @Test
    void goesOnPollingWhileNobodyKnowsWhetherThereIsAnAnswer() {
        test.send(true);
        Instant accepted = test.now();
        var job = new RemoteJob("/r1", accepted, Duration.ofSeconds(2), "r1");
        test.api.calls.get(0).accept(new CallOutcome.Accepted(job));
        test.tick();
        test.pass(Duration.ofMinutes(5));

        var busy = new CallError("HTTP 503", "server_error", null, null, true, 503);
        test.api.polls.get(0).accept(new CallOutcome.Accepted(job.after(Duration.ofSeconds(30)), busy));
        test.tick();
        assertThat(test.context.forwarded()).isEmpty();

        test.pass(Duration.ofMinutes(57));
        assertThat(test.api.polls).hasSize(2);
        test.api.polls.get(1).accept(new CallOutcome.Accepted(job.after(Duration.ofSeconds(30)), busy));
        test.tick();

        CallResult result = test.onlyResult();
        assertThat(result.error().code()).isEqualTo("total_wait");
        assertThat(result.error().message()).contains("3720 s", "HTTP 503", "request_id", "billed again");
        assertThat(result.error().httpStatus()).isEqualTo(503);
        assertThat(result.requestId()).isEqualTo("r1");
        assertThat(test.api.calls).as("submissions").hasSize(1);
    }

    @Test
    void givesADocumentUpWhenTheApiStillWorksOnItAfterItsTime() {
        RemoteJob job = test.accepted();
        test.pass(Duration.ofMinutes(1));
        test.stillWorks(job);
        test.pass(Duration.ofSeconds(59));
        test.stillWorks(job);
        assertThat(test.context.forwarded()).isEmpty();
        test.pass(Duration.ofSeconds(1));
        test.stillWorks(job);

        CallResult result = test.onlyResult();
        assertThat(result.error().message())
                .isEqualTo("The API accepted the job and was still at work on it after"
                        + " poll_interval_secs x max_poll_attempts (120 s): allow more. Its request_id is in this result."
                        + " A new submission is billed again");
        assertThat(result.requestId()).isEqualTo("r1");
        assertThat(result.costUnknownReason()).isNotNull();
        assertThat(test.api.calls).as("submissions").hasSize(1);
    }

    @Test
    void doesNotCountTheTimeWithoutPollsAgainstADocument() {
        RemoteJob job = test.accepted();
        test.newWorker();
        test.pass(Duration.ofMinutes(30));
        test.stillWorks(job);
        assertThat(test.context.forwarded()).as("its worker was away").isEmpty();

        test.pass(Duration.ofMinutes(2));
        test.stillWorks(job);
        assertThat(test.onlyResult().error().code()).isEqualTo("total_wait");
    }

    @Test
    void doesNotGiveADocumentUpForTheTimeInWhichQuestionsHadNoAnswer() {
        RemoteJob job = test.accepted();
        test.pass(Duration.ofSeconds(10));
        var busy = new CallError("HTTP 503", "server_error", null, null, true, 503);
        test.api.polls.get(0).accept(new CallOutcome.Accepted(job.after(Duration.ofSeconds(30)), busy));
        test.tick();
        test.pass(Duration.ofMinutes(5));
        test.stillWorks(job);
        assertThat(test.context.forwarded()).isEmpty();
        test.pass(Duration.ofSeconds(100));
        test.stillWorks(job);
        assertThat(test.context.forwarded()).isEmpty();
        test.pass(Duration.ofSeconds(30));
        test.stillWorks(job);

        assertThat(test.onlyResult().error().code()).isEqualTo("total_wait");
    }

    @Test
    void keepsNoDocumentInMemoryForItsPollsAndSendsItAgainWhenItsJobIsLost() {
        RemoteJob job = test.accepted();
        test.pass(Duration.ofSeconds(2));
        assertThat(test.api.polls)
                .extracting(poll -> poll.request())
                .allSatisfy(request -> assertThat(request.document()).isNull());
        var lost = new CallError("HTTP 404", "job_lost", "job_lost", null, true, 404);
        test.api.polls.get(0).accept(new CallOutcome.Retry(lost, Duration.ZERO, job.requestId(), null, true));
        test.tick();

        assertThat(test.retried().document().bytes()).isEqualTo(PDF);
    }
}
