package io.github.genaistreams.provider.openai;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.provider.CallOutcome.Accepted;
import io.github.genaistreams.provider.CallOutcome.Failed;
import io.github.genaistreams.provider.CallOutcome.Retry;
import io.github.genaistreams.provider.CallOutcome.Succeeded;
import io.github.genaistreams.provider.DeltaListener;
import io.github.genaistreams.provider.RemoteJob;
import io.github.genaistreams.sandbox.ApiSandbox;
import io.github.genaistreams.sandbox.Fault;
import io.github.genaistreams.sandbox.Latency;
import io.github.genaistreams.sandbox.SandboxSettings;
import io.github.genaistreams.sandbox.SandboxStats;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Responses in the background, from submitting to the end, with the sandbox's word for what was paid. */
@Timeout(60)
class OpenAiClientSandboxTest {

    private static final SandboxSettings SETTINGS = SandboxSettings.DEFAULTS
            .withLatency(new Latency.Fixed(Duration.ofMillis(300)))
            .withPollAfter(Duration.ofMillis(60));

    private final ClientCase test = new ClientCase();
    private ApiSandbox sandbox;
    private OpenAiClient client;

    @AfterEach
    void close() throws Exception {
        test.close();
    }

    @Test
    void bringsTheAnswerOfOneSubmission() throws Exception {
        start(SETTINGS);

        var job = accepted(call(ClientCase.request().background(true)));
        assertThat(job.pollAfter()).hasMillis(60);
        var answer = ((Succeeded) pollToTheEnd(job)).answer();

        assertThat(answer.outputText()).isNotEmpty();
        assertThat(answer.usage().totalTokens()).isPositive();
        assertThat(answer.finish()).isEqualTo("completed");
        assertThat(item().calls()).isEqualTo(1);
        assertThat(item().submitted()).isEqualTo(1);
        assertThat(item().polls()).isPositive();
    }

    @Test
    void pollsACallThatIsStillRunningUnasked() throws Exception {
        start(SETTINGS.withFault(Fault.STILL_RUNNING, 1));

        var job = accepted(call(ClientCase.request()));

        assertThat(pollToTheEnd(job)).isInstanceOf(Succeeded.class);
        assertThat(item().calls()).isEqualTo(1);
    }

    @Test
    void retriesAJobThatHasFailed() throws Exception {
        start(SETTINGS.withFault(Fault.BACKGROUND_FAILED, 1));

        var job = accepted(call(ClientCase.request().background(true)));

        assertThat(((Retry) pollToTheEnd(job)).error().code()).isEqualTo("server_error");
    }

    @Test
    void keepsTheJobWhenPollsFail() throws Exception {
        start(SETTINGS.withFault(Fault.POLL_ERROR, 1));

        var job = accepted(call(ClientCase.request().background(true)));

        assertThat(accepted(poll(job))).isEqualTo(new RemoteJob(job.id(), job.acceptedAt(), Duration.ofSeconds(2)));
        assertThat(item().submitted()).isEqualTo(1);
    }

    @Test
    void saysThatAJobIsLost() throws Exception {
        start(SETTINGS);

        var lost = (Retry) poll(new RemoteJob("resp_unknown", Instant.now(), Duration.ofSeconds(2)));

        assertThat(lost.error().type()).isEqualTo("job_lost");
    }

    @Test
    void cancelsAResponseWithTheApi() throws Exception {
        start(SETTINGS.withLatency(new Latency.Fixed(Duration.ofSeconds(30))));
        var job = accepted(call(ClientCase.request().background(true)));

        client.cancel(ClientCase.request().build(), job, 0);

        await().until(() -> sandbox.stats().cancels() == 1);
        assertThat(((Failed) poll(job)).error().type()).isEqualTo("cancelled");
    }

    @Test
    void getsWhatIsToBeIncludedInABackgroundResponse() throws Exception {
        start(SETTINGS);
        ResponsesRequest.Builder request = ClientCase.request()
                .model("o3-mini")
                .background(true)
                .reasoningEffort("high")
                .include(List.of("reasoning.encrypted_content"));
        var job = accepted(call(request));

        await().until(() -> poll(job), outcome -> !(outcome instanceof Accepted));
        var with = (Succeeded) ClientCase.poll(client, job, request).get(30, SECONDS);
        var without = (Succeeded) poll(job);

        assertThat(with.answer().body().toString()).contains("encrypted_content");
        assertThat(without.answer().body().toString()).doesNotContain("encrypted_content");
    }

    @Test
    void bringsTheAnswerOfABackgroundResponseThatWasToBeStreamed() throws Exception {
        start(SETTINGS.withFault(Fault.STREAM_CUT, 1));

        var job = accepted(call(ClientCase.request().background(true).stream(true)));

        assertThat(pollToTheEnd(job)).isInstanceOf(Succeeded.class);
        assertThat(item().calls()).isEqualTo(1);
    }

    private void start(SandboxSettings settings) {
        sandbox = test.closing(ApiSandbox.start(settings));
        client = test.client(URI.create(sandbox.baseUrl()), null);
    }

    private CallOutcome call(ResponsesRequest.Builder request) throws Exception {
        return ClientCase.call(client, request, DeltaListener.NONE);
    }

    private CallOutcome poll(RemoteJob job) throws Exception {
        return ClientCase.poll(client, job, ClientCase.request()).get(30, SECONDS);
    }

    private CallOutcome pollToTheEnd(RemoteJob job) {
        return await().pollInterval(job.pollAfter()).until(() -> poll(job), outcome -> !(outcome instanceof Accepted));
    }

    private SandboxStats.ItemCalls item() {
        return sandbox.stats().item("batch one", 3);
    }

    private static RemoteJob accepted(CallOutcome outcome) {
        assertThat(outcome).isInstanceOf(Accepted.class);
        return ((Accepted) outcome).job();
    }
}
