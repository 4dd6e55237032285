package io.github.genaistreams.provider.openai;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.provider.CallOutcome.Accepted;
import io.github.genaistreams.provider.CallOutcome.Failed;
import io.github.genaistreams.provider.CallOutcome.Retry;
import io.github.genaistreams.provider.CallOutcome.Succeeded;
import io.github.genaistreams.provider.DeltaListener;
import io.github.genaistreams.provider.RemoteJob;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Submit, poll and cancel over loopback. */
@Timeout(60)
class OpenAiClientBackgroundTest {

    private static final RemoteJob JOB = new RemoteJob("resp_1", Instant.EPOCH, Duration.ofSeconds(4));

    private final ClientCase test = new ClientCase();
    private final BlockingQueue<RawServer.Request> seen = new LinkedBlockingQueue<>();

    @AfterEach
    void close() throws Exception {
        test.close();
    }

    @Test
    void submitsAndSaysWhichJobIsToBePolled() throws Exception {
        Instant before = Instant.now();
        var client = answering(ok("{'id':'resp_1','status':'queued','background':true,'output':[]}", ""));

        var job = accepted(call(client, background()));

        assertThat(job.id()).isEqualTo("resp_1");
        assertThat(job.pollAfter()).hasSeconds(2);
        assertThat(job.acceptedAt()).isBetween(before, Instant.now());
        var sent = seen.take();
        assertThat(sent.head()).startsWith("POST /v1/responses HTTP/1.1\r\n");
        assertThat(sent.body()).contains("\"background\":true");
    }

    /** The ID that comes first in a stream would be lost with the process; the one of a submission is journaled at once. */
    @Test
    void submitsWithoutAStreamEvenIfItWasRequested() throws Exception {
        var client = answering(ok("{'id':'resp_1','status':'queued','background':true,'output':[]}", ""));

        var job = accepted(call(client, background().stream(true)));

        assertThat(job.id()).isEqualTo("resp_1");
        var sent = seen.take();
        assertThat(sent.body()).contains("\"background\":true").doesNotContain("stream");
        assertThat(sent.head()).doesNotContain("text/event-stream");
    }

    @Test
    void waitsAsTheServerSays() throws Exception {
        var client = answering(ok("{'id':'resp_1','status':'queued'}", "openai-poll-after-ms: 300\r\n"));

        assertThat(accepted(call(client, background())).pollAfter()).hasMillis(300);
        assertThat(accepted(poll(client, JOB)).pollAfter()).hasMillis(300);
    }

    @Test
    void pollsACallThatIsStillRunningUnasked() throws Exception {
        var client = answering(ok("{'id':'resp_1','status':'in_progress','output':[]}", ""));

        assertThat(accepted(call(client, ClientCase.request())).id()).isEqualTo("resp_1");
    }

    @Test
    void takesAnImmediateAnswer() throws Exception {
        var client = answering(ok("{'id':'resp_1','status':'completed','output':[]}", ""));

        assertThat(call(client, background())).isInstanceOf(Succeeded.class);
    }

    @Test
    void doesNotPollWhatItCannotAskFor() throws Exception {
        var client = answering(ok("{'id':'../files/secret','status':'queued'}", ""));

        var failed = (Failed) call(client, background());

        assertThat(failed.error().type()).isEqualTo("unexpected_status");
    }

    @Test
    void pollsOnce() throws Exception {
        var client = answering(ok("{'id':'resp_1','status':'in_progress'}", ""));

        assertThat(accepted(poll(client, JOB)))
                .isEqualTo(new RemoteJob("resp_1", Instant.EPOCH, Duration.ofSeconds(6)));

        var sent = seen.take();
        assertThat(sent.head()).startsWith("GET /v1/responses/resp_1 HTTP/1.1\r\n");
        assertThat(sent.head().toLowerCase(Locale.ROOT))
                .contains("authorization: bearer " + ClientCase.KEY)
                .contains("x-client-request-id: batch%20one/3/2/")
                .doesNotContain("content-");
        assertThat(seen).isEmpty();
    }

    @Test
    void sendsTheIncludeListWithEveryPoll() throws Exception {
        var client = answering(ok("{'id':'resp_1','status':'in_progress'}", ""));

        ClientCase.poll(client, JOB, ClientCase.request().include(List.of("reasoning.encrypted_content", "a&b")))
                .get(30, SECONDS);

        assertThat(seen.take().head())
                .startsWith("GET /v1/responses/resp_1?include%5B%5D=reasoning.encrypted_content&include%5B%5D=a%26b"
                        + " HTTP/1.1\r\n");
    }

    @Test
    void bringsTheAnswerWhenTheJobIsDone() throws Exception {
        var client = answering(ok(
                "{'id':'resp_1','status':'completed','output':[{'type':'message','content':[{'type':'output_text',"
                        + "'text':'Hi'}]}]}",
                "x-request-id: req_9\r\n"));

        var answer = ((Succeeded) poll(client, JOB)).answer();

        assertThat(answer.outputText()).isEqualTo("Hi");
        assertThat(answer.requestId()).isEqualTo("req_9");
    }

    @Test
    void asksForANewAttemptWhenTheJobIsLost() throws Exception {
        var client = answering("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");

        assertThat(((Retry) poll(client, JOB)).error().type()).isEqualTo("job_lost");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n",
                "HTTP/1.1 429 Slow\r\nContent-Length: 0\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>",
                "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 9\r\n\r\ndata: 1\n\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n{",
                "nonsense\r\n\r\n",
                "",
            })
    void pollsAgainAfterAFailureThatIsNotTheJobs(String answer) throws Exception {
        assertThat(accepted(poll(answering(answer), JOB)))
                .isEqualTo(new RemoteJob("resp_1", Instant.EPOCH, Duration.ofSeconds(8)));
    }

    @Test
    void pollsAgainAfterATimeOutAndClosesTheConnection() throws Exception {
        var closed = new CompletableFuture<Void>();
        var client = test.clientOf(c -> {
            c.read();
            c.waitForClose(closed);
        });

        var outcome = ClientCase.poll(client, JOB, ClientCase.request().timeoutSecs(1));

        assertThat(accepted(outcome.get(30, SECONDS)).pollAfter()).hasSeconds(8);
        closed.get(10, SECONDS);
    }

    @Test
    void keepsTheJobWhenAQuestionIsBrokenOff() throws Exception {
        var closed = new CompletableFuture<Void>();
        var asked = new CountDownLatch(1);
        var client = test.clientOf(c -> {
            c.read();
            asked.countDown();
            c.waitForClose(closed);
        });
        var outcome = new CompletableFuture<CallOutcome>();
        var abort = client.poll(ClientCase.request().build(), JOB, 1, 0, outcome::complete);
        assertThat(asked.await(10, SECONDS)).isTrue();

        abort.now();

        assertThat(accepted(outcome.get(10, SECONDS)).id()).isEqualTo("resp_1");
        closed.get(10, SECONDS);
    }

    @Test
    void keepsTheJobWhenTheClientIsClosed() throws Exception {
        var reached = new CountDownLatch(1);
        var client = test.clientOf(c -> {
            c.read();
            reached.countDown();
            c.waitForClose(new CompletableFuture<>());
        });
        var outcome = ClientCase.poll(client, JOB, ClientCase.request());
        assertThat(reached.await(10, SECONDS)).isTrue();

        client.close();

        assertThat(accepted(outcome.get(10, SECONDS)).id()).isEqualTo("resp_1");
        assertThat(accepted(poll(client, JOB)).id()).isEqualTo("resp_1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"../files", "a/b", "a?b", ""})
    void neverPollsWithAnInvalidId(String id) throws Exception {
        var client = answering(ok("{'status':'completed','output':[]}", ""));
        var job = new RemoteJob(id, Instant.EPOCH, Duration.ofSeconds(4));

        client.cancel(ClientCase.request().build(), job, 0);
        var failed = (Failed) poll(client, job);

        assertThat(failed.error().type()).isEqualTo("internal_error");
        assertThat(poll(client, JOB)).isInstanceOf(Succeeded.class);
        assertThat(seen).hasSize(1);
    }

    @Test
    void cancelsAResponseWithTheApi() throws Exception {
        var client = answering(ok("{'id':'resp_1','status':'cancelled'}", ""));

        client.cancel(ClientCase.request().build(), JOB, 0);

        var sent = seen.poll(10, SECONDS);
        assertThat(sent.head()).startsWith("POST /v1/responses/resp_1/cancel HTTP/1.1\r\n");
        assertThat(sent.head().toLowerCase(Locale.ROOT))
                .contains("authorization: bearer " + ClientCase.KEY)
                .contains("content-length: 0\r\n");
        assertThat(sent.body()).isEmpty();
    }

    @Test
    void cancelsQuietlyWhenThereIsNoAnswer() throws Exception {
        var client = answering("");

        client.cancel(ClientCase.request().build(), JOB, 0);

        assertThat(seen.poll(10, SECONDS)).isNotNull();
        assertThat(accepted(poll(client, JOB)).id()).isEqualTo("resp_1");
        client.close();
        client.cancel(ClientCase.request().build(), JOB, 0);
    }

    @Test
    void reportsEveryPollOnce() throws Exception {
        var client = answering(ok("{'id':'resp_1','status':'in_progress'}", ""));
        List<CallOutcome> outcomes = new CopyOnWriteArrayList<>();
        var all = new CountDownLatch(20);

        for (int i = 0; i < 20; i++) {
            client.poll(ClientCase.request().build(), JOB, 1, i, outcome -> {
                outcomes.add(outcome);
                all.countDown();
            });
        }

        assertThat(all.await(20, SECONDS)).isTrue();
        client.close();
        assertThat(outcomes).hasSize(20);
    }

    private static ResponsesRequest.Builder background() {
        return ClientCase.request().background(true);
    }

    /** A client whose every request gets this answer, on a connection of its own. */
    private OpenAiClient answering(String answer) throws Exception {
        return test.clientOf(c -> {
            seen.add(c.readRequest());
            c.write(answer);
        });
    }

    private static CallOutcome call(OpenAiClient client, ResponsesRequest.Builder request) throws Exception {
        return ClientCase.call(client, request, DeltaListener.NONE);
    }

    private static CallOutcome poll(OpenAiClient client, RemoteJob job) throws Exception {
        return ClientCase.poll(client, job, ClientCase.request()).get(30, SECONDS);
    }

    private static RemoteJob accepted(CallOutcome outcome) {
        assertThat(outcome).isInstanceOf(Accepted.class);
        return ((Accepted) outcome).job();
    }

    private static String ok(String body, String headers) {
        String json = body.replace('\'', '"');
        return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n" + headers
                + "Content-Length: " + json.length() + "\r\n\r\n" + json;
    }
}
